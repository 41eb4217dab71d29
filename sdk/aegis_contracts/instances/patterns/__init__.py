"""
Patterns: regular expressions, read and turned into text that they match.
"""
