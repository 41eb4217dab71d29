"""
What plans and the makers of their values know of each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from aegis_contracts.instances._context import Context, Json
from aegis_contracts.instances._document import Document, Node
from aegis_contracts.instances._verdicts import Judge

if TYPE_CHECKING:
    from aegis_contracts.instances._plan import Plan


class Maker(Protocol):
    """
    Makes values of one type that satisfy the plan's keywords for that type.
    """

    def make(self, context: Context, name: str) -> Json:
        """
        Make a value for a property called *name*.
        """
        ...

    def admits(self, value: Any) -> bool:
        """
        Say whether *value*, of the maker's type, satisfies those keywords.
        """
        ...

    def needed(self) -> Iterator[Plan]:
        """
        The plans of the parts without which no value can be made.
        """
        ...


class Workshop(Protocol):
    """
    What plans of one document share.
    """

    document: Document
    candidates: dict[Plan, list[Any]]

    def plan(self, nodes: tuple[Node, ...]) -> Plan:
        """
        The plan of *nodes* together.
        """
        ...

    def maker(self, plan: Plan, kind: int) -> Maker:
        """
        A maker of one type for *plan*.
        """
        ...

    def preferred(self, plan: Plan) -> list[int]:
        """
        The types that *plan* most likely means.
        """
        ...

    def judge(self, *nodes: Node) -> Judge:
        """
        What decides whether a value satisfies all of *nodes*.
        """
        ...
