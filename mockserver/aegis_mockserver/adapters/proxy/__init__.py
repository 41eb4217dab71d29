"""
A provider behind the mock: what is passed on to it, and what is held to the contract on the way.
"""
