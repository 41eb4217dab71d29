"""
The schemas of a contract: from where they stand to JSON Schema 2020-12 of their own.
"""
