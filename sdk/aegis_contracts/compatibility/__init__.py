"""
Whether one schema takes all that another may say: proved, refuted by an instance, or undecided.

Decides on instances, never on text: what is written differently and means the same is no difference. Knows no
contract and no rule by name, and does not guess: what it can neither prove nor refute within its bound of work it
calls undecided.
"""

from __future__ import annotations

from aegis_contracts.compatibility._compare import Comparer, compare, proved
from aegis_contracts.compatibility._outcome import Comparison, Counterexample, Difference, Outcome, Proved, Undecided
from aegis_contracts.compatibility._reach import allowed, required
from aegis_contracts.compatibility._universe import Node, Universe

__all__ = [
    "Comparer",
    "Comparison",
    "Counterexample",
    "Difference",
    "Node",
    "Outcome",
    "Proved",
    "Undecided",
    "Universe",
    "allowed",
    "compare",
    "proved",
    "required",
]
