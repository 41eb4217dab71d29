"""
What plans, the makers of their values and the place that keeps both know of each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from aegis_contracts.instances._context import Context, Json
from aegis_contracts.instances._document import Document, Node
from aegis_contracts.instances.plans._choices import Choice
from aegis_contracts.instances.verdicts._verdicts import Judge


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


class Depth(Protocol):
    """
    What is known of the depth of a plan's values.
    """

    def fits(self, level: int) -> bool:
        """
        Say whether some value is at most *level* deep.
        """
        ...


class Plan(Protocol):
    """
    A conjunction of subschemas, as those see it who make values for it.
    """

    workshop: Workshop
    document: Document
    nodes: tuple[Node, ...]
    parts: list[Node]
    edges: list[tuple[Node | None, Node]]
    pending: tuple[Choice, ...]
    pointer: str
    types: int
    values: list[Any] | None
    filters: tuple[Node, ...]
    impossible: bool

    @property
    def first(self) -> Plan:
        """
        The plan whose choices led here.
        """
        ...

    @property
    def heights(self) -> Depth:
        """
        What is known of the depth of the values.
        """
        ...

    @property
    def bulky(self) -> bool:
        """
        Whether a value is likely to be an object or an array.
        """
        ...

    @property
    def candidates(self) -> list[Any]:
        """
        The allowed values that satisfy the other keywords too.
        """
        ...

    @property
    def domain(self) -> list[Any] | None:
        """
        Every value there is, where they are few.
        """
        ...

    def option(self, index: int) -> Plan | None:
        """
        The plan that taking an option of the first open choice leads to.
        """
        ...

    def make(self, context: Context, name: str) -> Json:
        """
        Make a value for a property called *name*.
        """
        ...

    def attempt(self, context: Context, name: str, failures: int) -> Json:
        """
        Make a value, after so many *failures* in this place.
        """
        ...

    def probe(self, context: Context) -> Json:
        """
        Make a value to look at.
        """
        ...

    def admits(self, value: Any) -> bool:
        """
        Say whether *value* satisfies a plan without open choices.
        """
        ...

    def maker(self, kind: int) -> Maker:
        """
        What makes values of one type.
        """
        ...


class Workshop(Protocol):
    """
    What plans of one document share.
    """

    document: Document
    candidates: dict[Plan, list[Any]]

    def charge(self, work: int) -> None:
        """
        Count *work* that is done once for many values.

        Raises:
            Exhausted: more than one value may cost.
        """
        ...

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
