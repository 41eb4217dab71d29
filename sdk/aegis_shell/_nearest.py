"""
The nearest known name, for a name that nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """
    Guess which of the *known* names was meant; empty when none is near.
    """
    from difflib import get_close_matches  # costs more than the rest of the shell, and is needed for mistakes only

    near = get_close_matches(name, list(known), 1)
    return f"did you mean {near[0]}?" if near else ""
