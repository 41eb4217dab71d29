"""
What ``encoding`` says of the parts of a body, by their names or by their positions (OpenAPI 3.2 §4.14.5, §4.15).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aegis_contracts._model import MediaType, Parameter
from aegis_contracts._nodes import list_of, map_of
from aegis_contracts.documents._documents import Place


def is_positional(owner: MediaType) -> bool:
    """
    Say whether parts are told by their position: they have ``itemSchema``, or an encoding by it.
    """
    return not owner.node.keys().isdisjoint(("itemSchema", "itemEncoding", "prefixEncoding"))


def encoding_at(owner: MediaType, index: int) -> tuple[Mapping[str, Any], Place]:
    """
    Return the encoding of the part at a position, and where it stands.
    """
    prefix = list_of(owner.node, "prefixEncoding")
    if index < len(prefix):
        found = prefix[index]
        return (found if isinstance(found, dict) else {}), owner.place.at("prefixEncoding", str(index))
    return map_of(owner.node, "itemEncoding"), owner.place.at("itemEncoding")


def part_headers(owner: MediaType, encoding: Any, place: Place) -> list[Parameter]:
    """
    List the headers that an encoding declares for a part.

    Args:
        place: of the encoding.
    """
    headers = encoding.get("headers") if isinstance(encoding, dict) else None
    return [
        Parameter(owner.contract, node, place.at("headers", name), name)
        for name, node in (headers.items() if isinstance(headers, dict) else ())
        if name.lower() != "content-type"  # OpenAPI 3.1 §4.8.15.1.1: ignored here
    ]
