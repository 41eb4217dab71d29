"""
Who may speak for an operation: the protocol that behaviours fulfil, and all that the core knows of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Protocol, TypeAlias

from aegis_contracts import Contract, Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import World
from aegis_mockserver.world._messages import Request

Behave: TypeAlias = Callable[[Operation, Reading, World], Answer | Problem | None]
Refuse: TypeAlias = Callable[[Operation, Problem, Request], Answer | Problem | None]


class Speakers(Protocol):
    """
    What speaks for the operations of some contracts, beside their own examples.
    """

    def behaviour(self, contract: Contract, operation: Operation) -> Behave | None:
        """
        Return the function that somebody registered for the operation.
        """
        ...

    def state(self, contract: Contract, operation: Operation) -> Behave | None:
        """
        Return the store operation that the contract lets us infer.
        """
        ...

    def stores(self) -> Collection[str] | None:
        """
        Return the names of the stores that somebody reads, with template expressions in them; None if any may be.
        """
        ...

    def resources(self) -> list[dict[str, Any]]:
        """
        List what the paths of the contracts are taken for: resources, their operations and pages, as JSON.
        """
        ...

    def refusal(self, contract: Contract, operation: Operation) -> Refuse | None:
        """
        Return what says refusals of the operation in shapes that a problem detail is not.
        """
        ...
