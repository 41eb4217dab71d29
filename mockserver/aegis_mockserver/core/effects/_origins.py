"""
Whether a request was sent by a page of another origin, in a browser that happens to reach the mock.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit


def is_foreign(fields: Mapping[str, str]) -> bool:
    """
    Say whether a page of another origin sent a request with these headers (Fetch metadata, RFC 6454).
    """
    site = fields.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = fields.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc != fields.get("host", "")
    except ValueError:
        return True
