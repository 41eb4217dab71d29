"""
Steps that scripts share: what a path names is arranged, items are made and found again, lists are walked through.
"""
