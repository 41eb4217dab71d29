"""
Strings that match patterns, of a wanted length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from aegis_contracts.instances._context import Context
from aegis_contracts.instances.patterns._regex import (
    ENDLESS,
    Alternation,
    Anchor,
    Characters,
    Group,
    Look,
    Part,
    Reference,
    Repetition,
    Sequence,
    matches,
)
from aegis_contracts.instances.patterns._regex_parser import parsed

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


def test(pattern: str) -> Callable[[str], bool]:
    """
    What tells whether a text matches *pattern*, as the verdict would.
    """
    return cast("Callable[[str], bool]", getattr(matches(pattern), "is_valid"))  # noqa: B009


def sample(context: Context, pattern: str, low: int = 0, high: int = ENDLESS, *, wild: bool = False) -> str:
    """
    A text that most likely matches *pattern* and is most likely from *low* to *high* characters long.

    Args:
        wild: use every character that a class holds, not only the readable ones.
    """
    part = parsed(pattern)
    if isinstance(part, Alternation):
        fitting = [option for option in part.options if option.low <= high and _reach(option) >= low]
        part = context.pick(fitting or part.options)
    looks = [item for item in part.items if isinstance(item, Look)] if isinstance(part, Sequence) else []
    for look in looks:
        if look.ahead and not look.negative and _ends(look.item):
            low, high = max(low, look.item.low), min(high, look.item.high)
    writer = _Writer(context, wild=wild)
    writer.write(part, max(low if _ends(part) else 0, part.low), high)
    text = "".join(writer.pieces)
    for look in looks:
        if look.ahead and not look.negative and not _ends(look.item):
            text = _overlay(context, text, look.item, wild=wild)
    missing = low - len(text)
    if missing > 0:
        padding = "".join(context.pick(_LETTERS) for _ in range(missing))
        text = padding + text if _ends(part) and not _starts(part) else text + padding
    return text


def _edge(part: Part, index: int) -> Part | None:
    return part.items[index] if isinstance(part, Sequence) and part.items else part


def _starts(part: Part) -> bool:
    first = _edge(part, 0)
    return isinstance(first, Anchor) and first.kind == "^"


def _ends(part: Part) -> bool:
    last = _edge(part, -1)
    return isinstance(last, Anchor) and last.kind == "$"


def _reach(part: Part) -> int:
    return part.high if _starts(part) and _ends(part) else ENDLESS


def _overlay(context: Context, text: str, wanted: Part, *, wild: bool) -> str:
    """
    *text* with something that a look-ahead asks for written over a part of it.
    """
    begin = 0
    items = wanted.items if isinstance(wanted, Sequence) else [wanted]
    anywhere = bool(items) and isinstance(items[0], Repetition) and items[0].most == ENDLESS
    writer = _Writer(context, wild=wild)
    for item in items[1:] if anywhere else items:
        writer.write(item, item.low, max(item.low, len(text)))
    piece = "".join(writer.pieces)
    if anywhere and len(text) > len(piece):
        begin = context.below(len(text) - len(piece) + 1)
    return text[:begin] + piece + text[begin + len(piece) :]


class _Writer:
    def __init__(self, context: Context, *, wild: bool) -> None:
        self.context = context
        self.wild = wild
        self.pieces: list[str] = []
        self.groups: dict[int | str, str] = {}

    def write(self, part: Part, low: int, high: int) -> None:
        """
        Write a text for *part*, from *low* to *high* characters long if it can be.
        """
        if isinstance(part, Characters):
            self.pieces.append(self.context.pick((part.all if self.wild else part.plain) or ("",)))
        elif isinstance(part, Sequence):
            self._sequence(part.items, low, high)
        elif isinstance(part, Repetition):
            self._repetition(part, low, high)
        elif isinstance(part, Alternation):
            fitting = [option for option in part.options if option.low <= high and option.high >= low]
            self.write(self.context.pick(fitting or part.options), low, high)
        elif isinstance(part, Group):
            begin = len(self.pieces)
            self.write(part.item, low, high)
            self.groups[part.number] = self.groups[part.name] = "".join(self.pieces[begin:])
        elif isinstance(part, Reference):
            self.pieces.append(self.groups.get(part.to, ""))

    def _sequence(self, items: list[Part], low: int, high: int) -> None:
        rest_low = sum(item.low for item in items)
        rest_high = sum(item.high for item in items)
        for item in items:
            rest_low -= item.low
            rest_high -= item.high
            least = max(item.low, low - rest_high)
            most = max(least, min(item.high, high - rest_low))
            before = len(self.pieces)
            self.write(item, least, most)
            written = sum(map(len, self.pieces[before:]))
            low, high = low - written, high - written

    def _repetition(self, part: Repetition, low: int, high: int) -> None:
        item = part.item
        most = min(part.most, high // item.low) if item.low else part.most
        least = max(part.least, -(-low // item.high)) if item.high else part.least
        least = min(least, most)
        simple = isinstance(item, Characters)
        if part.most == 1 and least < most:
            count = self.context.below(2)
        else:
            usual = max(least, (8 if simple else 2) if part.most == ENDLESS else least + (12 if simple else 3))
            count = self.context.between(
                max(least, min(most, 4 if simple and part.most == ENDLESS else least)), min(most, usual)
            )
        if isinstance(item, Characters):
            choices = (item.all if self.wild else item.plain) or ("",)
            self.pieces.extend([self.context.pick(choices) for _ in range(count)])
            return
        for rest in range(count - 1, -1, -1):
            before = len(self.pieces)
            least_here = max(item.low, low - rest * item.high)
            self.write(item, least_here, max(least_here, min(item.high, high - rest * item.low)))
            written = sum(map(len, self.pieces[before:]))
            low, high = low - written, high - written
