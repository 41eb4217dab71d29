"""
Answers that somebody chose: by ``Prefer``, by magic values, by a scenario.
"""
