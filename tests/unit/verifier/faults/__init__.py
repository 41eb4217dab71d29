"""
Providers with one fault each: what a real one may do wrong, put around a faultless one.
"""
