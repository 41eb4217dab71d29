"""
What breaks the contract, said without quoting it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from aegis_runtime.errors import SchemaViolation

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["Violations", "known_names", "violations_of"]

# pydantic's words for these rules come from the schema alone; the words for all others might quote the value.
_SAFE_WORDS = frozenset({
    "missing", "extra_forbidden", "string_type", "string_too_short", "string_too_long", "string_pattern_mismatch",
    "int_type", "int_parsing", "int_from_float", "float_type", "float_parsing", "bool_type",
    "bool_parsing", "dict_type", "list_type", "tuple_type", "set_type", "bytes_type",
    "too_short", "too_long", "greater_than", "greater_than_equal", "less_than", "less_than_equal",
    "multiple_of", "finite_number", "literal_error", "enum", "none_required", "model_type",
    "model_attributes_type", "date_type", "datetime_type", "time_type", "timezone_aware", "timezone_naive",
    "uuid_type", "url_type", "union_tag_not_found", "string_unicode", "decimal_type", "decimal_parsing",
    "decimal_max_digits", "decimal_max_places", "datetime", "dependent_required", "max_bytes", "max_properties",
    "additional_properties", "format", "min_properties", "one_of", "unique_items",
})  # fmt: skip


class Violations(Exception):  # noqa: N818 -- carried to where the error is raised
    """
    A value that breaks its contract; carries the violations, never the value.
    """

    def __init__(self, violations: Sequence[SchemaViolation]) -> None:
        super().__init__()
        self.violations = tuple(violations)


def violations_of(error: ValidationError, names: frozenset[str], root: str = "") -> Violations:
    """
    Read pydantic's findings: places and rules stay, values go.

    Args:
        names: the property names that the contract knows; any other step of a place might be somebody's data.
    """
    violations: list[SchemaViolation] = []
    for line in error.errors():
        rule = line["type"]
        if rule == "no_null" or "\0usual" in line["loc"]:
            continue  # the other half of NotNull, and of Exact, tells what is wrong
        place = "".join(f"/{step}" for step in line["loc"] if isinstance(step, int) or step in names)
        message = line["msg"] if rule in _SAFE_WORDS else f"must satisfy {rule}"
        violations.append(SchemaViolation(root + place, rule, message[0].lower() + message[1:]))
    return Violations(violations)


def known_names(annotation: object) -> frozenset[str]:
    """
    Every property name that a type's models and typed dictionaries declare, however deep.
    """
    from typing_extensions import get_type_hints, is_typeddict

    names: set[str] = set()
    seen: set[int] = set()
    waiting: list[Any] = [annotation]
    while waiting:
        kind = waiting.pop()
        if id(kind) in seen:
            continue
        seen.add(id(kind))
        waiting.extend(getattr(kind, "__args__", ()))
        if hasattr(kind, "__value__"):
            waiting.append(kind.__value__)
        if is_typeddict(kind):
            hints = get_type_hints(kind, include_extras=True)
            names.update(hints)
            waiting.extend(hints.values())
        for name, field in cast("dict[str, Any]", getattr(kind, "model_fields", {})).items():
            names.update(alias for alias in (name, field.alias, field.validation_alias) if isinstance(alias, str))
            waiting.append(field.annotation)
    return frozenset(names)
