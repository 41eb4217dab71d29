"""
Words: what names say about values, and the text of formats.
"""
