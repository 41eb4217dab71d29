"""
Bodies and parameters on their way between Python and bytes: held against their types, written and read.
"""
