"""
The verdict: whether an instance meets a schema, and which rules it breaks.
"""
