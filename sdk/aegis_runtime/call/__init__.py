"""
One call of an operation, from its arguments to its result or error.
"""
