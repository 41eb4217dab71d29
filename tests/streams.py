"""
Streams as a client meets them: what came, and how it ended.
"""

from __future__ import annotations

import httpx


def followed(url: str, timeout: float = 5) -> tuple[bytes, str]:
    """
    Return what came, and whether it was whole, broken off, or silent for *timeout* seconds.
    """
    came = b""
    try:
        with httpx.stream("GET", url, timeout=timeout) as answer:
            for piece in answer.iter_raw():
                came += piece
    except httpx.ReadTimeout:
        return came, "silent"
    except httpx.TransportError:
        return came, "broken"
    return came, "whole"
