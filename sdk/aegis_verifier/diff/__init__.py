"""
One version of a contract against another: what changed, whom it hits, and whether anything breaks.

Decides on exchanges: the requests that a provider must take may only grow, the answers that it may give only shrink.
Rules by name say what changed; they decide nothing that a proof or a counterexample can decide.
"""

from __future__ import annotations

from aegis_verifier.diff._change import ABSENT, Change, Side, bump_of
from aegis_verifier.diff._gravity import Bump, Severity
from aegis_verifier.diff._rules import RULES, DiffRule
from aegis_verifier.diff._versions import Offered, compare_versions, read_version
from aegis_verifier.diff._waivers import Waiver, read_waivers, waived
from aegis_verifier.diff.events import Asynchronous
from aegis_verifier.diff.openapi import Calendar, template

__all__ = [
    "ABSENT",
    "RULES",
    "Asynchronous",
    "Bump",
    "Calendar",
    "Change",
    "DiffRule",
    "Offered",
    "Severity",
    "Side",
    "Waiver",
    "bump_of",
    "compare_versions",
    "read_version",
    "read_waivers",
    "template",
    "waived",
]
