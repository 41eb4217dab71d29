"""
Refusals: their codes, their RFC 9457 bodies, and the forms that contracts declare for them.
"""
