"""
Whether every text of some patterns matches another one.
"""

from __future__ import annotations


def included(given: list[str], wanted: str, shortest: int | None, longest: int | None) -> bool:
    """
    Say whether a text that matches all of *given*, within the lengths, is proved to match *wanted*.
    """
    del shortest, longest
    return wanted in given
