"""
The exchanges of a world: listed, followed, verified, and without their secrets.
"""
