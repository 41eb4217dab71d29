"""
From a flattened schema to the Python types of its models.

Only what typing can say is carried: whether an instance is valid stays with the schema, so a construct that has no
exact type becomes ``Any`` and loses nothing.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
# Names that a model's own text uses; an attribute of that name would hide them.
_TAKEN = frozenset(("bool", "cls", "datetime", "float", "int", "list", "msgspec", "new", "str", "timedelta", "tuple"))
_SCALARS = {"string": "str", "boolean": "bool", "integer": "int", "number": "int | float", "null": "None"}


@dataclass(frozen=True)
class Attribute:
    """
    One attribute of a model.
    """

    name: str
    wire: str
    annotation: str
    required: bool
    schema: Mapping[str, Any]

    @property
    def const(self) -> Any:
        """
        The only value that the schema admits; ``None`` when it admits several.
        """
        return self.schema.get("const")

    @property
    def given(self) -> str:
        """
        The annotation for a caller, who may also give a list.
        """
        return _with_lists(self.annotation)

    @property
    def sensitive(self) -> bool:
        """
        Whether ``repr`` hides it.
        """
        return "x-sensitive" in self.schema

    @property
    def description(self) -> str:
        """
        One line for the docstring.
        """
        return " ".join(str(self.schema.get("description") or self.schema.get("title") or "").split())


@dataclass
class Model:
    """
    One Struct: its name, what it is, and its attributes in the schema's order.
    """

    name: str
    description: str
    attributes: list[Attribute] = field(default_factory=list[Attribute])

    @property
    def optional(self) -> bool:
        """
        Whether some attribute may be absent on the wire.
        """
        return any(not a.required for a in self.attributes)


class Types:
    """
    The models of one event type, innermost first, and the names that they import.
    """

    def __init__(self) -> None:
        self.models: list[Model] = []
        self.imports: set[str] = set()

    def model(self, name: str, schema: Mapping[str, Any], skip: frozenset[str] = frozenset()) -> Model:
        """
        Make a model of an object schema.
        """
        required = frozenset(schema.get("required", ()))
        description = str(schema.get("description") or schema.get("title") or "A part of an event.")
        model = Model(name, description)
        for wire, inner in schema.get("properties", {}).items():
            if wire in skip:
                continue
            annotation = self.annotation(inner, f"{name}{pascal(wire)}" if wire != "data" else f"{name}Data")
            if wire not in required and annotation != "Any" and "None" not in annotation.split(" | "):
                annotation += " | None"
            model.attributes.append(Attribute(snake(wire), wire, annotation, wire in required, inner))
        self.models.append(model)
        return model

    def annotation(self, schema: Any, name: str) -> str:
        """
        Write the type of *schema*; an object with properties becomes a model called *name*.
        """
        if not isinstance(schema, Mapping) or {"anyOf", "oneOf", "allOf", "$ref", "if", "not"} & schema.keys():
            return self._any()
        if "const" in schema or "enum" in schema:
            return self._literal([schema["const"]] if "const" in schema else schema["enum"])
        types = schema.get("type")
        if types is None:
            return self._any()
        names = [types] if isinstance(types, str) else list(types)
        return " | ".join(dict.fromkeys(self._single(t, schema, name) for t in sorted(names, key=_null_last)))

    def _single(self, type_: str, schema: Mapping[str, Any], name: str) -> str:
        match type_:
            case "string" if schema.get("format") == "date-time":
                self.imports.add("from datetime import datetime")
                return "datetime"
            case "array":
                if "prefixItems" in schema or "items" not in schema:
                    return f"tuple[{self._any()}, ...]"
                return f"tuple[{self.annotation(schema['items'], name + 'Item')}, ...]"
            case "object":
                return self._object(schema, name)
            case _:
                return _SCALARS[type_]

    def _object(self, schema: Mapping[str, Any], name: str) -> str:
        if "properties" in schema:
            return self.model(name, schema).name
        self.imports.add("from collections.abc import Mapping")
        rest = schema.get("additionalProperties")
        inner = self._any() if "patternProperties" in schema else self.annotation(rest, f"{name}Value")
        return f"Mapping[str, {inner}]"

    def _literal(self, values: list[Any]) -> str:
        if not all(isinstance(v, str | int | bool | None) for v in values):
            return self._any()
        self.imports.add("from typing import Literal")
        return f"Literal[{', '.join(map(repr, values))}]"

    def _any(self) -> str:
        self.imports.add("from typing import Any")
        return "Any"


def snake(name: str) -> str:
    """
    Write a wire name as a Python attribute: ``businessRegistrationNumber`` → ``business_registration_number``.
    """
    text = "_".join(word.lower() for word in _WORDS.findall(name)) or "field"
    if text[0].isdecimal():
        text = f"n{text}"
    return f"{text}_" if keyword.iskeyword(text) or text in _TAKEN else text


def pascal(name: str) -> str:
    """
    Write a wire name as part of a class name.
    """
    return "".join(word[:1].upper() + word[1:] for word in _WORDS.findall(name))


def camel(name: str) -> str:
    """
    What msgspec's own rename makes of a Python attribute.
    """
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def _with_lists(annotation: str) -> str:
    if not annotation.startswith("tuple["):
        return annotation
    inner = annotation.removeprefix("tuple[").partition(", ...]")[0]
    return f"list[{inner}] | {annotation}" if "tuple[" not in inner else annotation


def _null_last(type_: str) -> bool:
    return type_ == "null"
