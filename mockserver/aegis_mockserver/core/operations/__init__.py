"""
Operations as the mock serves them: where they stand, what is compiled of them, their own answers.
"""
