"""
Makers: values of one type that satisfy a plan.
"""
