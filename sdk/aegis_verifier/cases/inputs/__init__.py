"""
Cases about one request: what the contract allows and forbids in it, and how it is asked.
"""
