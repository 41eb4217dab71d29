"""
What is sent to users by mail or phone, and redeemed: tokens, codes, the mails that carry them.
"""
