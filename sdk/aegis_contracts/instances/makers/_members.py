"""
The properties of objects, and what each part of a schema says of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aegis_contracts.instances._context import salt
from aegis_contracts.instances._document import Node
from aegis_contracts.instances.patterns._samples import test

if TYPE_CHECKING:
    from aegis_contracts.instances._protocols import Plan


class Member:
    """
    A property that may be there.
    """

    __slots__ = ("name", "nodes", "plan", "salt")

    def __init__(self, name: str, nodes: tuple[Node, ...]) -> None:
        self.name = name
        self.nodes = nodes
        self.salt = salt(name)
        self.plan: Plan | None = None


class Rules:
    """
    `properties`, `patternProperties` and `additionalProperties` of one part.
    """

    __slots__ = ("named", "patterns", "rest")

    def __init__(self, plan: Plan, part: Node) -> None:
        document, keywords = plan.document, part.keywords
        self.named = {name: document.child(part, "properties", name) for name in keywords.get("properties", {})}
        self.patterns: list[tuple[str, Callable[[str], bool], Node]] = [
            (pattern, test(pattern), document.child(part, "patternProperties", pattern))
            for pattern in keywords.get("patternProperties", {})
        ]
        self.rest = document.child(part, "additionalProperties") if "additionalProperties" in keywords else None

    def nodes(self, name: str) -> list[Node]:
        """
        The subschemas that a property called *name* must satisfy.
        """
        found = [self.named[name]] if name in self.named else []
        found.extend(node for _, fits, node in self.patterns if fits(name))
        if not found and self.rest is not None:
            found.append(self.rest)
        return found
