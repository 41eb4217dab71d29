"""
Content codings of request bodies (RFC 9110 §8.4): gzip and deflate are undone, bounded; others are 415.
"""

from __future__ import annotations

import zlib

LIMIT = 10 * 1024 * 1024  # of all that is decoded for one body, layer by layer
LAYERS = 3
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class CodingError(Exception):
    """
    A body whose codings cannot be undone.

    Args:
        code: of the problem that it is.
        accepted: the codings that could be undone, where it has another.
    """

    def __init__(self, code: str, status: int, detail: str, accepted: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.status = status
        self.accepted = accepted


def decode(body: bytes, codings: str) -> bytes:
    """
    Undo the codings of a body, the last first.

    Raises:
        CodingError: it has another coding, is not what it says, or is too large.
    """
    layers = [coding for part in codings.split(",") if (coding := part.strip().lower()) not in {"identity", ""}]
    if len(layers) > LAYERS:
        detail = f"At most {LAYERS} content codings are undone, one after the other."
        raise CodingError("unsupported_media_type", 415, detail, "gzip, deflate")
    left = LIMIT
    for coding in reversed(layers):
        if coding not in _WINDOWS:
            detail = "Content-Encoding must be gzip, deflate or identity."
            raise CodingError("unsupported_media_type", 415, detail, "gzip, deflate")
        engine = zlib.decompressobj(_WINDOWS[coding])
        try:
            body = engine.decompress(body, left)
        except zlib.error:
            raise CodingError("invalid_request", 400, "The body is not what Content-Encoding says.") from None
        if engine.unconsumed_tail:
            raise CodingError("content_too_large", 413, f"At most {LIMIT} bytes are read after decoding.")
        if not engine.eof:
            raise CodingError("invalid_request", 400, "The encoded body ends too early.")
        left = max(1, left - len(body))
    return body
