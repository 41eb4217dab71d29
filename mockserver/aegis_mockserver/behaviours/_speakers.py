"""
Everything that speaks for the operations of some contracts: registered functions, and state inferred from their paths.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from aegis_contracts import Contract
from aegis_mockserver.behaviours._inference import Inference
from aegis_mockserver.behaviours._registry import Behaviours
from aegis_mockserver.behaviours._store_names import inferred
from aegis_mockserver.behaviours.resources._table import rows


class BehavioursAndState:
    """
    An ``aegis_mockserver.core.ports._speakers.Speakers``.
    """

    def __init__(self, behaviours: Behaviours, contracts: Sequence[Contract]) -> None:
        self.behaviour = behaviours.find
        self.refusal = behaviours.refusal
        inference = Inference(contracts)
        self.state = inference.find
        self._catalogues = inference.catalogues
        self._behaviours = behaviours
        self._contracts = contracts

    def resources(self) -> list[dict[str, Any]]:
        """
        List what the paths of the contracts are taken for: resources, their operations and pages, as JSON.
        """
        return rows(self._catalogues.values())

    def stores(self) -> Collection[str] | None:
        """
        Return the names of the stores that somebody reads; None where a registered function may read any.
        """
        if self._behaviours.registered:
            return None
        named = (name for contract in self._contracts for name in self._behaviours.stores(contract))
        return frozenset([*inferred(self._contracts), *named])
