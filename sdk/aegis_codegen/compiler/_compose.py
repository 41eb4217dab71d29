"""
``allOf`` and ``$ref`` with siblings, made one schema.
"""

from __future__ import annotations

from typing import Any, cast

from aegis_codegen.compiler._refusals import Refusals
from aegis_codegen.compiler._source import Node, Source
from aegis_codegen.plan import Direction

ANNOTATIONS = frozenset(
    [
        "title",
        "description",
        "default",
        "example",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "externalDocs",
        "$comment",
        "xml",
        "$anchor",
        "contentMediaType",
        "contentEncoding",
    ]
)
_LOWER = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})


def is_annotation(keyword: str) -> bool:
    """
    Say whether *keyword* only describes.
    """
    return keyword in ANNOTATIONS or keyword.startswith("x-")


def rules_of(node: Node) -> dict[str, Any]:
    """
    The keywords of *node* that decide something.
    """
    return {key: value for key, value in node.items() if not is_annotation(key) or key == "x-max-bytes"}


class Composer:
    """
    Flattens the schemas of one contract.
    """

    def __init__(self, source: Source, refusals: Refusals) -> None:
        self._source = source
        self._refusals = refusals

    def flat(self, node: Node, direction: Direction, seen: frozenset[str] = frozenset()) -> Node:
        """
        Return *node* without ``allOf`` and ``$ref``.
        """
        parts: list[Node] = []
        if "$ref" in node:
            name = self._source.target(node["$ref"])
            if name in seen:
                self._refusals.refuse(
                    self._source.place(node), "endless-schema", "contains itself", "break the circle with a property"
                )
                return self._source.made({}, node)
            target = self._source.definition(name, direction)
            if isinstance(target, dict):
                parts.append(self._part(cast("Node", target), direction, seen | {name}))
        combined: list[Any] = node.get("allOf", [])
        parts += [self._part(cast("Node", part), direction, seen) for part in combined if isinstance(part, dict)]
        if not parts and "allOf" not in node:
            return node
        own = {key: value for key, value in node.items() if key not in ("$ref", "allOf")}
        parts.append(self._source.made(own, node))
        self._closed_parts(node, parts)
        result: Node = {}
        for part in parts:
            result = self._merged(result, part, node)
        return self._source.made(result, node)

    def _part(self, node: Node, direction: Direction, seen: frozenset[str]) -> Node:
        flat = self.flat(node, direction, seen)
        if "discriminator" in flat and "oneOf" not in flat and "anyOf" not in flat:
            # A parent's discriminator tells its children apart; one child alone has nothing to tell.
            return self._source.made({key: value for key, value in flat.items() if key != "discriminator"}, flat)
        return flat

    def _closed_parts(self, node: Node, parts: list[Node]) -> None:
        names = {name for part in parts for name in part.get("properties", {})}
        for part in parts:
            if part.get("additionalProperties") is False and names - set(part.get("properties", {})):
                self._refusals.refuse(
                    self._source.place(node),
                    "closed-part",
                    "combines a part that allows no other properties with parts that have some",
                    "leave additionalProperties out of the part and close the whole with unevaluatedProperties: false",
                )

    def _merged(self, left: Node, right: Node, whole: Node) -> Node:
        result = dict(left)
        for key, value in right.items():
            if key not in result or result[key] == value or is_annotation(key):
                result[key] = value
            elif key == "properties":
                result[key] = self._properties(result[key], value, whole)
            elif key == "required":
                result[key] = [*result[key], *(name for name in value if name not in result[key])]
            elif key == "dependentRequired":
                result[key] = {**result[key], **value}
            elif key in _LOWER:
                result[key] = max(result[key], value)
            elif key in _UPPER:
                result[key] = min(result[key], value)
            elif key == "enum":
                result[key] = [item for item in result[key] if item in value]
            elif key in ("additionalProperties", "unevaluatedProperties") and True in (result[key], value):
                result[key] = value if result[key] is True else result[key]
            elif key == "type" and (common := _types(result[key], value)):
                result[key] = common
            else:
                self._refusals.refuse(
                    self._source.place(whole),
                    "allof-conflict",
                    f"combines parts that say different things by {key}",
                    "say it once, or write the combined schema out",
                )
        return result

    def _properties(self, left: Node, right: Node, whole: Node) -> Node:
        merged = dict(left)
        for name, schema in right.items():
            known = merged.get(name)
            if isinstance(known, dict) and isinstance(schema, dict) and known != schema:
                both = {"allOf": [known, schema]}
                merged[name] = self._source.made(both, schema)
            else:
                merged[name] = schema
        return self._source.made(merged, whole)


def _types(left: object, right: object) -> list[str] | str | None:
    first = cast("list[str]", [left] if isinstance(left, str) else left)
    second = cast("list[str]", [right] if isinstance(right, str) else right)
    common = [name for name in first if name in second or (name == "integer" and "number" in second)] + [
        name for name in second if name == "integer" and "number" in first and name not in first
    ]
    return common[0] if len(common) == 1 else common or None
