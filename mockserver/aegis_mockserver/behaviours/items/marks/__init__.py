"""
What a server says of an item by itself: which version it is, when it came to be, of which kind it is.
"""
