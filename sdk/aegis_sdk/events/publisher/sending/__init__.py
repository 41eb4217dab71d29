"""
From a record that waits for room to a batch that a broker has acknowledged; behind ``EventPublisher``.
"""
