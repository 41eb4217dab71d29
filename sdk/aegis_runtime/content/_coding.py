"""
The content coding of an answer, undone within a limit: a small gzip may hold gigabytes.
"""

from __future__ import annotations

import zlib
from typing import Any

from aegis_runtime.content._decode import Undecodable
from aegis_runtime.transports._seam import Response

__all__ = ["TooLarge", "inflated"]

_GZIP = b"\x1f\x8b"
# RFC 9110 §8.4.1: the older name means the same; what servers call deflate has the wrapper of zlib, or has none.
_WINDOWS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
_MOST = 4
"""Codings, one over the other."""


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
    # RFC 1952 §2.2: a gzip may have several members, one after another; zeros behind them are padding.
    while body.strip(b"\0"):
        inflater, piece = _first(body, coding, left + 1)
        left -= len(piece)
        if left < 0:
            raise TooLarge(f"more than {limit} bytes")
        if not inflater.eof:
            raise Undecodable("the connection ended before the answer did")
        pieces.append(piece)
        body = inflater.unused_data
    return b"".join(pieces)


def _first(body: bytes, coding: str, most: int) -> tuple[Any, bytes]:
    for window in _WINDOWS[coding]:
        inflater = zlib.decompressobj(wbits=window)
        try:
            return inflater, inflater.decompress(body, most)
        except zlib.error:
            continue
    raise Undecodable(f"the body is not the {coding} that its header says")
