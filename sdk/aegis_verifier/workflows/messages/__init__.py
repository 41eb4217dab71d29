"""
What steps send and receive beside HTTP: messages on topics, mails and SMS.
"""
