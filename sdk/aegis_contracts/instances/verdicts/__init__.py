"""
Verdicts: who decides whether a value satisfies a subschema.
"""
