"""
Regular expressions as trees that strings can be made from.

A tree says how long the text of each part may be, so that a pattern and a length meet by construction. Which
characters a class holds is asked of the engine that gives the verdict, so both agree by construction too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from aegis_contracts.instances.verdicts._verdicts import compiled

ENDLESS: Final = 1 << 40

_ASCII: Final = "".join(map(chr, range(32, 127)))
_HANGUL: Final = "가나다라마바사아자차카타파하강남동북서울부산대전광주인천제주한국이김박최정"
# A few characters of every kind that a class may ask for.
_OTHERS: Final = (
    "\t\n\r\v\f\0\x01\x1b\x7f\x85\xa0\u2028\u3000éßñüÀÉØΩαβγЖджабв中文字国あいうアイウกขคअआכאبجد٣१㎡ªº²½€£¥₩©→±≤∑★☆♪“”…—\u0301"
    "ㄱㄴㅏㅣ①Ⅷ😀🇰\ufeff\U0001f600ǅʰ‿̈"
)


@dataclass(slots=True)
class Part:
    """
    A part of a pattern, whose text is from *low* to *high* characters long.
    """

    low: int = 0
    high: int = 0


@dataclass(slots=True)
class Characters(Part):
    """
    One character: of *plain* ones if it may be, of *all* if it must.
    """

    plain: tuple[str, ...] = ()
    all: tuple[str, ...] = ()


@dataclass(slots=True)
class Sequence(Part):
    """
    One part after the other.
    """

    items: list[Part] = field(default_factory=list["Part"])


@dataclass(slots=True)
class Alternation(Part):
    """
    One of several parts.
    """

    options: list[Part] = field(default_factory=list["Part"])


@dataclass(slots=True)
class Repetition(Part):
    """
    A part, from *least* to *most* times.
    """

    item: Part = field(default_factory=Part)
    least: int = 0
    most: int = 0


@dataclass(slots=True)
class Group(Part):
    """
    A part whose text can be referred to again.
    """

    item: Part = field(default_factory=Part)
    number: int = 0
    name: str = ""


@dataclass(slots=True)
class Reference(Part):
    """
    The text of an earlier group.
    """

    to: int | str = 0


@dataclass(slots=True)
class Anchor(Part):
    """
    A place: `^`, `$`, `b` or `B`.
    """

    kind: str = ""


@dataclass(slots=True)
class Look(Part):
    """
    What must, or must not, stand before or after.
    """

    item: Part = field(default_factory=Part)
    ahead: bool = True
    negative: bool = False


@lru_cache(maxsize=4096)
def matches(pattern: str) -> object:
    """
    A validator of one pattern.
    """
    return compiled({"pattern": pattern})


@lru_cache(maxsize=4096)
def characters(text: str, literal: str = "") -> Characters:
    """
    The characters that a class such as `[^a-z]`, `\\p{Hangul}` or `.` holds.
    """
    fits = compiled({"pattern": f"^{text}$"}).is_valid
    held = tuple(dict.fromkeys(c for c in (*_ASCII, *literal, *_HANGUL, *_OTHERS) if fits(c)))
    letters = [c for c in held if c.isascii() and c.isalnum()]
    if fits("a") and fits("é"):
        plain = [c for c in letters if c.islower()]
    else:
        plain = letters or [c for c in held if c in _HANGUL] or [c for c in held if c.isprintable()]
    return Characters(1, 1, tuple(plain) or held, held)


def sequence(items: list[Part]) -> Part:
    """
    *items* one after the other.
    """
    if len(items) == 1:
        return items[0]
    return Sequence(sum(i.low for i in items), min(ENDLESS, sum(i.high for i in items)), items)
