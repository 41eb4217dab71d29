"""
Regular expressions of ECMA-262 as automata, as far as they are regular.

Classes hold exactly the characters that the engine of the verdict takes for them. What looks around, refers back or
names a Unicode property is refused: who asks must then find another proof.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

Ranges = tuple[tuple[int, int], ...]
START, END = -2, -1  # stand before and after every text, for ^ and $
_LAST: Final = 0x10FFFF
_STATES: Final = 4_000
_DIGIT: Final[Ranges] = ((48, 57),)
_WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Final[Ranges] = (
    (9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F),
    (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF),
)  # fmt: skip
_LINES: Final[Ranges] = ((10, 10),)  # as both engines read ``.``; ECMA-262 leaves out three more
_ANY: Final[Ranges] = ((START, _LAST),)
_TIMES: Final[dict[str, tuple[int, int | None]]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_CONTROLS: Final = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "0": 0}


class IrregularError(ValueError):
    """
    A pattern that is no plain regular expression, or too large to be an automaton here.
    """


def without(ranges: Ranges) -> Ranges:
    """
    All characters that are not in *ranges*.
    """
    found: list[tuple[int, int]] = []
    next_free = 0
    for low, high in sorted(ranges):
        if low > next_free:
            found.append((next_free, low - 1))
        next_free = max(next_free, high + 1)
    if next_free <= _LAST:
        found.append((next_free, _LAST))
    return tuple(found)


class Automaton:
    """
    A pattern as an automaton without memory, which reads START, a text, and END.

    Raises:
        IrregularError: the pattern is not regular, or too large.
    """

    def __init__(self, pattern: str) -> None:
        self._empty: list[list[int]] = []
        self._moves: list[list[tuple[Ranges, int]]] = []
        start = self._state()
        first, last = _Reader(pattern, self).read()
        self._moves[start].append((_ANY, start))  # a pattern may match anywhere in a text
        self._empty[start].append(first)
        self._moves[last].append((_ANY, last))
        self._final = last
        self.start = self.step(self._closed([start]), START)

    def step(self, states: frozenset[int], character: int) -> frozenset[int]:
        """
        Read one character.
        """
        reached = [
            target
            for state in states
            for ranges, target in self._moves[state]
            if any(low <= character <= high for low, high in ranges)
        ]
        return self._closed(reached)

    def accepts(self, states: frozenset[int]) -> bool:
        """
        Say whether the text that led to *states* matches.
        """
        return self._final in self.step(states, END)

    @property
    def cuts(self) -> set[int]:
        """
        Where classes begin: between two cuts all characters are alike.
        """
        ranges = (r for moves in self._moves for given, _ in moves for r in given)
        return {cut for low, high in ranges for cut in (max(low, 0), high + 1) if 0 <= cut <= _LAST}

    def _closed(self, states: Iterable[int]) -> frozenset[int]:
        found, pending = set(states), list(states)
        while pending:
            for state in self._empty[pending.pop()]:
                if state not in found:
                    found.add(state)
                    pending.append(state)
        return frozenset(found)

    def _state(self) -> int:
        if len(self._empty) >= _STATES:
            raise IrregularError("too many states")
        self._empty.append([])
        self._moves.append([])
        return len(self._empty) - 1

    def join(self, one: int, other: int) -> None:
        """
        Lead from one state to another without reading.
        """
        self._empty[one].append(other)

    def of(self, ranges: Ranges) -> tuple[int, int]:
        """
        Add what reads one character of *ranges*; returns its first and last state.
        """
        first, last = self._state(), self._state()
        self._moves[first].append((ranges, last))
        return first, last

    def pair(self) -> tuple[int, int]:
        """
        Add two states that nothing leads between yet.
        """
        return self._state(), self._state()

    def nothing(self) -> tuple[int, int]:
        """
        Add what reads nothing.
        """
        first, last = self.pair()
        self.join(first, last)
        return first, last


class _Reader:
    """
    Builds an automaton while it reads a pattern.
    """

    def __init__(self, text: str, made: Automaton) -> None:
        self._text = text
        self._at = 0
        self._made = made

    def read(self) -> tuple[int, int]:
        whole = self._choice()
        if self._at < len(self._text):
            raise IrregularError("unbalanced")
        return whole

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, text: str) -> bool:
        if self._text.startswith(text, self._at):
            self._at += len(text)
            return True
        return False

    def _choice(self) -> tuple[int, int]:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        if len(options) == 1:
            return options[0]
        first, last = self._made.pair()
        for one, other in options:
            self._made.join(first, one)
            self._made.join(other, last)
        return first, last

    def _sequence(self) -> tuple[int, int]:
        first, last = self._made.nothing()
        while self._next() not in {"", "|", ")"}:
            begun = self._at
            one, other = self._atom()
            one, other = self._repeated(begun, one, other)
            self._made.join(last, one)
            last = other
        return first, last

    def _repeated(self, begun: int, one: int, other: int) -> tuple[int, int]:
        source = self._text[begun : self._at]
        times = next((times for mark, times in _TIMES.items() if self._take(mark)), None) or self._braces()
        if times is None:
            return one, other
        self._take("?")  # a lazy repetition matches the same texts
        if source in {"^", "$"}:
            raise IrregularError("a repeated anchor")
        return self._times(source, one, other, *times)

    def _braces(self) -> tuple[int, int | None] | None:
        if self._next() != "{":
            return None
        inside = self._text[self._at + 1 :].partition("}")[0]
        low, comma, high = inside.partition(",")
        if not low.isdigit() or (high and not high.isdigit()):
            return None
        self._at += len(inside) + 2
        return int(low), (int(high) if high else None if comma else int(low))

    def _times(self, source: str, one: int, other: int, least: int, most: int | None) -> tuple[int, int]:
        first, last = self._made.pair()
        copies = max(least, 1 if most is None else most)
        if copies * len(source) > _STATES:
            raise IrregularError("too many repetitions")
        at, used = first, 0
        while used < copies:
            begin, end = (one, other) if used == 0 else _Reader(source, self._made).read()
            if used >= least:
                self._made.join(at, last)
            self._made.join(at, begin)
            if most is None and used == copies - 1:
                self._made.join(end, begin)
            at, used = end, used + 1
        self._made.join(at, last)
        return first, last

    def _atom(self) -> tuple[int, int]:
        made = self._made
        if self._take("("):
            if self._take("?") and not self._take(":"):
                if not self._take("<") or self._next() in {"=", "!"}:
                    raise IrregularError("looks around")
                self._at = self._text.index(">", self._at) + 1
            inner = self._choice()
            if not self._take(")"):
                raise IrregularError("unbalanced")
            return inner
        if self._take("^"):
            return made.of(((START, START),))
        if self._take("$"):
            return made.of(((END, END),))
        if self._take("."):
            return made.of(without(_LINES))
        if self._take("["):
            return made.of(self._class())
        if self._take("\\"):
            return made.of(self._escape())
        character = self._next()
        if character in {"*", "+", "?"}:
            raise IrregularError("nothing to repeat")
        self._at += 1
        return made.of(((ord(character), ord(character)),))

    def _class(self) -> Ranges:
        outside = self._take("^")
        found: list[tuple[int, int]] = []
        while not self._take("]"):
            low = self._member()
            if self._next() == "-" and self._text[self._at + 1 : self._at + 2] not in {"]", ""} and len(low) == 1:
                self._at += 1
                high = self._member()
                found.append((low[0][0], high[-1][1]))
            else:
                found.extend(low)
        return without(tuple(found)) if outside else tuple(found)

    def _member(self) -> Ranges:
        if self._take("\\"):
            return ((8, 8),) if self._take("b") else self._escape()
        character = self._next()
        if not character or character == "[" or self._text.startswith(("&&", "--"), self._at):
            raise IrregularError("a class that engines read differently")
        self._at += 1
        return ((ord(character), ord(character)),)

    def _escape(self) -> Ranges:
        character = self._next()
        self._at += 1
        match character:
            case "d":
                return _DIGIT
            case "D":
                return without(_DIGIT)
            case "w":
                return _WORD
            case "W":
                return without(_WORD)
            case "s":
                return _SPACE
            case "S":
                return without(_SPACE)
            case "x" | "u":
                size = 2 if character == "x" else 4
                digits = self._text[self._at : self._at + size]
                self._at += size
                try:
                    code = int(digits, 16)
                except ValueError:
                    raise IrregularError("no character") from None
                return ((code, code),)
            case _ if character in _CONTROLS and not self._next().isdigit():
                return ((_CONTROLS[character], _CONTROLS[character]),)
            case _ if character and not character.isalnum():
                return ((ord(character), ord(character)),)
            case _:
                raise IrregularError("not regular")
