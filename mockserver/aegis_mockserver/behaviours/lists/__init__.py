"""
Lists of items: filtered, in order, a page at a time.
"""
