"""
The files of the page at ``/__mock__/``: written by hand, sent as they are, read once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

__all__ = ["MEDIA_TYPES", "Asset", "asset"]


@dataclass(frozen=True, slots=True)
class Asset:
    """
    One file of the page.
    """

    media_type: str
    content: bytes
    etag: str


@cache
def _assets() -> dict[str, Asset]:
    found: dict[str, Asset] = {}
    for entry in files(__name__).iterdir():
        media_type = MEDIA_TYPES.get(entry.name[entry.name.rfind(".") :])
        if media_type is not None:
            content = entry.read_bytes()
            found[entry.name] = Asset(media_type, content, f'"{blake2b(content, digest_size=12).hexdigest()}"')
    return found


def asset(name: str) -> Asset | None:
    """
    Return the file of that name; only the page's own are found.
    """
    return _assets().get(name)
