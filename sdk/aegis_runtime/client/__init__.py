"""
The clients that make calls: how they are set up, what they are made of, and the resources of generated ones.
"""
