"""
The difference between "not given" and "given as null".
"""

from __future__ import annotations

from enum import Enum
from typing import Final

__all__ = ["OMIT", "Omit", "given"]


class Omit(Enum):
    """
    The type of ``OMIT``: an argument that was not given and is therefore not sent.
    """

    OMIT = "OMIT"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "OMIT"


OMIT: Final = Omit.OMIT


def given(members: dict[str, object]) -> dict[str, object] | Omit:
    """
    *members*, or ``OMIT`` when none of them was given.
    """
    return members if any(member is not OMIT for member in members.values()) else OMIT
