"""
Content codings of request bodies (RFC 9110 §8.4): gzip and deflate are undone, bounded; others are 415.
"""

from __future__ import annotations

import zlib

from aegis_mockserver.core._messages import Problem

LIMIT = 10 * 1024 * 1024  # of all that is decoded for one body, layer by layer
LAYERS = 3
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def decode(body: bytes, codings: str) -> bytes | Problem:
    """
    Undo the codings of a body, the last first.
    """
    layers = [coding for part in codings.split(",") if (coding := part.strip().lower()) not in {"identity", ""}]
    if len(layers) > LAYERS:
        detail = f"At most {LAYERS} content codings are undone, one after the other."
        return Problem("unsupported_media_type", 415, detail, headers={"Accept-Encoding": "gzip, deflate"})
    left = LIMIT
    for coding in reversed(layers):
        if coding not in _WINDOWS:
            detail = "Content-Encoding must be gzip, deflate or identity."
            return Problem("unsupported_media_type", 415, detail, headers={"Accept-Encoding": "gzip, deflate"})
        engine = zlib.decompressobj(_WINDOWS[coding])
        try:
            body = engine.decompress(body, left)
        except zlib.error:
            return Problem("invalid_request", 400, "The body is not what Content-Encoding says.")
        if engine.unconsumed_tail:
            return Problem("content_too_large", 413, f"At most {LIMIT} bytes are read after decoding.")
        if not engine.eof:
            return Problem("invalid_request", 400, "The encoded body ends too early.")
        left = max(1, left - len(body))
    return body
