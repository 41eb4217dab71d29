"""
What the expressions, selectors and criteria of a workflow mean.
"""
