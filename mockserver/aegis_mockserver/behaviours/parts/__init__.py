"""
What lies below an item and tells of the item itself.
"""
