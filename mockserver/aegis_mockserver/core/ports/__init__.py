"""
What the core asks of the outside: time and identity, who speaks for operations, who sends callbacks, event types.
"""
