"""
What JSON values are: their types as bits, and when two of them are the same.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, cast

NULL: Final = 1
BOOLEAN: Final = 2
INTEGER: Final = 4
FRACTION: Final = 8
STRING: Final = 16
ARRAY: Final = 32
OBJECT: Final = 64
NUMBER: Final = INTEGER | FRACTION
SCALAR: Final = NULL | BOOLEAN | NUMBER | STRING
ANY: Final = SCALAR | ARRAY | OBJECT

TYPES: Final[dict[str, int]] = {
    "null": NULL,
    "boolean": BOOLEAN,
    "integer": INTEGER,
    "number": NUMBER,
    "string": STRING,
    "array": ARRAY,
    "object": OBJECT,
}

# The type that a keyword speaks about, for schemas that name none.
SPEAKS_OF: Final[dict[str, int]] = {
    **dict.fromkeys(
        [
            "properties",
            "patternProperties",
            "additionalProperties",
            "required",
            "minProperties",
            "maxProperties",
            "propertyNames",
            "dependentRequired",
            "dependentSchemas",
            "unevaluatedProperties",
        ],
        OBJECT,
    ),
    **dict.fromkeys(
        [
            "items",
            "prefixItems",
            "contains",
            "minItems",
            "maxItems",
            "uniqueItems",
            "minContains",
            "maxContains",
            "unevaluatedItems",
        ],
        ARRAY,
    ),
    **dict.fromkeys(
        ["minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType", "x-max-bytes"], STRING
    ),
    **dict.fromkeys(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"], NUMBER),
}


def kind_of(value: object) -> int:
    """
    The bit of *value*'s type; an integral float is an integer, as JSON Schema has it.
    """
    if isinstance(value, str):
        return STRING
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return INTEGER
    if isinstance(value, float):
        return INTEGER if value.is_integer() else FRACTION
    if isinstance(value, Decimal):
        return INTEGER if value == value.to_integral_value() else FRACTION
    if value is None:
        return NULL
    return ARRAY if isinstance(value, (list, tuple)) else OBJECT


def identity(value: Any) -> Any:
    """
    A hashable stand-in: equal for values that JSON Schema calls equal (1 and 1.0), unequal for others (1 and true).
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return frozenset((key, identity(member)) for key, member in members.items())
    if isinstance(value, (list, tuple)):
        return tuple(identity(item) for item in cast("list[Any]", value))
    return value


def kinds_in(types: int) -> list[int]:
    """
    The types in *types*, one by one; whole and broken numbers are one.
    """
    kinds = [kind for kind in (OBJECT, ARRAY, STRING, BOOLEAN, NULL) if types & kind]
    if types & (INTEGER | FRACTION):
        kinds.insert(min(3, len(kinds)), NUMBER)
    return kinds
