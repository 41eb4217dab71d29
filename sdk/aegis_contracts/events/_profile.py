"""
The portable profile: what an event schema may say so that every engine, in every language, decides alike.

Patterns are anchored and use no shorthand whose meaning differs (``\\d`` takes Arabic digits in some engines), lengths
and items are bounded, formats stand only beside a pattern that already decides, objects stay open for new properties.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from aegis_contracts._violation import Finding, Severity
from aegis_contracts.documents._documents import Documents, Place
from aegis_contracts.events._flatten import SCHEMA, SCHEMA_LIST, SCHEMA_MAP
from aegis_contracts.events._verdict import unlike_dialect
from aegis_contracts.verdict._verdict import DIALECT

FORMATS = frozenset(("date", "date-time", "uuid"))
_LISTS = SCHEMA_LIST | {"allOf"}
_MAPS = SCHEMA_MAP | {"$defs"}
KEYWORDS = (
    SCHEMA
    | _LISTS
    | _MAPS
    | frozenset(("$schema", "$id", "$ref", "$comment", "title", "description", "default", "deprecated", "examples"))
    | frozenset(("type", "const", "enum", "format", "pattern", "minLength", "maxLength", "minimum", "maximum"))
    | frozenset(("exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems"))
    | frozenset(("minContains", "maxContains", "minProperties", "maxProperties", "required", "dependentRequired"))
    | frozenset(("readOnly", "writeOnly"))
)
_SHORTHAND = re.compile(r"\\(?:[dDwWsSbBpPkAzZG]|[0-9])")
_GROUP = re.compile(r"\(\?(?!:)")
_CLASS = re.compile(r"\[\^?(?:\\.|[^\]\\])*\]")
_QUANTIFIED = re.compile(r"[*+?}][+]")


def profile_findings(documents: Documents, place: Place, file_name: str) -> Iterator[Finding]:
    """
    Hold one schema file to the profile.
    """
    root = documents.node(place)

    def say(at: Place, rule: str, said: str, mend: str, severity: Severity = "error") -> Finding:
        return documents.finding(at, rule, said, mend, severity)

    if not isinstance(root, Mapping):
        yield say(place, "schema", "must be an object", "write a schema object")
        return
    if root.get("$schema") != DIALECT:
        yield say(place.at("$schema"), "profile-dialect", "must declare JSON Schema 2020-12", f'"$schema": "{DIALECT}"')
    identifier = root.get("$id")
    if not isinstance(identifier, str) or identifier.rsplit("/", 1)[-1] != file_name:
        mend = f"end it with /{file_name}, so that references mean the same by file and by $id"
        yield say(place.at("$id"), "profile-id", "must be named like its file", mend)
    for word in ("title", "description"):
        if not root.get(word):
            yield say(place, f"profile-{word}", f"has no {word}", "say what the event tells", "warning")
    broken = False
    for pointer, said in unlike_dialect(root):
        broken = True
        yield say(Place(place.uri, place.pointer + pointer), "schema", said, "mend the schema")
    if broken:
        return
    for at, schema in subschemas(root, place):
        for rule, step, said, mend in _schema_findings(schema):
            yield say(at.at(step) if step else at, f"profile-{rule}", said, mend)


def subschemas(schema: Any, place: Place) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """
    Visit *schema* and every schema in it.
    """
    if not isinstance(schema, Mapping):
        return
    yield place, schema
    for keyword, value in schema.items():
        if keyword in SCHEMA:
            yield from subschemas(value, place.at(keyword))
        elif keyword in _MAPS and isinstance(value, Mapping):
            for name, item in value.items():
                yield from subschemas(item, place.at(keyword, name))
        elif keyword in _LISTS and isinstance(value, list):
            for index, item in enumerate(value):
                yield from subschemas(item, place.at(keyword, index))


def pattern_faults(pattern: str) -> list[str]:
    """
    Say what in *pattern* engines read differently; empty when it is portable.
    """
    faults: list[str] = []
    if not _anchored(pattern):
        faults.append("must be anchored: ^…$ around the whole pattern")
    if _SHORTHAND.search(pattern):
        faults.append(r"must not use \d, \w, \s, \b, \p or backreferences: write the characters, such as [0-9]")
    if _GROUP.search(pattern):
        faults.append("must not use look-around, flags or named groups")
    if _QUANTIFIED.search(_CLASS.sub("x", pattern)):
        faults.append("must not use possessive quantifiers")
    for match in _CLASS.finditer(pattern):
        inside = match.group()[1:-1]
        if any(sign in inside for sign in ("&&", "--", "~~", "[", "||")):
            faults.append("must not use [, &&, -- or ~~ inside a class: some engines compute with classes")
    bare = re.sub(r"\\.", "x", _CLASS.sub("x", pattern))
    if "." in bare:
        faults.append("must not use . outside a class: engines differ about line ends; write the characters")
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):  # about class arithmetic: told above
            re.compile(pattern)
    except re.error:
        faults.append("is no regular expression")
    return faults


def _anchored(pattern: str) -> bool:
    if not (pattern.startswith("^") and pattern.endswith("$") and not pattern.endswith("\\$")):
        return False
    depth = 0
    for sign in re.sub(r"\\.", "x", _CLASS.sub("x", pattern))[1:-1]:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if (sign == "|" and depth == 0) or sign in "^$":
            return False
    return True


def _schema_findings(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for keyword in schema:
        if keyword not in KEYWORDS and not keyword.startswith("x-"):
            mend = "use a keyword of the profile, or begin an extension of your own with x-"
            yield "keyword", keyword, f"the keyword {keyword} is not in the profile", mend
    pattern = schema.get("pattern")
    for name, expression in [
        ("pattern", pattern),
        *(("patternProperties", p) for p in schema.get("patternProperties", {})),
    ]:
        for fault in pattern_faults(expression) if isinstance(expression, str) else ():
            yield "pattern", name, fault, "write the pattern so that every engine reads it alike"
    form = schema.get("format")
    if form is not None and form not in FORMATS:
        yield "format", "format", f"engines differ about the format {form}", "write a pattern instead"
    elif form is not None and pattern is None:
        yield "format", "format", "engines that ignore formats accept anything here", "keep a pattern beside the format"
    yield from _unbounded(schema)
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if schema.get(keyword) is False:
            mend = "leave it out: a newer writer may add properties"
            yield "open", keyword, "events stay open for properties that readers do not know", mend
    multiple = schema.get("multipleOf")
    if isinstance(multiple, float) and not multiple.is_integer():
        yield "multiple-of", "multipleOf", "engines differ about fractions", "count in the smaller unit, as an integer"


def _unbounded(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    if "const" in schema or "enum" in schema:
        return
    types = schema.get("type", ())
    types = {types} if isinstance(types, str) else set(types)
    for type_, bound in (("string", "maxLength"), ("array", "maxItems")):
        if type_ in types and bound not in schema:
            yield "bound", "type", f"a {type_} needs {bound}", f"say how long it may be with {bound}"
