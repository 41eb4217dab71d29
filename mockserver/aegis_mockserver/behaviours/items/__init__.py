"""
Items: how they are made, shown, changed and found again.
"""
