"""
What `unevaluatedProperties` and `unevaluatedItems` have left to say, once the alternatives of a plan are chosen.
"""

from __future__ import annotations

from collections.abc import Iterator

from aegis_contracts.instances._document import Node
from aegis_contracts.instances.patterns._regex import ENDLESS

Edges = list[tuple[Node | None, Node]]


def below(edges: Edges, owner: Node) -> list[Node]:
    """
    *owner* and the subschemas that apply in its place because of it.
    """
    found = [owner]
    seen = {owner}
    for node in found:
        for parent, inner in edges:
            if parent is node and inner not in seen:
                seen.add(inner)
                found.append(inner)
    return found


def properties_left(edges: Edges, parts: list[Node]) -> Iterator[tuple[Node, set[str], list[str]]]:
    """
    Each part with `unevaluatedProperties`, and the names and patterns of the properties that it does not speak of.
    """
    for owner in parts:
        if owner.keywords.get("unevaluatedProperties", True) is True:
            continue
        names: set[str] = set()
        patterns: list[str] = []
        for node in below(edges, owner):
            keywords = node.keywords
            if "additionalProperties" in keywords or (node is not owner and "unevaluatedProperties" in keywords):
                break
            names.update(keywords.get("properties", ()))
            patterns.extend(keywords.get("patternProperties", ()))
        else:
            yield owner, names, patterns


def items_left(edges: Edges, parts: list[Node]) -> Iterator[tuple[Node, int, list[Node]]]:
    """
    Each part with `unevaluatedItems`, the index from which it speaks, and the parts whose `contains` exempts items.
    """
    for owner in parts:
        if owner.keywords.get("unevaluatedItems", True) is True:
            continue
        before = 0
        containing: list[Node] = []
        for node in below(edges, owner):
            keywords = node.keywords
            if "items" in keywords or (node is not owner and "unevaluatedItems" in keywords):
                before = ENDLESS
                break
            before = max(before, len(keywords.get("prefixItems", ())))
            if "contains" in keywords:
                containing.append(node)
        if before < ENDLESS:
            yield owner, before, containing
