"""
Relaying: from rows that wait in a database to batches that Kafka has, each once; behind ``OutboxRelay``.
"""
