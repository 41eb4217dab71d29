"""
The errors, by what they are about. ``aegis_sdk.errors`` is the front door.
"""
