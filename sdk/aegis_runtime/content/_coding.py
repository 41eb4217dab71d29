"""
The content codings of an answer, undone within a limit, since a small gzip may hold gigabytes.
"""

from __future__ import annotations

import re
import zlib

from aegis_runtime.content._decode import Undecodable
from aegis_runtime.transports._seam import Response

__all__ = ["TooLarge", "inflated"]

_GZIP = b"\x1f\x8b"
# RFC 9110 §8.4.1: the older name means the same; what servers call deflate has the wrapper of zlib, or has none.
_WINDOWS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
_MOST = 4
"""Codings, one over the other."""
_MEMBERS = 100_000
_PADDING = re.compile(rb"\0+").match
_SLICE = 512


class TooLarge(Exception):  # noqa: N818 -- carried to where the error is raised
    """
    There is more than the limit.
    """


def inflated(response: Response, limit: int) -> bytes:
    """
    The body of *response* without its codings. Only ``gzip`` is asked for; ``deflate``, and one over another, are read.

    Raises:
        Undecodable: a coding is broken, or another one.
        TooLarge: there is more than *limit* bytes.
    """
    body = response.body
    named = [name.strip() for name in response.headers.get("content-encoding", "").lower().split(",")]
    codings = [name for name in named if name not in ("", "identity")]
    if not body or not codings:
        return body
    if len(codings) > _MOST or any(name not in _WINDOWS for name in codings):
        raise Undecodable("the content coding is not the one that was asked for")
    for coding in reversed(codings):
        # Somebody else's transport may have undone it already.
        if coding != "deflate" and body[:2] != _GZIP:
            return body
        body = _undone(body, coding, limit)
    return body


def _undone(body: bytes, coding: str, limit: int) -> bytes:
    pieces: list[bytes] = []
    left = limit
    at, end = 0, len(body.rstrip(b"\0"))
    # RFC 1952 §2.2: a gzip may have several members, one after another; zeros behind them are padding.
    members = 0
    while at < end:
        members += 1
        if members > _MEMBERS:
            raise TooLarge(f"more than {_MEMBERS} parts compressed by themselves")
        for window in _WINDOWS[coding]:
            try:
                found, at_next = _member(body, at, window, left)
                break
            except zlib.error:
                continue
        else:
            raise Undecodable(f"the body is not the {coding} that its header says")
        left -= len(found)
        if left < 0:
            raise TooLarge(f"more than {limit} bytes")
        pieces.append(found)
        padding = _PADDING(body, at_next)
        at = at_next if padding is None else padding.end()
    return b"".join(pieces)


def _member(body: bytes, at: int, window: int, left: int) -> tuple[bytes, int]:
    """
    One member from *at* on, at most a byte more than *left*, and where it ends. It is fed in slices that grow: what
    zlib does not use it copies, and so never much more than it used.
    """
    inflater = zlib.decompressobj(wbits=window)
    pieces: list[bytes] = []
    size = _SLICE
    while at < len(body) and not inflater.eof and left >= 0:
        piece = inflater.decompress(body[at : at + size], left + 1)
        at = min(at + size, len(body))
        size *= 2
        left -= len(piece)
        pieces.append(piece)
    if left >= 0 and not inflater.eof:
        raise Undecodable("the connection ended before the answer did")
    return b"".join(pieces), at - len(inflater.unused_data)
