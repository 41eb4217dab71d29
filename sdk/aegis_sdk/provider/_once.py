"""
Changing a record by one at a time: read, decide, write over what was read, and again if somebody was faster.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Final

__all__ = ["TRIES", "decoded", "digest", "encoded", "moment"]

TRIES: Final = 100
"""How often a change is tried: many more than may change one record at the same time without being an attack."""


def digest(*parts: str) -> str:
    """
    The SHA-256 of *parts*, told apart by their lengths, in hexadecimal.
    """
    made = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        made.update(len(data).to_bytes(8, "big") + data)
    return made.hexdigest()


def encoded(state: dict[str, Any]) -> bytes:
    """
    A record's data.
    """
    return json.dumps(state, separators=(",", ":")).encode()


def decoded(data: bytes) -> dict[str, Any]:
    """
    What a record's data says.
    """
    state: dict[str, Any] = json.loads(data)
    return state


def moment(seconds: float) -> datetime:
    """
    An epoch time as a moment in UTC, to the millisecond.
    """
    return datetime.fromtimestamp(round(seconds * 1000) / 1000, UTC)
