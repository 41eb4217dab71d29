"""
What a call does about trouble: when to try again, and when to leave a provider alone.
"""
