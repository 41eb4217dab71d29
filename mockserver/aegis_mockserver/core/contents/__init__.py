"""
Contents of messages: media types, codings, bytes, header values.
"""
