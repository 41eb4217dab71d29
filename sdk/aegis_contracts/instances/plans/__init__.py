"""
Plans: subschemas that hold together, flattened, with their alternatives still open.
"""
