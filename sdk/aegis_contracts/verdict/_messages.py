"""
What rules say to people: from the rule alone, and never from the instance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MESSAGES: dict[str, Callable[[Any], str]] = {
    "additionalProperties": lambda k: "must not have properties that the schema does not name",
    "anyOf": lambda k: "must match at least one of the schemas",
    "const": lambda k: f"must be {_shown(k.expected_value)}",
    "contains": lambda k: "must contain an item that matches the schema",
    "enum": lambda k: f"must be one of {_shown(k.options)}",
    "exclusiveMaximum": lambda k: f"must be less than {k.limit}",
    "exclusiveMinimum": lambda k: f"must be greater than {k.limit}",
    "falseSchema": lambda k: "must not be present",
    "format": lambda k: f"must be a valid {k.format}",
    "maxItems": lambda k: f"must have at most {k.limit} items",
    "maxLength": lambda k: f"must be at most {k.limit} characters long",
    "maxProperties": lambda k: f"must have at most {k.limit} properties",
    "maximum": lambda k: f"must be at most {k.limit}",
    "minItems": lambda k: f"must have at least {k.limit} items",
    "minLength": lambda k: f"must be at least {k.limit} characters long",
    "minProperties": lambda k: f"must have at least {k.limit} properties",
    "minimum": lambda k: f"must be at least {k.limit}",
    "multipleOf": lambda k: f"must be a multiple of {k.multiple_of}",
    "not": lambda k: "must not match the schema",
    "oneOf": lambda k: (
        "must match exactly one of the schemas"
        + (", but matches several" if type(k).__name__ == "OneOfMultipleValid" else ", but matches none")
    ),
    "pattern": lambda k: f"must match {k.pattern}",
    "propertyNames": lambda k: "must have only property names that match the schema",
    "required": lambda k: "is required",
    "type": lambda k: f"must be {_types(k)}",
    "unevaluatedItems": lambda k: "must not have items that the schema does not describe",
    "unevaluatedProperties": lambda k: "must not have properties that the schema does not name",
    "uniqueItems": lambda k: "must have items that are all different",
}
# What can be said without the engine's own account of it.
BRIEF = {
    "anyOf": "must match at least one of the schemas",
    "not": "must not match the schema",
    "oneOf": "must match exactly one of the schemas",
}


def message(kind: Any) -> str:
    """
    Say what must hold, from the rule alone.
    """
    try:
        return MESSAGES[kind.name](kind)
    except (KeyError, AttributeError):
        return getattr(kind, "message", None) or f"must meet the keyword {kind.name}"


def mend(kind: Any) -> str:
    """
    Say how to mend the instance, for the rules whose message alone leaves that open.
    """
    match kind.name:
        case "required":
            return "add the property"
        case "additionalProperties" | "unevaluatedProperties":
            return "remove the properties, or add them to the contract first"
        case "falseSchema":
            return "leave it out"
        case _:
            return ""


def _types(kind: Any) -> str:
    names = kind.types if isinstance(kind.types, list) else [kind.types]
    words = [f"an {name}" if name[0] in "aeio" else name if name == "null" else f"a {name}" for name in map(str, names)]
    return " or ".join(words)


def _shown(value: Any, limit: int = 200) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[: limit - 1] + "…"
