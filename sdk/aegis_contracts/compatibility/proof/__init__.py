"""
The proof that a receiver takes all that a sender may say: rules, members and choices, one after the other.
"""
