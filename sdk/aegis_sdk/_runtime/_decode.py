"""
From an answer's bytes to what the contract says they are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["BytesDecoder", "Decoder", "JsonDecoder", "Reference", "TextDecoder", "Undecodable", "resolve"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Reference = str | Callable[[], object]
"""Where a type is found when it is needed: ``"package.module:Name"``, or a function that returns it."""


class Undecodable(Exception):
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

    __slots__ = ("_adapter", "_reference")

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._adapter: TypeAdapter[T] | None = None

    def __call__(self, body: bytes, strict: bool, /) -> T:
        adapter = self._adapter or self._build()
        value = adapter.validator.validate_json(body)
        return cast("T", value)

    def _build(self) -> TypeAdapter[T]:
        from pydantic import TypeAdapter

        adapter: TypeAdapter[T] = TypeAdapter(cast("Any", resolve(self._reference)))
        self._adapter = adapter
        return adapter


class TextDecoder:
    """
    Reads text in UTF-8.
    """

    __slots__ = ()

    def __call__(self, body: bytes, strict: bool, /) -> str:
        try:
            return body.decode()
        except UnicodeDecodeError:
            raise Undecodable("the body is not UTF-8") from None


class BytesDecoder:
    """
    Takes the bytes as they are.
    """

    __slots__ = ()

    def __call__(self, body: bytes, strict: bool, /) -> bytes:
        return body


def resolve(reference: Reference) -> object:
    """
    The type that *reference* names.
    """
    if not isinstance(reference, str):
        return reference()
    module, _, name = reference.partition(":")
    return getattr(sys.modules.get(module) or import_module(module), name)
