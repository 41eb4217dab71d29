"""
What a schema leaves open once it is laid out: which types, which values, how far.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any

from aegis_contracts.compatibility._flat import Flat, type_of

GREATEST = {"maxItems": "array", "maxLength": "string", "maxProperties": "object"}
LEAST = {"minItems": "array", "minLength": "string", "minProperties": "object"}


def types_of(flat: Flat) -> frozenset[str]:
    """
    The types that values of a schema have.
    """
    if flat.values is None:
        return flat.types
    return frozenset(type_of(value) for value in flat.values) & flat.types


def exact_types(flat: Flat) -> set[str]:
    """
    The types of a schema in its own words: ``integer`` where no other number is meant.
    """
    if flat.values is not None:
        found = {type_of(value) for value in possible(flat)}
        whole = all(float(v).is_integer() for v in flat.values if type_of(v) == "number")
    else:
        found, whole = set(flat.types), flat.whole
    if "number" in found and whole:
        found = {*(found - {"number"}), "integer"}
    return found


def is_typed(name: str, names: set[str]) -> bool:
    """
    Say whether values of one type are of one of these types.
    """
    return name in names or (name == "integer" and "number" in names)


def possible(flat: Flat) -> list[Any]:
    """
    The listed values that the rules beside the list allow.
    """
    return [
        value
        for value in flat.values or ()
        if type_of(value) in flat.types
        and not (flat.whole and type_of(value) == "number" and not float(value).is_integer())
        and all(within(value, keyword, rule.value) for keyword, rule in flat.bounds.items())
    ]


def finite(flat: Flat) -> list[Any]:
    """
    All values of the types that have only a few.
    """
    return [*((None,) if "null" in flat.types else ()), *((True, False) if "boolean" in flat.types else ())]


def within(value: Any, keyword: str, bound: Any) -> bool:
    """
    Say whether a value keeps a bound.
    """
    kind = type_of(value)
    match keyword:
        case "minimum":
            return kind != "number" or bool(value >= bound)
        case "maximum":
            return kind != "number" or bool(value <= bound)
        case "exclusiveMinimum":
            return kind != "number" or bool(value > bound)
        case "exclusiveMaximum":
            return kind != "number" or bool(value < bound)
        case _ if (GREATEST.get(keyword) or LEAST.get(keyword)) == kind:
            return bool(len(value) <= bound if keyword in GREATEST else len(value) >= bound)
        case _:
            return True


def in_range(ours: Flat, keyword: str, bound: Any) -> bool:
    """
    Say whether all numbers of a schema keep a bound.
    """
    lowest, above = ours.bound("minimum"), ours.bound("exclusiveMinimum")
    highest, under = ours.bound("maximum"), ours.bound("exclusiveMaximum")
    if ours.whole:  # the next whole number is the first that counts
        above, lowest = None, _most([lowest, None if above is None else int(above // 1) + 1])
        under, highest = None, _least([highest, None if under is None else -int(-under // 1) - 1])
    match keyword:
        case "minimum":
            return (lowest is not None and lowest >= bound) or (above is not None and above >= bound)
        case "exclusiveMinimum":
            return (lowest is not None and lowest > bound) or (above is not None and above >= bound)
        case "maximum":
            return (highest is not None and highest <= bound) or (under is not None and under <= bound)
        case _:
            return (highest is not None and highest < bound) or (under is not None and under <= bound)


def step_of(flat: Flat) -> Fraction | None:
    """
    The step that all numbers of a schema keep: the least that each of its steps divides.
    """
    steps = [Fraction(str(rule.value)) for rule in flat.rules if rule.keyword == "multipleOf"]
    found = Fraction(1) if flat.whole else None
    for step in steps:
        if found is None:
            found = step
        else:
            found = Fraction(
                lcm(found.numerator * step.denominator, step.numerator * found.denominator),
                found.denominator * step.denominator,
            )
    return found


def is_multiple(own: Fraction | None, of: Any) -> bool:
    """
    Say whether each multiple of one number is a multiple of another.
    """
    return own is not None and own % Fraction(str(of)) == 0


def accepts(schema: Any, instance: Any) -> bool:
    """
    Ask the engine whether an instance meets a schema.
    """
    from aegis_contracts.verdict._verdict import compiled

    return bool(compiled(schema).is_valid(instance))


def is_combined(flat: Flat) -> bool:
    """
    Say whether a schema asks for more than one rule after the other can show.
    """
    return bool(flat.choices or flat.rules) or flat.values is not None


def _most(values: list[Any]) -> Any:
    return max((value for value in values if value is not None), default=None)


def _least(values: list[Any]) -> Any:
    return min((value for value in values if value is not None), default=None)
