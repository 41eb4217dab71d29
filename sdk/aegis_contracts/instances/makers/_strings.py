"""
Strings: lengths, patterns and formats together, realistic where the name allows it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from aegis_contracts.instances._context import Conflict, Context, Json, Ungeneratable
from aegis_contracts.instances._document import Node
from aegis_contracts.instances.patterns._regex import ENDLESS
from aegis_contracts.instances.patterns._samples import sample, test
from aegis_contracts.instances.verdicts._verdicts import compiled, format_test
from aegis_contracts.instances.words._formats import letters, plain_text, shortest
from aegis_contracts.instances.words._names import words
from aegis_contracts.instances.words._vocabulary import Hint, format_of, vocabulary

if TYPE_CHECKING:
    from aegis_contracts.instances._protocols import Plan

_LONGEST: Final = 1_000_000
_TRIES: Final = 120
# Formats that only say how text is to be read: any text has them, so a name may say more.
_LOOSE: Final = frozenset({"password", "binary", "int32", "int64", "float", "double", "byte", "decimal"})
_ENCODED: Final = frozenset({"byte"})  # not even a name that says much makes a word of it


class StringMaker:
    """
    Makes strings that satisfy the lengths, patterns and formats of a plan.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._hints = vocabulary().text
        self.low = 0
        self.high = ENDLESS
        self.patterns: list[str] = []
        self.formats: list[str] = []
        self.encoding = ""
        self.media_type = ""
        self.inner: Node | None = None
        self._tests: list[Callable[[Any], bool]] = []
        for part in plan.parts:
            self._read(part)
        if self.low > self.high:
            raise Conflict(plan.pointer, "minLength", "the bounds leave no length")
        if self.low > _LONGEST:
            raise Conflict(plan.pointer, "minLength", f"more than {_LONGEST} characters are not generated")
        self._bare = not self._tests and not self.patterns and len(self.formats) == 1 and self.high == ENDLESS
        self._certain = format_of(self.formats[0]) if self._bare and self.formats[0] not in _LOOSE else None
        for pattern in self.patterns:
            try:
                self._tests.append(test(pattern))
            except Ungeneratable:
                raise Ungeneratable(plan.pointer, "pattern", f"{pattern} is no regular expression") from None
        self._tests.extend(format_test(name) for name in self.formats if name not in _LOOSE)

    def _read(self, part: Node) -> None:
        keywords = part.keywords
        self.low = max(self.low, int(keywords.get("minLength", 0)))
        if "maxLength" in keywords:
            self.high = min(self.high, int(keywords["maxLength"]))
        pattern = keywords.get("pattern")
        if isinstance(pattern, str) and pattern not in self.patterns:
            self.patterns.append(pattern)
        name = keywords.get("format")
        if isinstance(name, str) and name not in self.formats:
            self.formats.append(name)
        if "x-max-bytes" in keywords:
            self._tests.append(compiled({"x-max-bytes": keywords["x-max-bytes"]}).is_valid)
        self.encoding = keywords.get("contentEncoding", self.encoding)
        self.media_type = keywords.get("contentMediaType", self.media_type)
        if "contentSchema" in keywords:
            self.inner = self._plan.document.child(part, "contentSchema")

    def needed(self) -> Iterator[Plan]:
        """
        Nothing: a string has no parts.
        """
        return iter(())

    def admits(self, value: Any) -> bool:
        """
        Say whether *value* satisfies lengths, patterns and formats.
        """
        if not self.low <= len(value) <= self.high:
            return False
        for fits in self._tests:  # noqa: SIM110
            if not fits(value):
                return False
        return True

    # -- making --------------------------------------------------------------------------------------------------------

    def make(self, context: Context, name: str) -> Json:
        """
        Make a string.
        """
        if self._certain is not None:
            return self._certain(context, words(name), self.low)
        if self.encoding or self.media_type or self.inner:
            for _ in range(3):
                value = self._content(context)
                if self.admits(value):
                    return value
        loose = not self.formats or self.formats[0] in _LOOSE - _ENCODED
        if loose or format_of(self.formats[0]) is None:
            for hint in self._hints(name, context.label):
                hinted = self._hinted(context, hint)
                if hinted is not None:
                    return hinted
        if not self.patterns and not self.formats and self.low <= 12 <= self.high and not self._tests:
            return plain_text(context, self.low)
        for attempt in range(_TRIES):
            value = self._candidate(context, name, attempt)
            if self.admits(value):
                return value
            context.spend()
        keyword = "pattern" if self.patterns else "format" if self.formats else "minLength"
        raise Conflict(self._plan.pointer, keyword, "no string was found that satisfies everything at once")

    def _hinted(self, context: Context, hint: Hint) -> str | None:
        """
        What *hint* proposes, if it will do; where it is only too long, another proposal, and at last a part of one.
        """
        value = hint(context)
        if not isinstance(value, str):
            return None
        if self.admits(value):
            return value
        if len(value) <= self.high or self.high <= 8 or self._tests:
            return None
        for _ in range(4):
            other = hint(context)
            if self.admits(other):
                return str(other)
        value = value[: self.high].rstrip()
        return value if self.admits(value) else None

    def _candidate(self, context: Context, name: str, attempt: int) -> str:
        maker = format_of(self.formats[attempt % len(self.formats)]) if self.formats else None
        # The format speaks first; where the pattern refuses what it says, they take turns.
        if attempt >= 3 and attempt % 3 == 1 and self.formats:
            short = shortest(context, self.formats[0], attempt // 3, self.low)
            if short is not None:
                return short
        if maker is not None and (not self.patterns or attempt < 3 or attempt % 3 == 0):
            return maker(context, words(name), self.low)
        if self.patterns:
            if attempt == 0 and self._tests and self.low <= 8 <= self.high:
                word = plain_text(context, self.low).partition(" ")[0]
                if self.admits(word):
                    return word
            wild = attempt > 20 and attempt % 2 == 0
            if len(self.patterns) > 1 and attempt % 3 == 2:
                # What begins with the one and ends with the other satisfies both, unless one is anchored at both ends.
                first_last = sorted(self.patterns, key=lambda pattern: not pattern.startswith("^"))
                return "".join([sample(context, pattern, wild=wild) for pattern in first_last])
            return sample(context, self.patterns[attempt % len(self.patterns)], self.low, self.high, wild=wild)
        if self.high < 12 or attempt:
            return letters(context, min(self.high, max(self.low, 4, attempt % 16)))
        return plain_text(context, self.low)[: self.high]

    def _content(self, context: Context) -> str:
        if self.inner is not None:
            context.depth += 1
            value: Any = self._plan.workshop.plan((self.inner,)).make(context, "")
            context.depth -= 1
            text = json.dumps(value, ensure_ascii=False)
        elif self.media_type.endswith("json"):
            text = json.dumps({"value": plain_text(context, 0)})
        else:
            text = plain_text(context, self.low)
        encode = _ENCODINGS.get(self.encoding.lower())
        return encode(text.encode()).decode("ascii") if encode is not None else text


_ENCODINGS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "base32": base64.b32encode,
    "base16": base64.b16encode,
    "hex": base64.b16encode,
}
