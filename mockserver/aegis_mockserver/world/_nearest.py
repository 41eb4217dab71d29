"""
The name that was probably meant.
"""

from __future__ import annotations

from collections.abc import Iterable

SHOWN = 12


def meant(name: str, known: Iterable[str]) -> str:
    """
    Say which of the *known* names comes nearest to *name*, else which there are.
    """
    from difflib import get_close_matches  # needed for mistakes only

    names = list(dict.fromkeys(known))
    folded = {each.lower(): each for each in reversed(names[:5_000])}
    near = get_close_matches(name.lower()[:100], folded, 1, cutoff=0.5)
    if near:
        return f"did you mean {folded[near[0]]!r}?"
    if not names:
        return "there are none"
    more = f", … ({len(names)} in all)" if len(names) > SHOWN else ""
    return f"there are {', '.join(names[:SHOWN])}{more}"
