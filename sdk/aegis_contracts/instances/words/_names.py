"""
Property names taken apart: `ownerEmail`, `owner-email` and `owner_email` are the same words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\x00-\x7f]+")


@lru_cache(maxsize=16384)
def words(name: str) -> tuple[str, ...]:
    """
    The words of *name*, in lower case.
    """
    return tuple(word.lower() for word in _WORD.findall(name))


def singular(name: str) -> str:
    """
    What one item of *name* is called.
    """
    if name.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if name.endswith(("ses", "xes", "ches", "shes")) and not name.endswith(("uses", "ases", "ises", "oses", "ices")):
        return name[:-2]
    if name.endswith("s") and not name.endswith(("ss", "us", "is")):
        return name[:-1]
    return name
