"""
Reads regular expressions of ECMA-262 into trees.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from aegis_contracts.instances._context import Ungeneratable
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
    characters,
    matches,
    sequence,
)

_ESCAPES: Final = {"t": "\t", "n": "\n", "r": "\r", "v": "\v", "f": "\f", "0": "\0"}


@lru_cache(maxsize=2048)
def parsed(pattern: str) -> Part:
    """
    The tree of *pattern*.

    Raises:
        Ungeneratable: it is no regular expression that the engine knows.
    """
    matches(pattern)
    return _Parser(pattern).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.groups = 0

    def parse(self) -> Part:
        part = self._alternation()
        if self.at < len(self.text):
            raise self._unreadable()
        return part

    def _unreadable(self) -> Ungeneratable:
        return Ungeneratable("", "pattern", f"the pattern cannot be read from character {self.at} on")

    def _peek(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def _take(self, text: str) -> bool:
        if self._peek(text):
            self.at += len(text)
            return True
        return False

    def _alternation(self) -> Part:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        if len(options) == 1:
            return options[0]
        return Alternation(min(o.low for o in options), max(o.high for o in options), options)

    def _sequence(self) -> Part:
        items: list[Part] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            items.append(self._quantified(self._atom()))
        return sequence(items) if items else Sequence()

    def _quantified(self, item: Part) -> Part:
        while self.at < len(self.text):
            if self._take("*"):
                least, most = 0, ENDLESS
            elif self._take("+"):
                least, most = 1, ENDLESS
            elif self._take("?"):
                least, most = 0, 1
            elif self._peek("{") and (bounds := self._bounds()):
                least, most = bounds
            else:
                break
            self._take("?")
            item = Repetition(item.low * least, min(ENDLESS, item.high * most), item, least, most)
        return item

    def _bounds(self) -> tuple[int, int] | None:
        end = self.text.find("}", self.at)
        inside = self.text[self.at + 1 : end]
        least, comma, most = inside.partition(",")
        if end < 0 or not least.isdecimal() or (most and not most.isdecimal()):
            return None
        self.at = end + 1
        return int(least), (int(most) if most else ENDLESS) if comma else int(least)

    def _atom(self) -> Part:
        character = self.text[self.at]
        if character == "(":
            return self._group()
        if character == "[":
            return self._class()
        self.at += 1
        if character in "^$":
            return Anchor(kind=character)
        if character == ".":
            return characters(".")
        if character == "\\":
            return self._escape()
        return Characters(1, 1, (character,), (character,))

    def _group(self) -> Part:
        self.at += 1
        look = next((c for c in ("?=", "?!", "?<=", "?<!") if self._take(c)), None)
        name, number = "", 0
        if look is None:
            if self._take("?:"):
                pass
            elif self._take("?<") or self._take("?P<"):
                end = self.text.index(">", self.at)
                name, self.at = self.text[self.at : end], end + 1
                self.groups += 1
                number = self.groups
            elif self._take("?"):
                while self.at < len(self.text) and self.text[self.at] not in ":)":
                    self.at += 1
                if self._take(")"):
                    return Sequence()
                self._take(":")
            else:
                self.groups += 1
                number = self.groups
        item = self._alternation()
        if not self._take(")"):
            raise self._unreadable()
        if look is not None:
            return Look(item=item, ahead="<" not in look, negative="!" in look)
        return Group(item.low, item.high, item, number, name) if number else item

    def _class(self) -> Part:
        start = self.at
        self.at += 1
        self._take("^")
        literal: list[str] = []
        first = True
        while self.at < len(self.text) and (self.text[self.at] != "]" or first):
            first = False
            if self.text[self.at] == "\\":
                self.at += 1
                part = self._escape()
                literal.extend(part.all[:1] if isinstance(part, Characters) and len(part.all) == 1 else ())
            else:
                literal.append(self.text[self.at])
                self.at += 1
            if self._peek("-") and len(literal) > 1 and literal[-2] == "-":
                continue
        self.at += 1
        return characters(self.text[start : self.at], _between(literal))

    def _escape(self) -> Part:
        character = self.text[self.at]
        self.at += 1
        if character in "bB":
            return Anchor(kind=character)
        if character in "dDwWsS":
            return characters("\\" + character)
        if character in "pP" and self._peek("{"):
            end = self.text.index("}", self.at) + 1
            start, self.at = self.at, end
            return characters(f"\\{character}{self.text[start:end]}")
        if character == "k" and self._take("<"):
            end = self.text.index(">", self.at)
            name, self.at = self.text[self.at : end], end + 1
            return Reference(0, ENDLESS, name)
        if character in "123456789":
            return Reference(0, ENDLESS, int(character))
        made = self._coded(character)
        return Characters(1, 1, (made,), (made,))

    def _coded(self, character: str) -> str:
        if character == "c" and self.at < len(self.text):
            self.at += 1
            return chr(ord(self.text[self.at - 1]) % 32)
        if character == "u" and self._take("{"):
            end = self.text.index("}", self.at)
            code, self.at = self.text[self.at : end], end + 1
            return chr(int(code, 16))
        width = {"x": 2, "u": 4}.get(character, 0)
        code = self.text[self.at : self.at + width]
        if width and len(code) == width:
            self.at += width
            return chr(int(code, 16))
        return _ESCAPES.get(character, character)


def _between(literal: list[str]) -> str:
    """
    Characters from the ranges that a class names, so that scripts outside the common ones are found too.
    """
    found: list[str] = []
    for index, character in enumerate(literal):
        found.append(character)
        if character == "-" and 0 < index < len(literal) - 1:
            first, last = ord(literal[index - 1]), ord(literal[index + 1])
            step = max(1, (last - first) // 40)
            found.extend(chr(c) for c in range(first, last + 1, step) if not 0xD800 <= c < 0xE000)
    return "".join(found)
