"""
Streams as a client meets them: what came, and how it ended.
"""

from __future__ import annotations

import httpcore
import httpx


def followed(url: str, silent_after: int | None = None) -> tuple[bytes, str]:
    """
    Return what came, and whether it was whole, broken off, or silent once *silent_after* bytes had come.
    """
    came = b""
    try:
        with httpx.stream("GET", url, timeout=30) as answer:
            for piece in answer.iter_raw():
                came += piece
                if silent_after is not None and len(came) >= silent_after:
                    wire = answer.extensions["network_stream"]
                    while more := wire.read(65_536, timeout=0.5):
                        came += more
    except httpcore.ReadTimeout:
        return came, "silent"
    except httpx.TransportError:
        return came, "broken"
    return came, "whole"
