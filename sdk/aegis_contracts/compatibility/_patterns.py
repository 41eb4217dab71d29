"""
Whether every text of some patterns matches another one.
"""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from aegis_contracts.compatibility._automata import Automaton, IrregularError

_WORK: Final = 60_000
_LONGEST: Final = 400
_ANY: Final = "^[\\s\\S]*$"
# No text of the format is anything else; the formats themselves ask for more.
SHAPES: Final = {
    "date": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "date-time": (
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$"
    ),
    "email": "^[\\s\\S]+@[\\s\\S]+$",
    "idn-email": "^[\\s\\S]+@[\\s\\S]+$",
    "ipv4": "^[0-9]{1,3}(?:[.][0-9]{1,3}){3}$",
    "ipv6": "^[0-9A-Fa-f:.]+$",
    "time": "^[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$",
    "uri": "^[A-Za-z][A-Za-z0-9+.-]*:[\\s\\S]*$",
    "uuid": "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$",
}


def of_length(shortest: int, longest: int | None) -> str:
    """
    Write a pattern of all texts between two lengths.
    """
    return f"^[\\s\\S]{{{shortest},{'' if longest is None else longest}}}$"


def of_values(values: Sequence[object]) -> str:
    """
    Write a pattern of the texts among *values*, and no others.
    """
    texts = [re.sub(r"[^A-Za-z0-9]", _escaped, value) for value in values if isinstance(value, str)]
    return f"^(?:{'|'.join(texts)})$" if texts else "^[^\\s\\S]$"


def _escaped(found: re.Match[str]) -> str:
    character = found.group()
    return f"\\{character}" if character.isascii() and character.isprintable() else character


def included(given: Sequence[str], wanted: str, shortest: int | None = None, longest: int | None = None) -> bool:
    """
    Say whether a text that matches all of *given*, within the lengths, is proved to match *wanted*.
    """
    if wanted in given:
        return True
    known = _known(given, shortest, longest)
    return bool(known) and _escaping(known, wanted) is None


def escaping(given: Sequence[str], wanted: str, shortest: int | None = None, longest: int | None = None) -> str | None:
    """
    Return a shortest text that matches all of *given*, within the lengths, and not *wanted*; None when none was found.
    """
    found = _escaping(_known(given, shortest, longest) or (_ANY,), wanted)
    return found if isinstance(found, str) else None


def _known(given: Sequence[str], shortest: int | None, longest: int | None) -> tuple[str, ...]:
    bounded = (shortest or 0) <= _LONGEST and (longest or 0) <= _LONGEST and (shortest or longest is not None)
    return (*given, of_length(shortest or 0, longest)) if bounded else tuple(given)


@lru_cache(maxsize=4096)
def _escaping(given: tuple[str, ...], wanted: str) -> str | bool | None:
    """
    A text of *given* that is none of *wanted*; None where there is none, False where that is not known.
    """
    try:
        ours, theirs = [_automaton(pattern) for pattern in given], _automaton(wanted)
    except (IrregularError, ValueError, RecursionError):
        return False
    cuts = sorted({0}.union(theirs.cuts, *(one.cuts for one in ours)))
    characters = [_readable(low, high) for low, high in pairwise([*cuts, sys.maxunicode + 1])]
    start = (tuple(one.start for one in ours), theirs.start)
    seen, pending, work = {start}, deque([(start, "")]), 0
    while pending:
        (states, other), text = pending.popleft()
        if all(one.accepts(s) for one, s in zip(ours, states, strict=True)) and not theirs.accepts(other):
            return text
        for character in characters:
            work += 1
            if work > _WORK:
                return False
            reached = tuple(one.step(s, character) for one, s in zip(ours, states, strict=True))
            if not all(reached):
                continue
            after = (reached, theirs.step(other, character))
            if after not in seen:
                seen.add(after)
                pending.append((after, text + chr(character)))
    return None


def _readable(low: int, high: int) -> int:
    """
    A character of a class that a person can read; all of them are alike.
    """
    return next((ord(one) for one in "a0A-_ .가" if low <= ord(one) < high), low)


@lru_cache(maxsize=1024)
def _automaton(pattern: str) -> Automaton:
    return Automaton(pattern)
