"""
What an exchange causes beside its answer: events, and the expressions that fill them.
"""
