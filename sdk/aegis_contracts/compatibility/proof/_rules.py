"""
The receiver's rules one by one: which of them the sender is proved to keep.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aegis_contracts.compatibility._flat import Flat, Rule, below, same
from aegis_contracts.compatibility._patterns import SHAPES, included, of_length, of_values
from aegis_contracts.compatibility._universe import UNDECLARED, UNDECLARED_PATTERN
from aegis_contracts.compatibility.proof._choices import is_alike
from aegis_contracts.compatibility.proof._extent import (
    GREATEST,
    LEAST,
    accepts,
    exact_types,
    finite,
    in_range,
    is_multiple,
    is_typed,
    possible,
    step_of,
    types_of,
    within,
)
from aegis_contracts.compatibility.proof._measures import mentions
from aegis_contracts.compatibility.proof._suspect import Proof

_LENGTH: Final = 400
FOR = {
    "contains": "array", "contentEncoding": "string", "contentMediaType": "string", "dependentRequired": "object",
    "dependentSchemas": "object", "format": "string", "maxContains": "array", "minContains": "array",
    "multipleOf": "number", "pattern": "string", "propertyNames": "object", "unevaluatedItems": "array",
    "unevaluatedProperties": "object", "uniqueItems": "array", "x-max-bytes": "string",
}  # fmt: skip
_ANNOTATIONS = frozenset(
    {"contentEncoding", "contentMediaType", "contentSchema", "$anchor", "$dynamicAnchor", "$schema", "if"}
)
_FORMATS = frozenset({
    "date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6", "iri",
    "iri-reference", "json-pointer", "regex", "relative-json-pointer", "time", "uri", "uri-reference", "uri-template",
    "uuid",
})  # fmt: skip

# What each text of a format is as well, by the grammars of RFC 3986, 3987 and 6531.
_WIDER: Final = {
    "email": ("idn-email",),
    "iri": ("iri-reference",),
    "uri": ("iri", "iri-reference", "uri-reference"),
    "uri-reference": ("iri-reference",),
}


def broken_types(ours: Flat, theirs: Flat) -> Iterator[Rule]:
    """
    Go through the rules on types and single values that are not proved to be kept.
    """
    for rule in theirs.type_rules:
        if rule.keyword == "type":
            names = set(rule.value if isinstance(rule.value, list) else [rule.value])
            if not all(is_typed(name, names) for name in exact_types(ours)):
                yield rule
        else:
            allowed = [rule.value] if rule.keyword == "const" else rule.value
            if ours.values is None:
                rest = types_of(ours) - {"null", "boolean"}
                texts = rest == frozenset({"string"}) and _matches(ours, of_values(allowed))
                if (rest and not texts) or not all(any(v is a for a in allowed) for v in finite(ours)):
                    yield rule
            elif not all(any(same(value, other) for other in allowed) for value in possible(ours)):
                yield rule


def broken_bounds(ours: Flat, theirs: Flat, types: frozenset[str]) -> Iterator[Rule]:
    """
    Go through the bounds that are not proved to be kept.
    """
    for keyword, rule in theirs.bounds.items():
        kind = GREATEST.get(keyword) or LEAST.get(keyword) or "number"
        if kind not in types or (keyword in LEAST and rule.value <= 0):
            continue
        if ours.values is not None:
            kept = all(within(value, keyword, rule.value) for value in possible(ours))
        elif keyword in GREATEST:
            given = ours.bound(keyword)
            kept = given is not None and given <= rule.value
        elif keyword in LEAST:
            given = ours.bound(keyword)
            if keyword == "minProperties":
                given = max(given or 0, len(ours.required))
            kept = given is not None and given >= rule.value
        else:
            kept = in_range(ours, keyword, rule.value)
        if not kept and kind == "string" and rule.value <= _LENGTH:
            between = of_length(rule.value, None) if keyword == "minLength" else of_length(0, rule.value)
            kept = _matches(ours, between)
        if not kept:
            yield rule


def is_kept(proof: Proof, ours: Flat, theirs: Flat, rule: Rule) -> bool:
    """
    Say whether a rule that is neither type, value, bound nor choice is proved to be kept.
    """
    keyword, value = rule.keyword, rule.value
    if keyword in _ANNOTATIONS or (keyword == "format" and value not in _FORMATS):
        return True
    alike = [own for own in ours.rules if own.keyword == keyword]
    if keyword in {"then", "else"} and "if" not in rule.node.schema:
        return True
    if keyword in {"minContains", "maxContains"} and "contains" not in rule.node.schema:
        return True
    if any(own.value == value and _related(proof, own, rule) for own in alike):
        return True
    if keyword == "unevaluatedProperties" and theirs.closed:
        return True  # told by the properties themselves
    if keyword == "uniqueItems" and value is False:
        return True
    if ours.values is not None and keyword in {"pattern", "multipleOf", "format"}:
        document = {keyword: value}
        if all(accepts(document, one) for one in possible(ours)):
            return True
    if keyword == "pattern" and _matches(ours, value):
        return True
    if keyword == "format" and any(value in _WIDER.get(own.value, ()) for own in alike):
        return True
    if keyword == "multipleOf" and is_multiple(step_of(ours), value):
        return True
    if keyword == "x-max-bytes" and any(
        own.value.get("codec") == value.get("codec") and own.value.get("max") <= value.get("max") for own in alike
    ):
        return True
    if keyword == "propertyNames" and (
        any(not proof.suspects((below(own.node, keyword),), (below(rule.node, keyword),)) for own in alike)
        or (ours.others() is None and all(accepts(value, name) for name in _sent_names(ours)))
    ):
        return True
    return keyword == "dependentRequired" and all(
        all(n in ours.required for n in needed) or ours.member(name) is None for name, needed in value.items()
    )


def _matches(ours: Flat, pattern: str) -> bool:
    """
    Say whether all texts of the sender are proved to match.
    """
    given = [own.value for own in ours.rules if own.keyword == "pattern"]
    shapes = [SHAPES[own.value] for own in ours.rules if own.keyword == "format" and own.value in SHAPES]
    return included([*given, *shapes], pattern, ours.bound("minLength"), ours.bound("maxLength"))


def _related(proof: Proof, own: Rule, rule: Rule) -> bool:
    """
    Say whether what a keyword means together with its siblings is the same on both sides.
    """
    if not is_alike(proof, own.value, rule.value):
        return False
    match rule.keyword:
        case "if" | "then" | "else":
            keys = ("if", "then", "else")
        case "contains" | "minContains" | "maxContains":
            keys = ("contains", "minContains", "maxContains")
        case "unevaluatedItems" | "unevaluatedProperties":
            return bool(own.node.schema == rule.node.schema) and not mentions(own.node.schema, "$ref")
        case _:
            return True
    return all(own.node.schema.get(key) == rule.node.schema.get(key) for key in keys)


def _sent_names(ours: Flat) -> list[str]:
    undeclared = any(UNDECLARED_PATTERN in group.patterns for group in ours.groups)
    return [*ours.names, *UNDECLARED] if undeclared else ours.names
