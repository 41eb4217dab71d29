"""
The files that a contract is written in: found, read, and referred to from one another.
"""
