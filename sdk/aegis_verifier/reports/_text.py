"""
For the terminal: progress while it runs, then what was checked and what is wrong.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator

from aegis_verifier._values import Outcome
from aegis_verifier.reports import _shown
from aegis_verifier.reports._coverage import coverage
from aegis_verifier.reports._findings import Finding, grouped
from aegis_verifier.runner import Progress, Run

_EVERY = 0.2


class Teller(Progress):
    """
    Tells progress on stderr: one line that is written over on a terminal, a line now and then elsewhere.
    """

    def __init__(self) -> None:
        self._planned = 0
        self._played = 0
        self._broken = 0
        self._last = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def planned(self, number: int) -> None:
        self._planned = number
        self._tell(f"{number} cases")

    def played(self, outcome: Outcome) -> None:
        self._played += 1
        self._broken += outcome.verdict == "broken"
        now = time.monotonic()
        done = self._played == self._planned
        if done or now - self._last > (_EVERY if self._terminal else 5.0):
            self._last = now
            self._tell(f"{self._played} of {self._planned} cases, {self._broken} broken", end=done)

    def _tell(self, text: str, *, end: bool = False) -> None:
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{text}" + ("\n" if end else ""))
        else:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def as_text(run: Run, found: list[Finding]) -> str:
    """
    Return the report as text.
    """
    return "\n".join(summary(run, found)) + "\n"


def summary(run: Run, found: list[Finding]) -> Iterator[str]:
    """
    Write the report, line by line.
    """
    yield from _operations(run)
    errors = [finding for finding in found if finding.severity == "error" and not finding.known]
    known = [finding for finding in found if finding.known]
    warnings = [finding for finding in found if finding.severity == "warning" and not finding.known]
    for number, finding in enumerate(errors, 1):
        yield ""
        yield from _finding(run.address, finding, f"{number}. ")
    if known:
        yield ""
        yield f"Known, and let pass by the baseline: {len(known)}"
        yield from (f"  {finding.fingerprint}   {finding.known}" for finding in known)
    if warnings:
        yield ""
        yield f"Worth a look, though the contract leaves room for it: {len(warnings)}"
        yield from (f"  {f.operation}: {f.violation.pointer or '/'} {f.violation.message}" for f in warnings)
    yield from _open(run)
    yield ""
    covered = coverage(run)
    yield covered.line()
    if covered.operations.missing:
        yield f"never succeeded: {', '.join(covered.operations.missing)}"
    yield from _end(run, errors)


def told(outcomes: Iterable[Outcome], address: str) -> str:
    """
    Write the errors of some outcomes; empty when there are none.
    """
    errors = [finding for finding in grouped(outcomes) if finding.severity == "error"]
    return "\n\n".join("\n".join(_finding(address, finding, f"{n}. ")) for n, finding in enumerate(errors, 1))


def _operations(run: Run) -> Iterator[str]:
    for contract in [*run.contracts, *run.workflows]:
        yield f"{contract.title} {contract.version} ({contract.source}) at {run.address}"
        rows: list[tuple[str, str]] = []
        for key, operation in contract.operations.items():
            outcomes = [outcome for outcome in run.outcomes if outcome.case.operation is operation]
            if not outcomes:
                continue
            kinds = Counter(outcome.case.kind for outcome in outcomes)
            broken = Counter(outcome.case.kind for outcome in outcomes if outcome.verdict == "broken")
            told = "  ".join(
                f"{kind} {broken[kind]} of {n} broken" if broken[kind] else f"{kind} {n}" for kind, n in kinds.items()
            )
            held = any(outcome.verdict == "held" for outcome in outcomes)
            rows.append((f"  {'✗' if broken else '✓' if held else '?'} {key}", told))
        width = max((len(name) for name, _ in rows), default=0)
        yield from (f"{name:<{width}}  {told}" for name, told in rows)


def _finding(address: str, finding: Finding, number: str) -> Iterator[str]:
    violation, case = finding.violation, finding.cases[0]
    yield f"{number}{finding.operation}: {violation.pointer or '/'} {violation.message} [{violation.rule}]"
    more = f" and {len(finding.cases) - 1} more" if len(finding.cases) > 1 else ""
    yield f"   claim     {case.operation.key} {case.claim} ({case.id}{more})"
    if violation.schema:
        yield f"   contract  {violation.schema}"
    yield f"   finding   {finding.fingerprint}"
    if violation.mend:
        yield f"   mend      {violation.mend}"
    exchange = finding.exchange
    if exchange is None:
        return
    contract = exchange.request.operation.contract
    shown = _shown.answer(exchange.response, contract).splitlines() or [""]
    yield f"   answered  {shown[0]} after {exchange.seconds:.3f} s"
    yield from (f"             {line}" for line in shown[1:12])
    yield f"   again     {_shown.curl(exchange, address)}"


def _open(run: Run) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for outcome in run.outcomes:
        if outcome.open:
            reasons.setdefault(outcome.open, []).append(outcome.case.id)
    if reasons:
        yield ""
        yield f"Not decided: {sum(map(len, reasons.values()))}"
        for reason, cases in reasons.items():
            yield f"  {len(cases)} × {reason}"


def _end(run: Run, errors: list[Finding]) -> Iterator[str]:
    verdicts = Counter(outcome.verdict for outcome in run.outcomes)
    rate = run.exchanges / run.seconds if run.seconds else 0.0
    told = f"{verdicts['held']} held, {verdicts['broken']} broken, {verdicts['open']} not decided"
    took = f"{run.exchanges} exchanges in {run.seconds:.1f} s ({rate:.0f} a second)"
    yield f"{len(run.outcomes)} cases, {took}: {told}"
    yield f"seed {run.settings.seed}"
    if errors:
        yield f"The provider leaves its contract in {len(errors)} way{'s' if len(errors) > 1 else ''}."
    elif not verdicts["held"]:
        yield "Nothing could be decided."
    elif verdicts["broken"]:
        yield "The provider leaves its contract only where that is known."
    else:
        yield "The provider keeps its contract as far as was looked."
