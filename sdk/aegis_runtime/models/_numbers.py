"""
Numbers and booleans as JSON Schema has them: Python takes ``True`` for 1 and reads texts, JSON does not.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import PydanticKnownError, core_schema

__all__ = ["Boolean", "Integer", "Number"]


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
    return value


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise PydanticKnownError("float_type")
    return value


def _boolean(value: object) -> object:
    if not isinstance(value, bool):
        raise PydanticKnownError("bool_type")
    return value


Integer = Annotated[int, _Only(_integer)]
"""An integer by its value: 5 and 5.0 are, ``True`` and ``"5"`` are not (JSON Schema 2020-12 §6.1.1)."""
Number = Annotated[float, _Only(_number)]
"""A number: ``True`` and ``"0.5"`` are none."""
Boolean = Annotated[bool, _Only(_boolean)]
"""True or false: 1 and ``"yes"`` are neither."""
