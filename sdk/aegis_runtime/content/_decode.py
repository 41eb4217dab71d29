"""
From an answer's bytes to what the contract says they are.
"""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import Generic, Protocol, TypeVar, cast

from aegis_runtime.content._reference import Reference, Referenced
from aegis_runtime.content._violations import Violations

__all__ = ["BytesDecoder", "Decoder", "JsonDecoder", "TextDecoder", "Undecodable"]

_BOM = b"\xef\xbb\xbf"
_WHOLE = frozenset({"int_from_float", "int_type", "literal_error", "enum", "union_tag_invalid"})
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Undecodable(Exception):  # noqa: N818 -- carried to where the error is raised
    """
    Bytes that are not what their media type says. Its text never quotes them.
    """


class Decoder(Protocol[T_co]):
    """
    Reads a body; *strict* refuses what the contract does not name (unknown fields, enum values, union members).

    Raises:
        Undecodable: the bytes cannot be read at all.
        Violations: they can, and break the contract.
    """

    def __call__(self, body: bytes, strict: bool, /) -> T_co: ...


class JsonDecoder(Generic[T]):
    """
    Reads JSON as the type that *reference* names.
    """

    def __init__(self, reference: Reference) -> None:
        self._type: Referenced[T] = Referenced(reference)

    def __call__(self, body: bytes, strict: bool, /) -> T:
        if body[:3] == _BOM:
            body = body[3:]
        try:
            value = self._read(body)
        except ValueError as error:
            found = self._type.violations(error)
        else:
            # NaN is no JSON, and pydantic takes it where any value may be.
            if b"NaN" in body or b"Infinity" in body:
                _refuse_constants(body)
            if strict:
                _refuse_undeclared(value)
            return value
        if found is None or any(violation.rule == "json_invalid" for violation in found.violations):
            raise Undecodable("the body is not JSON, or not all of it")
        if any(violation.rule in _WHOLE for violation in found.violations):
            plain = _whole_numbers(body)
            if plain is not None:
                return self(plain, strict)
        raise found

    def _read(self, body: bytes) -> T:
        validator = self._type.adapter.validator
        read = validator.validate_json(body, strict=True, by_alias=True, by_name=False, context=self._type.context)
        return cast("T", read)


def _refuse_constants(body: bytes) -> None:
    def constant(name: str) -> object:
        raise Undecodable(f"the body holds {name}, which is no JSON")

    # What pydantic has read is no deeper than 200; an integer of thousands of digits is none for Python.
    with contextlib.suppress(ValueError):
        json.loads(body, parse_constant=constant)


def _whole_numbers(body: bytes) -> bytes | None:
    """
    The body with integers written as such, or ``None`` when they are already: 5.0 and 1e2 are integers (JSON Schema
    2020-12 §6.1.1), which pydantic takes for something else.
    """
    changed = False

    from aegis_runtime.models._numbers import whole

    def number(text: str) -> int | float:
        nonlocal changed
        # As a double, which is what RFC 8259 §6 counts on, unless the text itself is an integer that no double holds.
        read = float(text)
        exact = whole(read)
        if isinstance(exact, int):
            changed = True
            written = whole(Decimal(text))
            return written if isinstance(written, int) else exact
        return read

    try:
        parsed = json.loads(body, parse_float=number)
        return json.dumps(parsed).encode() if changed else None
    except ValueError:
        return None


def _refuse_undeclared(value: object) -> None:
    from aegis_runtime.content._strict import undeclared

    if found := list(undeclared(value)):
        raise Violations(found)


class TextDecoder:
    """
    Reads text in UTF-8.
    """

    __slots__ = ()

    def __call__(self, body: bytes, strict: bool, /) -> str:  # noqa: ARG002 -- text has nothing unknown
        try:
            return body.removeprefix(_BOM).decode()
        except UnicodeDecodeError:
            pass
        raise Undecodable("the body is not UTF-8")


class BytesDecoder:
    """
    Takes the bytes as they are.
    """

    __slots__ = ()

    def __call__(self, body: bytes, strict: bool, /) -> bytes:  # noqa: ARG002 -- bytes have nothing unknown
        return body
