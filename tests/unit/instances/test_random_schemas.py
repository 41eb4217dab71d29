"""
For schemas that nobody would write, a value is valid or refused, and nothing else happens.
"""

from __future__ import annotations

from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aegis_contracts.instances import Generator, Ungeneratable

NAMES = st.sampled_from(["a", "b", "email", "x-y"])
SCALARS = st.sampled_from([None, True, False, 0, 1, 3, 2.5, 0.07, "", "a", "abc", "2026-01-15"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=4
)
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
COUNTS = st.integers(0, 4)
PATTERNS = st.sampled_from(
    ["^a", "b$", "^[a-z]+$", "[0-9]{2}", r"^\w{3,5}$", r"^(?=.*[A-Z])(?=.*\d).{6,}$", "^[^a-c]*$"]
)
FORMATS = st.sampled_from(["date", "date-time", "email", "uuid", "uri", "ipv4", "hostname"])


def _keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3)
    named = st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    keywords: dict[str, st.SearchStrategy[Any]] = {
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "const": VALUES,
        "minimum": st.sampled_from([-3, 0, 2.5]),
        "exclusiveMaximum": st.sampled_from([3, 10, 100]),
        "multipleOf": st.sampled_from([1, 3, 0.5, 0.01]),
        "minLength": COUNTS,
        "maxLength": COUNTS,
        "pattern": PATTERNS,
        "format": FORMATS,
        "items": inner,
        "prefixItems": several,
        "contains": inner,
        "minContains": COUNTS,
        "maxContains": st.integers(1, 3),
        "minItems": COUNTS,
        "maxItems": COUNTS,
        "uniqueItems": st.booleans(),
        "unevaluatedItems": inner,
        "properties": named,
        "required": st.lists(NAMES, max_size=2, unique=True),
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "^x-", "[0-9]$"]), inner, min_size=1, max_size=2),
        "additionalProperties": inner,
        "propertyNames": inner,
        "minProperties": COUNTS,
        "maxProperties": COUNTS,
        "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True), max_size=2),
        "dependentSchemas": named,
        "unevaluatedProperties": inner,
        "allOf": several,
        "anyOf": several,
        "oneOf": several,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "$ref": st.sampled_from(["#/$defs/one", "#/$defs/other"]),
        "default": VALUES,
        "examples": st.lists(VALUES, max_size=2),
    }
    return st.lists(st.sampled_from(sorted(keywords)), max_size=4, unique=True).flatmap(
        lambda chosen: st.fixed_dictionaries({keyword: keywords[keyword] for keyword in chosen})
    )


SCHEMAS = st.recursive(st.booleans() | TYPES.map(lambda name: {"type": name}), _keywords, max_leaves=8)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(schema=_keywords(SCHEMAS), one=SCHEMAS, other=SCHEMAS)
def test_a_value_is_valid_or_refused(schema: dict[str, Any], one: Any, other: Any) -> None:
    """
    Whatever the schema, generating ends, in a valid value or in a refusal, and a second generator agrees.
    """
    schema = {**schema, "$defs": {"one": one, "other": other}}
    fancy = jsonschema_rs.FancyRegexOptions()
    validator = jsonschema_rs.validator_for(schema, validate_formats=True, offline=True, pattern_options=fancy)
    for seed in ("1", "2"):
        try:
            value = Generator(schema).generate(seed)
        except Ungeneratable:
            continue
        assert validator.is_valid(value)
        assert Generator(schema).generate(seed) == value
