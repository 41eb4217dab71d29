"""
From an answer's bytes to what the contract says they are.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar, cast

from aegis_runtime.content._reference import Reference, Referenced
from aegis_runtime.content._violations import Violations

__all__ = ["BytesDecoder", "Decoder", "JsonDecoder", "TextDecoder", "Undecodable"]

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
        validator = self._type.adapter.validator
        try:
            value = cast("T", validator.validate_json(body, strict=True, by_alias=True, by_name=False))
        except ValueError as error:
            found = self._type.violations(error)
        else:
            if strict:
                _refuse_undeclared(value)
            return value
        if found is None or any(fault.rule == "json_invalid" for fault in found.violations):
            raise Undecodable("the body is not JSON, or not all of it")
        raise found


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
