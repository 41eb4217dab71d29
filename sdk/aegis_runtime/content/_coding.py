"""
The codings of an answer, undone: content codings within a limit, since a small gzip may hold gigabytes, and charsets.
"""

from __future__ import annotations

import codecs
import re
import zlib

from aegis_runtime.content._decode import Undecodable
from aegis_runtime.transports._seam import Response

__all__ = ["TooLarge", "inflated", "json_of", "text_of"]

_GZIP = b"\x1f\x8b"
# RFC 9110 §8.4.1: the older name means the same; what servers call deflate has the wrapper of zlib, or has none.
_WINDOWS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
_MOST = 4
"""Codings, one over the other."""
_MEMBERS = 100_000
_PADDING = re.compile(rb"\0+").match
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:+-]+)""", re.IGNORECASE | re.ASCII).search
_UTF_8 = frozenset({"utf-8", "utf8", "ascii", "us-ascii"})
# What every browser takes for it (WHATWG Encoding §4.2): Python's euc_kr lacks most syllables.
_WIDER = {"euc_kr": "cp949"}
# Codecs that are no charset of anybody's, and slow or dangerous to undo.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7", "undefined"})
_SLICE, _LARGEST = 512, 1 << 20


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
    One member from *at* on, at most a byte more than *left*, and where it ends. It is fed in slices: what zlib does
    not use it copies.
    """
    inflater = zlib.decompressobj(wbits=window)
    pieces: list[bytes] = []
    size = _SLICE
    while at < len(body) and not inflater.eof and left >= 0:
        piece = inflater.decompress(body[at : at + size], left + 1)
        at = min(at + size, len(body))
        size = min(2 * size, _LARGEST)
        left -= len(piece)
        pieces.append(piece)
    if left >= 0 and not inflater.eof:
        raise Undecodable("the connection ended before the answer did")
    return b"".join(pieces), at - len(inflater.unused_data)


def text_of(body: bytes, content_type: str) -> bytes:
    """
    Text in the charset of its content type (RFC 9110 §8.3.2), as UTF-8.

    Raises:
        Undecodable: it is not in that charset, or there is none of that name.
    """
    named = _CHARSET(content_type)
    if named is None or named[1].lower() in _UTF_8:
        return body
    try:
        name = codecs.lookup(named[1]).name
        if name not in _NO_CHARSETS:
            return body.decode(_WIDER.get(name, name)).encode()
    except (LookupError, ValueError):
        pass
    raise Undecodable("the body is not in the charset that its content type says")


def json_of(body: bytes, content_type: str) -> bytes:
    """
    JSON as UTF-8, which it should be in (RFC 8259 §8.1): the charset is asked only where it is not.

    Raises:
        Undecodable: it is not in that charset either.
    """
    if b"\0" not in body:
        try:
            body.decode()
        except UnicodeDecodeError:
            pass
        else:
            return body
    return text_of(body, content_type)
