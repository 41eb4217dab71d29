"""
Members of a node that a document may have written as something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from aegis_contracts.json_pointer import InvalidPointerError, find

NOTHING: Mapping[str, Any] = {}


def map_of(node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """
    Return a member that must be an object; an empty one where a document has something else there.
    """
    found = node.get(key)
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else NOTHING


def list_of(node: Mapping[str, Any], key: str) -> list[Any]:
    """
    Return a member that must be an array; an empty one where a document has something else there.
    """
    found = node.get(key)
    return found if isinstance(found, list) else []


def meant(document: Mapping[str, Any], value: Any) -> Any:
    """
    Follow a reference that stands where an example's value should: many documents write one, and mean what it leads to.
    """
    reference = value.get("$ref") if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return value
    try:
        found = find(document, reference, value)
    except InvalidPointerError:
        return value
    return found["value"] if "/examples/" in reference and isinstance(found, dict) and "value" in found else found
