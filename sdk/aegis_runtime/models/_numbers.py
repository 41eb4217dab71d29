"""
Numbers and booleans as JSON Schema has them: Python takes ``True`` for 1 and reads texts, JSON does not.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, cast

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticKnownError, core_schema

__all__ = ["Array", "Boolean", "Exact", "ExactNumber", "Integer", "MultipleOf", "Number", "whole"]

_EVERY = 2.0**53
"""Up to here a double holds every integer."""

_LARGEST = 400
"""Digits before the point of the largest number that is read as one: a few more than a double has."""


class _Only:
    """
    Lets a value pass that is of the type at all; what the type says of it comes after.
    """

    __slots__ = ("_passes",)

    def __init__(self, passes: Callable[[Any], Any]) -> None:
        self._passes = passes

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self._passes, handler(source))


def _integer(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise PydanticKnownError("int_type")
    return value if isinstance(value, int) else whole(value)


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise PydanticKnownError("float_type")
    if isinstance(value, Decimal):
        return exact if isinstance(exact := whole(value), int) else float(value)
    return value


def _boolean(value: object) -> object:
    if not isinstance(value, bool):
        raise PydanticKnownError("bool_type")
    return value


def _array(value: object) -> object:
    # Python counts texts and bytes among its sequences.
    if isinstance(value, (str, bytes, bytearray, memoryview)):
        raise PydanticKnownError("list_type")
    return value


def whole(value: float | Decimal) -> int | float | Decimal:
    """
    The integer that *value* is, exactly, or *value* when it is none, or larger than any number needs to be.
    """
    exact = value if isinstance(value, Decimal) else Decimal(value)
    if not exact.is_finite() or exact.adjusted() >= _LARGEST:
        return value
    return int(exact) if exact == exact.to_integral_value() else value


class MultipleOf:
    """
    A number is a multiple of *unit* in decimals, as both are written: 0.07 is one of 0.01 (JSON Schema 2020-12 §6.2.1).
    """

    __slots__ = ("_exact", "_unit")

    def __init__(self, unit: float) -> None:
        self._unit = unit
        self._exact = Fraction(repr(unit))

    def __call__(self, value: float) -> float:
        if Fraction(repr(value)) % self._exact:
            raise PydanticKnownError("multiple_of", {"multiple_of": self._unit})
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "multipleOf": self._unit}


class Exact:
    """
    Keeps an integer that no double holds as the integer that it is, and holds it to its bounds as that.
    """

    __slots__ = ()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        number: Any = handler(source)
        bounds = [
            (name, kind, number[name], fits)
            for name, kind, fits in (
                ("ge", "greater_than_equal", operator.ge),
                ("gt", "greater_than", operator.gt),
                ("le", "less_than_equal", operator.le),
                ("lt", "less_than", operator.lt),
            )
            if name in number
        ]

        def kept(value: object, read: core_schema.ValidatorFunctionWrapHandler) -> object:
            if not isinstance(value, int | float) or -_EVERY < value < _EVERY or value - value != 0:
                return read(value)
            for name, kind, bound, fits in bounds:
                if not fits(value, bound):
                    raise PydanticKnownError(cast("Any", kind), {name: bound})
            return value

        # What is usual stays in Rust; who is told of a number that breaks a bound is told of its own.
        usual = {**number, "gt": max(number.get("gt", -_EVERY), -_EVERY), "lt": min(number.get("lt", _EVERY), _EVERY)}
        exact = core_schema.no_info_wrap_validator_function(kept, number)
        choices: list[Any] = [(usual, USUAL), exact]
        written = core_schema.simple_ser_schema("any")
        return core_schema.union_schema(choices, mode="left_to_right", serialization=written)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(cast("Any", schema)["choices"][1])


USUAL = "\0usual"
"""The half of ``Exact`` that says nothing of what the other half says better."""
Array = Annotated[Sequence[Any], _Only(_array)]
"""An array of anything: a text is none."""
Integer = Annotated[int, _Only(_integer)]
"""An integer by its value: 5 and 5.0 are, ``True`` and ``"5"`` are not (JSON Schema 2020-12 §6.1.1)."""
ExactNumber = Annotated[float, Exact()]
"""A number as it is read: an ``int`` where it is one that no double holds."""
Number = Annotated[float, Exact(), _Only(_number)]
"""A number: ``True`` and ``"0.5"`` are none."""
Boolean = Annotated[bool, _Only(_boolean)]
"""True or false: 1 and ``"yes"`` are neither."""
