"""
Rules of JSON Schema that pydantic has no word for, each told as one violation.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sized
from typing import Any, TypeVar, cast

from pydantic import BaseModel, GetCoreSchemaHandler, TypeAdapter
from pydantic_core import PydanticCustomError, ValidationError, core_schema

from aegis_runtime.models import _formats as formats

__all__ = ["DependentRequired", "Extras", "Format", "MaxBytes", "PropertyCount", "UniqueItems", "obeying"]

C = TypeVar("C", bound="type[Any]")


class _Rule:
    __slots__ = ()

    def __call__(self, value: Any) -> Any:
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self, handler(source))


class UniqueItems(_Rule):
    """
    No two items are equal, in JSON Schema's sense: ``1`` and ``true`` differ, ``1`` and ``1.0`` do not.
    """

    __slots__ = ()

    def __call__(self, value: Any) -> Any:
        seen = {repr(_comparable(item)) for item in value}
        if len(seen) < len(cast("Sized", value)):
            raise PydanticCustomError("unique_items", "must not repeat an item")
        return value


class Format(_Rule):
    """
    A text has a *format* of JSON Schema.
    """

    __slots__ = ("_holds", "_what")

    def __init__(self, name: str) -> None:
        self._holds, self._what = formats.FORMATS[name]

    def __call__(self, value: Any) -> Any:
        if not self._holds(value):
            raise PydanticCustomError("format", "must be {what}", {"what": self._what})
        return value


class MaxBytes(_Rule):
    """
    A text has at most *limit* bytes in *codec*, which has every one of its characters.
    """

    __slots__ = ("_codec", "_limit")

    def __init__(self, codec: str, limit: int) -> None:
        self._codec = codec
        self._limit = limit

    def __call__(self, value: Any) -> Any:
        try:
            size = len(cast("str", value).encode(self._codec))
        except UnicodeEncodeError:
            raise PydanticCustomError(
                "max_bytes", "must have only characters of {codec}", {"codec": self._codec}
            ) from None
        if size > self._limit:
            raise PydanticCustomError(
                "max_bytes", "must have at most {limit} bytes in {codec}", {"limit": self._limit, "codec": self._codec}
            )
        return value


class PropertyCount(_Rule):
    """
    An object has at least *minimum* and at most *maximum* properties.
    """

    __slots__ = ("_maximum", "_minimum")

    def __init__(self, minimum: int, maximum: int | None) -> None:
        self._minimum = minimum
        self._maximum = maximum

    def __call__(self, value: Any) -> Any:
        count = len(_given(value))
        if count < self._minimum:
            raise PydanticCustomError("min_properties", "must have at least {n} properties", {"n": self._minimum})
        if self._maximum is not None and count > self._maximum:
            raise PydanticCustomError("max_properties", "must have at most {n} properties", {"n": self._maximum})
        return value


class DependentRequired(_Rule):
    """
    Where one property is given, others must be given too.
    """

    __slots__ = ("_needs",)

    def __init__(self, needs: Mapping[str, tuple[str, ...]]) -> None:
        self._needs = dict(needs)

    def __call__(self, value: Any) -> Any:
        given = _given(value)
        for name, others in self._needs.items():
            missing = [other for other in others if name in given and other not in given]
            if missing:
                raise PydanticCustomError(
                    "dependent_required", "with {name}, {missing} is required", {"name": name, "missing": missing[0]}
                )
        return value


class Extras(_Rule):
    """
    Properties beside those that an input *names* are of one type, which *kind* returns: it may be defined further down.
    """

    __slots__ = ("_adapter", "_building", "_kind", "_names")

    def __init__(self, kind: Callable[[], Any], *names: str) -> None:
        self._kind = kind
        self._names = frozenset(names)
        self._adapter: TypeAdapter[Any] | None = None
        self._building = threading.Lock()

    def __call__(self, value: Any) -> Any:
        members = cast("dict[str, Any]", value)
        others = [name for name in members if name not in self._names]
        if not others:
            return value
        validate = self._built().validate_python
        held = dict(members)
        for name in others:
            try:
                held[name] = validate(members[name])
            except ValidationError as error:
                # Its name is data, and so is all that pydantic would tell of it.
                rule = error.errors()[0]["type"]
                raise PydanticCustomError(
                    "additional_properties", "has another property that is wrong: {rule}", {"rule": rule}
                ) from None
        return held

    def _built(self) -> TypeAdapter[Any]:
        with self._building:
            if self._adapter is None:
                self._adapter = TypeAdapter(self._kind())
            return self._adapter


def obeying(rule: Callable[[Any], Any]) -> Callable[[C], C]:
    """
    Hold every object of a class against a *rule* that no single property can keep, beside those that it has.
    """

    def decorate(cls: C) -> C:
        others = vars(cls).get("__get_pydantic_core_schema__")

        def schema(source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
            made = others(source, handler) if others else handler(source)
            return core_schema.no_info_after_validator_function(rule, made)

        cast("Any", cls).__get_pydantic_core_schema__ = schema
        return cls

    return decorate


def _given(value: Any) -> set[str]:
    """
    Name the properties that an object was given, in the contract's words.
    """
    if isinstance(value, Mapping):
        return set(cast("Mapping[str, Any]", value))
    model = cast("BaseModel", value)
    fields = type(model).model_fields
    names = {fields[name].alias or name for name in model.model_fields_set if name in fields}
    return names | set(model.model_extra or ())


def _comparable(value: Any) -> Any:
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, int | float):
        # As JSON has it: 1.0 is 1, and two large integers are not one because a float cannot tell them apart.
        return ("number", int(value) if isinstance(value, int) or value.is_integer() else value)
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        return sorted((name, _comparable(member)) for name, member in members.items())
    if isinstance(value, list | tuple):
        return [_comparable(item) for item in cast("list[Any]", value)]
    return value
