"""
The content coding of an answer, undone within a limit: a small gzip may hold gigabytes.
"""

from __future__ import annotations

import zlib

from aegis_runtime.content._decode import Undecodable
from aegis_runtime.transports._seam import Response

__all__ = ["TooLarge", "inflated"]

_GZIP = b"\x1f\x8b"
# RFC 9110 §8.4.1.3: the older name means the same.
_NAMES = frozenset({"gzip", "x-gzip"})


class TooLarge(Exception):  # noqa: N818 -- carried to where the error is raised
    """
    There is more than the limit.
    """


def inflated(response: Response, limit: int) -> bytes:
    """
    The body of *response* without its coding, of which only ``gzip`` is asked for.

    Raises:
        Undecodable: the coding is broken, or another one.
        TooLarge: there is more than *limit* bytes.
    """
    body = response.body
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    # Somebody else's transport may have undone it already.
    if coding == "identity" or not body or (coding in _NAMES and body[:2] != _GZIP):
        return body
    if coding not in _NAMES:
        raise Undecodable("the content coding is not the one that was asked for")
    pieces: list[bytes] = []
    left = limit
    # RFC 1952 §2.2: a gzip may have several members, one after another.
    while body[:2] == _GZIP:
        inflater = zlib.decompressobj(wbits=31)
        try:
            piece = inflater.decompress(body, left + 1)
        except zlib.error:
            break
        left -= len(piece)
        if left < 0:
            raise TooLarge(f"more than {limit} bytes")
        if not inflater.eof:
            raise Undecodable("the connection ended before the answer did")
        pieces.append(piece)
        body = inflater.unused_data
        if not body:
            return b"".join(pieces)
    raise Undecodable("the body is not the gzip that its header says")
