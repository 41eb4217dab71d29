"""
Discriminators as rules: the branch that a value names is the one that holds (OpenAPI 3.1 §4.8.25).

JSON Schema knows ``discriminator`` as an annotation only. For a verdict each branch asks for its own values of the
property, so that a value that names no branch, or another than the one that fits, breaks the schema. A union is left
as it is where its branches cannot be told apart by their values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from aegis_contracts._subschemas import mapped, mentions
from aegis_contracts.json_pointer import find, unescape

Node = dict[str, Any]
_DEPTH = 8


def discriminated(schema: Any, root: Any = None) -> Any:
    """
    Give every branch of a discriminated union the values that name it; without a discriminator it is the same object.

    Args:
        root: what its references lead into; the schema itself when it is not given.
    """
    return _enforced(schema, schema if root is None else root) if mentions(schema, "discriminator") else schema


def _enforced(node: Any, root: Any) -> Any:
    if not isinstance(node, dict):
        return node
    schema = cast("Node", node)
    made = mapped(schema, lambda inner: _enforced(inner, root))
    if isinstance(schema.get("discriminator"), dict):
        for key in ("oneOf", "anyOf"):
            branches = schema.get(key)
            if isinstance(branches, list) and (told := _told_apart(schema["discriminator"], branches, root)):
                made[key] = told
    return made


def _told_apart(discriminator: Node, branches: list[Any], root: Any) -> list[Any] | None:
    name = discriminator.get("propertyName")
    if not isinstance(name, str):
        return None
    given = discriminator.get("mapping")
    mapping: Node = given if isinstance(given, dict) else {}
    told: list[Any] = []
    taken: list[Any] = []
    default = discriminator.get("defaultMapping")
    for branch in branches:
        reference = branch.get("$ref") if isinstance(branch, dict) else None
        if not isinstance(reference, str):
            if isinstance(branch, dict) and branch.get("type") == "null":
                told.append(branch)
                continue
            return None
        values = [value for value, target in mapping.items() if target == reference]
        values = values or list(_own(reference, name, root)) or [unescape(reference.rpartition("/")[2])]
        if any(value in taken for value in values):
            return None
        if reference == default:
            told.append(branch)
            continue
        taken += values
        rule = {"properties": {name: {"enum": values}}}
        if default is not None or _is_required(reference, name, root):
            rule["required"] = [name]  # type: ignore[assignment]  # a JSON Schema holds anything
        told.append({"allOf": [branch, rule]} if branch.keys() & rule.keys() else {**branch, **rule})
    if default is None:
        return told if len(taken) > 1 else None
    # OpenAPI 3.2 §4.24: what names no branch, or names none at all, is the default's.
    others = {"not": {"properties": {name: {"enum": taken}}, "required": [name]}}
    return [{"allOf": [one, others]} if one.get("$ref") == default else one for one in told] if taken else None


def _parts(reference: str, root: Any, depth: int = 0) -> Iterator[Node]:
    found = find(root, reference.removeprefix("#"))
    if not isinstance(found, dict) or depth > _DEPTH:
        return
    node = cast("Node", found)
    yield node
    for part in [node, *node.get("allOf", ())]:
        inner = part.get("$ref") if isinstance(part, dict) else None
        if isinstance(inner, str):
            yield from _parts(inner, root, depth + 1)
        elif isinstance(part, dict) and part is not node:
            yield cast("Node", part)


def _own(reference: str, name: str, root: Any) -> Iterator[Any]:
    """
    Read the values that a branch itself confines the property to.
    """
    for part in _parts(reference, root):
        rules = part.get("properties", {}).get(name)
        if isinstance(rules, dict) and "const" in rules:
            yield rules["const"]
        elif isinstance(rules, dict) and isinstance(rules.get("enum"), list):
            yield from rules["enum"]


def _is_required(reference: str, name: str, root: Any) -> bool:
    return any(name in part.get("required", ()) for part in _parts(reference, root))
