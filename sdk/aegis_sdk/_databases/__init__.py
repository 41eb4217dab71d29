"""
The databases that services have already: the connections they hand over, and how a relay of ours opens its own.
"""
