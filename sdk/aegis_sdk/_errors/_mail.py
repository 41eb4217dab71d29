"""
What can go wrong with a mail.
"""

from __future__ import annotations

from aegis_sdk._errors._root import AegisError

__all__ = ["EmailError", "EmailRefusedError", "EmailUnavailableError"]


class EmailError(AegisError):
    """
    A mail was not handed to the mail server.
    """


class EmailRefusedError(EmailError):
    """
    The mail server refused the mail for good; another attempt would fare no better.

    Args:
        code: its reply code (RFC 5321 §4.2).
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class EmailUnavailableError(EmailError):
    """
    The mail server could not be reached, or would not take the mail now; later it may.

    Args:
        code: its reply code (RFC 5321 §4.2), ``None`` when the connection failed.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code
