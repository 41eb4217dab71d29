"""
Requests to try an operation with.
"""
