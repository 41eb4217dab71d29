"""
Failures as a reader wants them: one for each operation, rule and place, with the first exchange that shows it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from aegis_contracts import Violation
from aegis_verifier._values import Case, Exchange, Outcome, Severity
from aegis_verifier.reports._fingerprint import fingerprint, place_of
from aegis_verifier.runner import Run


@dataclass
class Finding:
    """
    One way in which a provider leaves its contract.

    Args:
        cases: all that showed it, the first one first.
        known: why it is let pass: the owner and the end of a baseline's entry.
    """

    operation: str
    violation: Violation
    severity: Severity
    exchange: Exchange | None
    cases: list[Case] = field(default_factory=list[Case])
    known: str = ""

    @property
    def fingerprint(self) -> str:
        """
        What a baseline calls it: operation, rule and place, with ``*`` for indices.
        """
        return fingerprint(self.operation, self.violation)


def findings(run: Run) -> list[Finding]:
    """
    Group the failures of a run, errors first.
    """
    return grouped(run.outcomes)


def grouped(outcomes: Iterable[Outcome]) -> list[Finding]:
    """
    Group the failures of some outcomes, errors first.
    """
    found: dict[tuple[str, str, str, str], Finding] = {}
    for outcome in outcomes:
        for failure in outcome.failures:
            operation = failure.exchange.request.operation if failure.exchange is not None else outcome.case.operation
            violation = failure.violation
            entry = found.setdefault(
                (operation.key, violation.rule, place_of(violation), failure.severity),
                Finding(operation.key, violation, failure.severity, failure.exchange),
            )
            if outcome.case not in entry.cases:
                entry.cases.append(outcome.case)
    return sorted(found.values(), key=lambda finding: finding.severity)
