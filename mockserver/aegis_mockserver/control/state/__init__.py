"""
What a world remembers and what has happened in it: stores, snapshots, mails, SMS, events.
"""
