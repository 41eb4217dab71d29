"""
What generated models and inputs are written with, beside ``_models``: open enumerations, moments, listed values.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Self, TypeVar, cast

from pydantic import ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, PydanticKnownError, core_schema

from aegis_runtime._secret import Secret
from aegis_runtime.models import _formats as formats

__all__ = [
    "ANSWER",
    "CLOSED",
    "NO_NULL",
    "OPEN",
    "ClosedUnion",
    "Exactly",
    "FullDate",
    "Known",
    "Listed",
    "MayBeAbsent",
    "NotNull",
    "OpenIntEnum",
    "OpenStrEnum",
    "Revealed",
    "UtcDateTime",
    "Uuid",
    "WrittenDate",
    "WrittenDateTime",
    "WrittenUuid",
]

T = TypeVar("T")
CLOSED = ConfigDict(defer_build=True, allow_inf_nan=False, extra="forbid")
"""Inputs whose contract names every property."""
OPEN = ConfigDict(defer_build=True, allow_inf_nan=False, extra="allow")
"""Inputs whose contract allows properties that it does not name."""


class OpenStrEnum(enum.StrEnum):
    """
    Texts that the contract lists. Others are read all the same, and have ``is_known`` False.
    """

    @property
    def is_known(self) -> bool:
        """
        Say whether the contract lists this value.
        """
        return self.value in type(self)._value2member_map_

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unlisted = str.__new__(cls, value)
        unlisted._name_ = "UNLISTED"
        unlisted._value_ = value
        return unlisted


class OpenIntEnum(enum.IntEnum):
    """
    Integers that the contract lists. Others are read all the same, and have ``is_known`` False.
    """

    @property
    def is_known(self) -> bool:
        """
        Say whether the contract lists this value.
        """
        return self.value in type(self)._value2member_map_

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        # Python's enumerations take True for 1, and pydantic finds no number of more than 64 bits in one.
        def member(value: object) -> object:
            _no_boolean(value)
            return cls(value) if isinstance(value, int) else value

        return core_schema.no_info_before_validator_function(member, handler(source))

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int):
            return None
        unlisted = int.__new__(cls, value)
        unlisted._name_ = "UNLISTED"
        unlisted._value_ = value
        return unlisted


def _no_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticKnownError("int_type")
    return value


class _Read:
    """
    Reads a value by a function of ours.
    """

    __slots__ = ("_read", "_shown")

    def __init__(self, read: Callable[[Any], object], shown: core_schema.CoreSchema) -> None:
        self._read = read
        self._shown = shown

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read, json_schema_input_schema=self._shown)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        # A provider's framework describes what it answers, too, and the function says nothing of that.
        return handler(self._shown)


_A_MOMENT, _A_DAY, _A_UUID = core_schema.datetime_schema(), core_schema.date_schema(), core_schema.uuid_schema()
UtcDateTime = Annotated[dt.datetime, _Read(formats.moment, _A_MOMENT)]
"""A moment as it is read: RFC 3339, with its offset."""
FullDate = Annotated[dt.date, _Read(formats.day, _A_DAY)]
"""A day as it is read: RFC 3339."""
Uuid = Annotated[uuid.UUID, _Read(formats.identifier, _A_UUID)]
"""A UUID as it is read, with its hyphens."""
WrittenDateTime = Annotated[dt.datetime | str, _Read(formats.written_moment, _A_MOMENT)]
"""A moment as it is sent: with its offset, as a value or as RFC 3339 text."""
WrittenDate = Annotated[dt.date | str, _Read(formats.written_day, _A_DAY)]
"""A day as it is sent, as a value or as text."""
WrittenUuid = Annotated[uuid.UUID | str, _Read(formats.written_identifier, _A_UUID)]
"""A UUID as it is sent, as a value or as text."""


class NotNull:
    """
    Holds answers to what a contract says of a property that it does not require: it may be absent, but not null. Models
    that are read from elsewhere (their own dump, say) may have null for what is absent.
    """

    __slots__ = ()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        made = handler(source)
        if made["type"] != "nullable":
            return made
        # What is not null stays in Rust.
        absent = core_schema.with_info_plain_validator_function(_absent)  # which no schema shows: null is not allowed
        either = core_schema.union_schema([(made["schema"], "\0"), (absent, "\0null")], mode="left_to_right")
        return core_schema.json_or_python_schema(either, made)


def _absent(value: object, info: core_schema.ValidationInfo) -> None:
    if value is not None:
        raise PydanticCustomError(NO_NULL, "is no null")
    if info.context is ANSWER:
        raise PydanticCustomError("null", "must not be null; it may be left out")


NO_NULL = "no_null"
"""What the second half of ``NotNull`` finds when the first has found something to tell."""
ANSWER = {"answer": True}
"""The context of validating an answer."""
MayBeAbsent = Annotated[T | None, NotNull()]
"""A property that the contract does not require: absent is ``None``, and null is not allowed."""


class Known:
    """
    Values that the contract lists, where it says itself what others there may be:
    ``Annotated[Status, Known()] | Annotated[str, Field(pattern="^x-")]``.
    """

    __slots__ = ()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(_known, handler(source))


def _known(value: OpenStrEnum | OpenIntEnum) -> OpenStrEnum | OpenIntEnum:
    if not value.is_known:
        raise PydanticCustomError("enum", "must be one of the values that the contract lists")
    return value


class Listed:
    """
    The values that a caller may send: ``Annotated[Status | Literal["active"], Listed("active")]``.
    """

    __slots__ = ("_values",)

    def __init__(self, *values: str | int) -> None:
        self._values = list(values)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        listed = core_schema.literal_schema(self._values)
        if all(isinstance(value, str) for value in self._values):
            return listed
        return core_schema.no_info_before_validator_function(_no_boolean, listed)


class Exactly:
    """
    Values that JSON Schema's ``const`` and ``enum`` name, and no others: Python takes 1 for ``True``, JSON does not.
    """

    __slots__ = ("_values",)

    def __init__(self, *values: object) -> None:
        self._values = values

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._one_of, json_schema_input_schema=handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(cast("dict[str, core_schema.CoreSchema]", schema)["json_schema_input_schema"])

    def _one_of(self, value: object) -> object:
        for each in self._values:
            if value == each and isinstance(value, bool) == isinstance(each, bool):
                return each
        raise PydanticCustomError("literal_error", "must be a value that the contract names")


class Revealed:
    """
    A secret as it is sent: plain text or a ``Secret``, held against *written*.
    """

    __slots__ = ("_written",)

    def __init__(self, written: Any) -> None:
        self._written = written

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(_reveal, handler.generate_schema(self._written))


def _reveal(value: object) -> object:
    return value.reveal() if isinstance(value, Secret) else value


class ClosedUnion:
    """
    Inputs that one property tells apart: ``Annotated[CatInput | DogInput, ClosedUnion("kind", {"cat": CatInput, …})]``.
    """

    __slots__ = ("_discriminator", "_mapping")

    def __init__(self, discriminator: str, mapping: Mapping[str, Any]) -> None:
        self._discriminator = discriminator
        self._mapping = dict(mapping)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        choices: dict[Any, core_schema.CoreSchema] = {
            tag: handler.generate_schema(kind) for tag, kind in self._mapping.items()
        }
        return core_schema.tagged_union_schema(choices, self._discriminator)
