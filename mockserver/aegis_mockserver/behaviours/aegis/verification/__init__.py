"""
What a user proves by mail or phone: tokens, codes, the mails that carry them, and the operations that redeem them.
"""
