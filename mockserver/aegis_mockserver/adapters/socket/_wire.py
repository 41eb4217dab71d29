"""
Replies as HTTP/1.1 bytes.
"""

from __future__ import annotations

import re
import time
from http import HTTPStatus

from aegis_mockserver.world._messages import Reply

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNSAFE = re.compile(rb"[\r\n\0]")
# What the last headers say of the connection (RFC 9112 §9.3, §9.6).
CLOSE = b"connection: close\r\n"
KEEP = b"connection: keep-alive\r\n"
LAST_CHUNK = b"0\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_line = b"%b: %b\r\n".__mod__
_REASONS = {status.value: status.phrase for status in HTTPStatus}


def status_line(status: int) -> bytes:
    """
    Write the status line.
    """
    return f"HTTP/1.1 {status} {_REASONS.get(status, '')}\r\n".encode("latin-1")


STATUS_LINES = {status: status_line(status) for status in _REASONS}


def head(reply: Reply) -> bytes:
    """
    Write status line and headers, without the empty line at the end: the date comes last.
    """
    if reply.lines:
        return (STATUS_LINES.get(reply.status) or status_line(reply.status)) + reply.lines
    headers = reply.headers
    lines = [STATUS_LINES.get(reply.status) or status_line(reply.status)]
    lines += map(_line, headers)
    found = b"".join(lines)
    if found.count(b"\n") != len(headers) + 1 or b"\0" in found:
        lines[1:] = [b"%b: %b\r\n" % (_UNSAFE.sub(b"", name), _UNSAFE.sub(b"", value)) for name, value in headers]
        found = b"".join(lines)
    return found


def chunk(content: bytes) -> bytes:
    """
    Write a chunk (RFC 9112 §7.1).
    """
    return b"%x\r\n%b\r\n" % (len(content), content)


def date_line() -> bytes:
    """
    Write the Date header (RFC 9110 §6.6.1) and the empty line that ends the headers.
    """
    year, month, day, hour, minute, second, weekday, _, _ = time.gmtime()
    stamp = f"{_DAYS[weekday]}, {day:02} {_MONTHS[month - 1]} {year} {hour:02}:{minute:02}:{second:02} GMT"
    return f"date: {stamp}\r\n\r\n".encode()
