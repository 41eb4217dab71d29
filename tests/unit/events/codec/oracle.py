"""
The oracle: `jsonschema` over the source files, envelope and all, corrected where it does not follow the standards.

Shares no code with what it judges: it reads the schema files itself, resolves their references with `referencing`, and
parses with the standard library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry
from referencing.jsonschema import DRAFT202012

SCHEMAS = Path(__file__).parents[4] / "schemas"


class NotJsonError(ValueError):
    """
    A text that RFC 8259, read strictly, does not admit.
    """


def read(message: bytes) -> Any:
    """
    Parse as RFC 8259 and RFC 7493 ask; `json.loads` alone lets NaN, infinities, duplicates and lone surrogates pass.
    """
    if message.startswith(b"\xef\xbb\xbf"):
        raise NotJsonError("byte order mark")
    try:
        text = message.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_unique)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except ValueError as error:
        raise NotJsonError(str(error)) from None
    return value


def _refuse(name: str) -> Any:
    raise NotJsonError(name)


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise NotJsonError("out of range")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise NotJsonError("duplicate key")
    return dict(pairs)


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    # Python's $ also matches before a last newline; ECMA-262's, which JSON Schema asks for, does not.
    if isinstance(instance, str) and not re.search(re.sub(r"\$\Z", r"\\Z", pattern), instance):
        yield jsonschema.ValidationError("pattern")


Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": _pattern})


@cache
def validators() -> dict[str, Any]:
    """
    One validator for each event type, by its name.
    """
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")]
    for document in documents:
        del document["$schema"]  # else the validator changes back to the uncorrected one at every reference
    registry: Any = Registry().with_resources([(d["$id"], DRAFT202012.create_resource(d)) for d in documents])
    events = [d for d in documents if "const" in d["properties"]["eventType"]]
    return {d["title"]: Validator(d, registry=registry) for d in events}


def is_valid(message: bytes) -> bool:
    """
    Decide whether *message* is an event of the contracts.
    """
    try:
        instance = read(message)
    except NotJsonError:
        return False
    name = instance.get("eventType") if isinstance(instance, dict) else None
    validator = validators().get(name) if isinstance(name, str) else None
    return validator is not None and validator.is_valid(instance)
