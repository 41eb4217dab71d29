"""
Old schema, new schema → proved, counterexample or undecided.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aegis_contracts.compatibility._flat import Parts
from aegis_contracts.compatibility._outcome import Comparison, Counterexample, Difference, Outcome, Proved, Undecided
from aegis_contracts.compatibility._refuter import NOTHING, Refuter
from aegis_contracts.compatibility._universe import Node, Universe
from aegis_contracts.compatibility.proof._prover import Prover
from aegis_contracts.compatibility.proof._suspect import Alike, Suspect

_REFUTED: Final = 40
_SEARCHES: Final = 12
_TIMES: Final = 3


class Comparer:
    """
    Compares schemas of two sides; what is found out about a pair is kept for all that reach it.

    Args:
        sender: the schemas of whoever writes.
        receiver: the schemas of whoever reads.
        alike: says whether two definitions, the sender's and the receiver's, are known to be the same.
    """

    def __init__(self, sender: Universe, receiver: Universe, *, alike: Alike | None = None) -> None:
        self._prover = Prover(sender, receiver, alike=alike)
        self._refuter = Refuter(sender, receiver, self._prover)
        self._searches = _SEARCHES
        self._tried: dict[tuple[Any, ...], int] = {}
        self._told: dict[tuple[Any, ...], Counterexample | Undecided] = {}

    def compare(self, sender: Node, receiver: Node) -> Comparison:
        """
        Say whether the receiver takes everything that the sender may say.
        """
        root, wanted = (sender,), (receiver,)
        self._prover.renew()
        suspects = self._prover.suspects(root, wanted)
        if not suspects:
            return Comparison(Proved())
        differences = tuple(self._difference(root, wanted, suspect) for suspect in suspects[:_REFUTED])
        return Comparison(self._outcome(root, wanted, differences), differences)

    def _difference(self, root: Parts, wanted: Parts, suspect: Suspect) -> Difference:
        key = (suspect.keyword, suspect.sender_place, suspect.receiver_place, suspect.name)
        outcome = self._told.get(key)
        if outcome is None or (isinstance(outcome, Undecided) and self._tried.get(key, 0) < _TIMES):
            self._tried[key] = self._tried.get(key, 0) + 1
            found = self._refuter.refute(root, wanted, suspect)
            outcome = self._told[key] = found or Undecided(
                "neither proof nor counterexample was found within the bound of work"
            )
        return Difference(
            suspect.keyword, suspect.path, suspect.sender_place, suspect.receiver_place, suspect.name, outcome
        )

    def _outcome(self, root: Parts, wanted: Parts, differences: tuple[Difference, ...]) -> Outcome:
        for difference in differences:
            if isinstance(difference.outcome, Counterexample):
                return difference.outcome
        if self._searches > 0:
            self._searches -= 1
            found = self._refuter.search(root, wanted)
            if found is not NOTHING:
                return Counterexample(found)
        keywords = ", ".join(dict.fromkeys(difference.keyword for difference in differences))
        return Undecided(f"neither proof nor counterexample was found within the bound of work ({keywords})")


def compare(
    sender: Mapping[str, Any] | bool, receiver: Mapping[str, Any] | bool, *, closed: bool = False
) -> Comparison:
    """
    Say whether *receiver* accepts every instance that *sender* accepts; both are self-contained schemas.

    Args:
        closed: the sender sends only the properties that its schema names.
    """
    ours, root = Universe.of(sender, closed=closed)
    theirs, wanted = Universe.of(receiver)
    return Comparer(ours, theirs).compare(root, wanted)


def proved(sender: Mapping[str, Any] | bool, receiver: Mapping[str, Any] | bool) -> bool:
    """
    Say whether *receiver* is proved to accept every instance that *sender* accepts, without a search for the contrary.
    """
    ours, root = Universe.of(sender)
    theirs, wanted = Universe.of(receiver)
    return not Prover(ours, theirs).suspects((root,), (wanted,))
