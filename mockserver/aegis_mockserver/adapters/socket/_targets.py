"""
What a request line asks for, and of whom: the forms of a target (RFC 9112 §3.2) and the header ``Host`` (§3.2).
"""

from __future__ import annotations

import re
from functools import lru_cache

_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._~!$&'()*+;=%-]+)(?::[0-9]{0,5})?")
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)([^#]*)", re.IGNORECASE)
_TARGET = re.compile(rb"/[^#]*")


@lru_cache(maxsize=1024)
def is_host(value: bytes) -> bool:
    """
    Say whether *value* is a host with or without a port, and nothing else: no user, no path, no second host.
    """
    return _HOST.fullmatch(value) is not None


def split(method: str, target: bytes) -> tuple[bytes, bytes | None] | None:
    """
    Return path and query, and the host that the target itself names if it is in absolute-form; None when it is none.

    ``*`` is what ``OPTIONS`` may ask for: the server as a whole.
    """
    if _TARGET.fullmatch(target):
        return target, None
    if target == b"*":
        return (target, None) if method == "OPTIONS" else None
    match = _ABSOLUTE.fullmatch(target)
    if match is None or not is_host(match[1]):
        return None
    rest = match[2]
    if not rest and method == "OPTIONS":
        return b"*", match[1]  # it asks for the server as a whole (RFC 9112 §3.2.4)
    return (rest if rest.startswith(b"/") else b"/" + rest), match[1]
