"""
From an answer's bytes to what the contract says they are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from aegis_sdk._runtime._violations import Violations, known_names, violations_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["BytesDecoder", "Decoder", "JsonDecoder", "Reference", "TextDecoder", "Undecodable", "resolve"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Reference = str | Callable[[], object]
"""Where a type is found when it is needed: ``"package.module:Name"``, or a function that returns it."""


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
        self._reference = reference
        self._adapter: TypeAdapter[T] | None = None

    def __call__(self, body: bytes, strict: bool, /) -> T:
        adapter = self._adapter or self._build()
        try:
            value = cast("T", adapter.validator.validate_json(body, strict=True, by_alias=True, by_name=False))
        except ValueError as error:
            fault = self._fault(error)
        else:
            if strict:
                _refuse_undeclared(value)
            return value
        raise fault

    def _build(self) -> TypeAdapter[T]:
        from pydantic import TypeAdapter

        adapter: TypeAdapter[T] = TypeAdapter(cast("Any", resolve(self._reference)))
        self._adapter = adapter
        return adapter

    def _fault(self, error: ValueError) -> Exception:
        from pydantic import ValidationError

        if not isinstance(error, ValidationError):
            return Undecodable("the body cannot be read")
        if any(line["type"] == "json_invalid" for line in error.errors(include_url=False, include_input=False)):
            return Undecodable("the body is not JSON, or not all of it")
        return violations_of(error, known_names(resolve(self._reference)))


def _refuse_undeclared(value: object) -> None:
    from aegis_sdk._runtime._strict import undeclared

    if found := list(undeclared(value)):
        raise Violations(found)


class TextDecoder:
    """
    Reads text in UTF-8.
    """

    __slots__ = ()

    def __call__(self, body: bytes, strict: bool, /) -> str:  # noqa: ARG002 -- text has nothing unknown
        try:
            return body.decode()
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


def resolve(reference: Reference) -> object:
    """
    The type that *reference* names.
    """
    if not isinstance(reference, str):
        return reference()
    module, _, name = reference.partition(":")
    return getattr(sys.modules.get(module) or import_module(module), name)
