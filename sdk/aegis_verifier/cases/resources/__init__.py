"""
Cases about what a provider keeps: items, lists, versions, keys and tokens, over several requests.
"""
