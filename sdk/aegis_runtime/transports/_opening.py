"""
How an answer begins. A peer that greets with something else, as a mail server or SSH do, is found out by its first
bytes: who reads HTTP waits for a whole line, and whoever greets waits for an answer.
"""

from __future__ import annotations

import httpcore

__all__ = ["Opening"]

_BEGINS = b"HTTP/"


class Opening:
    """
    The beginnings of the answers on one connection, of which each belongs to the request before it.
    """

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = b""

    def __bool__(self) -> bool:
        return bool(self._left)

    def asked(self, buffer: bytes) -> None:
        """
        Note what is sent: while no answer has begun, the rest of a request, else the head of the next one.
        """
        # What is said to a SOCKS proxy is no request.
        if not self._left and b" HTTP/1." in buffer:
            self._left = _BEGINS

    def heard(self, data: bytes) -> bytes:
        """
        Hold what came against the beginning of an answer (RFC 9112 §4).

        Raises:
            httpcore.RemoteProtocolError: it is none.
        """
        if self._left:
            begun = data[: len(self._left)]
            if not self._left.startswith(begun):
                raise httpcore.RemoteProtocolError
            self._left = self._left[len(begun) :]
        return data
