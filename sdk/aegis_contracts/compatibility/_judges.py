"""
Two engines, which share no code, on one question: is this an instance of that schema?

``jsonschema`` is corrected where it does not follow the standards: its ``$`` matches before a last newline, and its
formats are looser than the ones that jsonschema-rs asserts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from aegis_contracts.compatibility._formats import FORMATS
from aegis_contracts.verdict._verdict import InvalidSchemaError, MaxBytes, compiled


class Judges:
    """
    Both engines on one self-contained schema.
    """

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        try:
            self._first: Any = compiled(schema)
        except InvalidSchemaError:
            self._first = None
        self._second: Any = None

    def first(self, instance: Any) -> bool | None:
        """
        Ask jsonschema-rs alone; None when the schema is unreadable.
        """
        return None if self._first is None else bool(self._first.is_valid(instance))

    def agree(self, instance: Any, expected: bool) -> bool:
        """
        Say whether both engines give the expected answer.
        """
        if self.first(instance) is not expected:
            return False
        if self._second is None:
            self._second = _oracle()(self._schema)
        try:
            return bool(self._second.is_valid(instance)) is expected
        except (RecursionError, re.error, ValueError, OverflowError):
            return False


@lru_cache(maxsize=1)
def _oracle() -> Any:
    import jsonschema
    from jsonschema import validators

    def pattern(_: Any, given: str, instance: Any, __: Any) -> Iterator[Any]:
        if isinstance(instance, str) and not _ecma(given).search(instance):
            yield jsonschema.ValidationError("pattern")

    def by_pattern(validator: Any, given: Any, instance: Any, __: Any) -> Iterator[Any]:
        for expression, schema in given.items() if isinstance(instance, dict) else ():
            for name, value in instance.items():
                if _ecma(expression).search(name):
                    yield from validator.descend(value, schema, path=name, schema_path=expression)

    def form(_: Any, given: str, instance: Any, __: Any) -> Iterator[Any]:
        check = FORMATS.get(given)
        if check is not None and isinstance(instance, str) and not check(instance):
            yield jsonschema.ValidationError("format")

    def largest(_: Any, given: Any, instance: Any, __: Any) -> Iterator[Any]:
        try:
            MaxBytes({}, given, []).validate(instance)
        except ValueError:
            yield jsonschema.ValidationError("x-max-bytes")

    rules = {"pattern": pattern, "patternProperties": by_pattern, "format": form, "x-max-bytes": largest}
    return validators.extend(jsonschema.Draft202012Validator, rules)


@lru_cache(maxsize=4096)
def _ecma(pattern: str) -> re.Pattern[str]:
    """
    Compile a pattern so that it means what ECMA-262 says, as far as Python's engine can.
    """
    text, out, inside = iter(pattern), [], False
    for char in text:
        if char == "\\":
            following = next(text, "")
            out.append({"d": "[0-9]" if not inside else "0-9", "w": "[A-Za-z0-9_]" if not inside else "A-Za-z0-9_"}.get(
                following, "\\" + following
            ))  # fmt: skip
            continue
        if char == "[" and not inside:
            inside = True
        elif char == "]":
            inside = False
        out.append(r"\Z" if char == "$" and not inside else char)
    return re.compile("".join(out))
