"""
What is going to happen in a world: its time, faults, scenarios, webhooks.
"""
