"""
Replies as HTTP/1.1 bytes.
"""

from __future__ import annotations

import re
from email.utils import formatdate
from http import HTTPStatus

from aegis_mockserver.core._messages import Reply

_UNSAFE = re.compile(rb"[\r\n\0]")
_REASONS = {status.value: status.phrase for status in HTTPStatus}


def status_line(status: int) -> bytes:
    """
    Write the status line.
    """
    return f"HTTP/1.1 {status} {_REASONS.get(status, '')}\r\n".encode("latin-1")


def head(reply: Reply) -> bytes:
    """
    Write status line and headers, without the empty line at the end: the date comes last.
    """
    found = reply.head
    if found is None:
        lines = [status_line(reply.status)]
        for name, value in reply.headers:
            lines += (name, b": ", _UNSAFE.sub(b"", value), b"\r\n")
        found = reply.head = b"".join(lines)
    return found


def date_line() -> bytes:
    """
    Write the Date header (RFC 9110 §6.6.1) and the empty line that ends the headers.
    """
    return f"date: {formatdate(usegmt=True)}\r\n\r\n".encode()


def closing_line(date: bytes) -> bytes:
    """
    Say in the last header that the connection ends after this reply.
    """
    return b"connection: close\r\n" + date
