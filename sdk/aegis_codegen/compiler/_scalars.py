"""
Texts, numbers and fixed values.
"""

from __future__ import annotations

import math
import re
from typing import Any

from pydantic_core import SchemaError, SchemaValidator, core_schema

from aegis_codegen._names import constant, free
from aegis_codegen.compiler._refusals import Refusals
from aegis_codegen.compiler._source import Node, Source
from aegis_codegen.plan import Constrained, Member, Rule, Scalar, Type

STRING = frozenset({"minLength", "maxLength", "pattern", "format", "x-max-bytes"})
NUMBER = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format"})
_PARSED = {"date-time": "datetime", "date": "date", "uuid": "uuid"}
# Every format of JSON Schema but regex; others, and that one, are told, not held.
_HELD = frozenset({
    "date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6", "iri",
    "iri-reference", "json-pointer", "relative-json-pointer", "time", "uri", "uri-reference", "uri-template", "uuid",
})  # fmt: skip
# Shortest and longest text of the types above; bounds outside of these say nothing more.
_LENGTHS = {"datetime": (20, 35), "date": (10, 10), "uuid": (36, 36)}
_SHORTHAND = {"d": "0-9", "w": "A-Za-z0-9_"}


def string(node: Node, source: Source, refusals: Refusals) -> Type:
    """
    Return the type of a text.
    """
    kind = _PARSED.get(str(node.get("format")))
    if kind and "pattern" not in node and "x-max-bytes" not in node and _implied(node, *_LENGTHS[kind]):
        return Scalar(kind)  # type: ignore[arg-type]  # the table holds only kinds
    rules = [Rule(keyword, node[keyword]) for keyword in ("minLength", "maxLength") if node.get(keyword)]
    if "pattern" in node and (translated := pattern(node["pattern"], node, source, refusals)):
        rules.append(Rule("pattern", translated))
    if node.get("format") in _HELD:
        rules.append(Rule("format", node["format"]))
    if "x-max-bytes" in node:
        rules.append(Rule("x-max-bytes", (node["x-max-bytes"]["codec"], node["x-max-bytes"]["max"])))
    return Constrained(Scalar("str"), tuple(rules)) if rules else Scalar("str")


def number(node: Node, kind: str) -> Type:
    """
    Return the type of a number.
    """
    of = _integral if kind == "integer" else _fractional
    rules = tuple(
        Rule(keyword, of(keyword, node[keyword])) for keyword in sorted(NUMBER - {"format"}) if keyword in node
    )
    base = Scalar("int" if kind == "integer" else "float")
    return Constrained(base, rules) if rules else base


def _integral(keyword: str, value: float) -> float:
    """
    A bound of integers: the nearest integer that says the same.
    """
    if value == int(value):
        return int(value)
    if keyword == "multipleOf":
        return value
    return math.ceil(value) if keyword in ("minimum", "exclusiveMaximum") else math.floor(value)


def _fractional(keyword: str, value: float) -> float:
    # A unit of numbers is held in decimals, and says so by its type.
    return float(value) if keyword == "multipleOf" else value


def members(values: list[Any], node: Node, raw: Node) -> tuple[Member, ...]:
    """
    Name the values of an enumeration.
    """
    names = raw.get("x-enum-varnames") or raw.get("x-enumNames") or node.get("x-enum-varnames") or ()
    texts = raw.get("x-enum-descriptions") or node.get("x-enum-descriptions") or ()
    taken: set[str] = set()
    found: list[Member] = []
    for index, value in enumerate(values):
        given = str(names[index]) if index < len(names) else str(value)
        base = constant(given)
        if isinstance(value, int) and index >= len(names):
            base = f"VALUE_{str(value).replace('-', 'MINUS_')}"
        # Enum reserves names without letters in front and its own two properties.
        name = free(f"{base}_" if base in ("MRO", "NAME", "VALUE") else base, taken)
        taken.add(name)
        found.append(Member(name, value, str(texts[index]) if index < len(texts) else ""))
    return tuple(found)


def _implied(node: Node, shortest: int, longest: int) -> bool:
    low, high = int(node.get("minLength", 0)), node.get("maxLength")
    return low <= shortest and (high is None or int(high) >= longest)


def pattern(ecma: str, node: Node, source: Source, refusals: Refusals) -> str:
    """
    Write an ECMA-262 pattern for the linear-time engine that validates: ``\\d`` and ``\\w`` mean ASCII.
    """
    ecma = str(ecma)
    if re.search(r"\(\?(?:[=!]|<[=!])|\\[1-9]|\\k<", ecma):
        refusals.refuse(
            source.place(node),
            "pattern",
            "uses look-around or a back-reference, which a linear-time engine cannot match",
            "write the pattern without it",
        )
        return ""
    written = _translated(ecma)
    try:
        SchemaValidator(core_schema.str_schema(pattern=written))
    except SchemaError:
        refusals.refuse(
            source.place(node),
            "pattern",
            "is no pattern that the engine of the models can match",
            r"write it with plain classes: [\x01] for \cA, [\s\S] for [^]",
        )
        return ""
    return written


def _translated(pattern: str) -> str:
    written: list[str] = []
    inside = False
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\" and position + 1 < len(pattern):
            following = pattern[position + 1]
            position += 2
            if following in _SHORTHAND:
                ranges = _SHORTHAND[following]
                written.append(ranges if inside else f"[{ranges}]")
            elif following in "DW" and not inside:
                written.append(f"[^{_SHORTHAND[following.lower()]}]")
            elif following == "/":
                written.append("/")
            else:
                written.append(char + following)
            continue
        if char == "[":
            if inside:
                written.append("\\")  # ECMA-262 takes it literally, others as a nested class
            inside = True
        elif char == "]":
            inside = False
        elif inside and char in "&~-" and pattern[position + 1 : position + 2] == char:
            written.append("\\")  # likewise: a set operation elsewhere
        written.append(char)
        position += 1
    return "".join(written)
