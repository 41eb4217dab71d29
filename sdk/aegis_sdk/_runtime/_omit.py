"""
The difference between "not given" and "given as null".
"""

from __future__ import annotations

from enum import Enum
from typing import Final

__all__ = ["OMIT", "Omit"]


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
