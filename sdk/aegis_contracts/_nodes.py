"""
Members of a node that a document may have written as something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

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
