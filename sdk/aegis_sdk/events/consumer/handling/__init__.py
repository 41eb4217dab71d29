"""
Handling: from fetched records to events that were handled or became dead letters. It knows no connection to Kafka.
"""
