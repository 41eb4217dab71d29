"""
What could not be proved: a rule of the receiver, and the way to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from aegis_contracts.compatibility._flat import Flat, Parts
from aegis_contracts.compatibility._outcome import Step
from aegis_contracts.compatibility._universe import Universe
from aegis_contracts.compatibility.proof._canonical import Canonical
from aegis_contracts.documents._documents import Place


class Suspect(NamedTuple):
    """
    A rule of the receiver that the sender does not promise to keep, as far as could be proved.
    """

    keyword: str
    name: str
    chain: tuple[tuple[Step, Parts], ...]  # the way through an instance, and what the sender says at each step
    sender: Parts
    receiver: Parts
    sender_place: str
    receiver_place: str
    choice: tuple[int, Parts, Parts] | None = (
        None  # the outermost choice of the receiver on the way, and how deep below
    )

    @property
    def path(self) -> tuple[Step, ...]:
        """
        Where in an instance.
        """
        return tuple(step for step, _ in self.chain)


Chain = tuple[tuple[Step, Parts], ...]
Alike = Callable[[Place, Place], bool]


class Proof(Protocol):
    """
    A proof under way, as its parts see it: each may ask for the proof of something smaller.

    Args:
        canonical: the forms that the engine brings both sides into.
    """

    sender: Universe
    receiver: Universe
    canonical: Canonical

    def suspects(self, sender: Parts, receiver: Parts, chain: Chain = ()) -> tuple[Suspect, ...]:
        """
        List the receiver's rules that could not be proved to be kept; empty is a proof.
        """
        ...

    def flat(self, universe: Universe, parts: Parts) -> Flat:
        """
        Lay out a conjunction, once.
        """
        ...

    def suspect(
        self, keyword: str, sender: Parts, receiver: Parts, chain: Chain, *, name: str = "", at: str = "", by: str = ""
    ) -> Suspect:
        """
        Name a rule that is not proved to be kept.

        Args:
            at: where the receiver says it; where its schema stands, if nothing is given.
            by: where the sender says otherwise; likewise.
        """
        ...
