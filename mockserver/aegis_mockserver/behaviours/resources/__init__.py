"""
What the paths of a contract mean, as plain values: resources, what each operation does to them, and pages.

Worked out once for each contract; nothing here knows a world or a request.
"""
