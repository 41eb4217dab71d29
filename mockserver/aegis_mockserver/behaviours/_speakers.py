"""
Everything that speaks for the operations of some contracts: registered functions, and state inferred from their paths.
"""

from __future__ import annotations

from collections.abc import Sequence

from aegis_contracts import Contract
from aegis_mockserver.behaviours._inference import Inference
from aegis_mockserver.behaviours._registry import Behaviours


class BehavioursAndState:
    """
    An ``aegis_mockserver.core._speakers.Speakers``.
    """

    def __init__(self, behaviours: Behaviours, contracts: Sequence[Contract]) -> None:
        self.behaviour = behaviours.find
        self.refusal = behaviours.refusal
        self.state = Inference(contracts).find
