"""
JUnit XML, which every CI shows: a suite for each operation, a test for each claim.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from aegis_verifier._values import Outcome
from aegis_verifier.reports import _shown
from aegis_verifier.reports._findings import Finding
from aegis_verifier.runner import Run

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(run: Run, found: list[Finding]) -> str:
    """
    Return the report as JUnit XML; claims that only a known failure breaks are skipped, with the reason.
    """
    known = {finding.fingerprint: finding.known for finding in found if finding.known}
    suites: dict[str, list[Outcome]] = {}
    for outcome in run.outcomes:
        suites.setdefault(outcome.case.operation.key, []).append(outcome)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="aegis verify" time="{run.seconds:.3f}">']
    for name, outcomes in suites.items():
        written = [_case(run, outcome, known) for outcome in outcomes]
        broken = sum("<failure" in text for text in written)
        skipped = sum("<skipped" in text for text in written)
        counts = f'tests="{len(written)}" failures="{broken}" skipped="{skipped}"'
        lines.append(f"  <testsuite name={_attribute(name)} {counts}>")
        lines += written
        lines.append("  </testsuite>")
    lines.append("</testsuites>\n")
    return "\n".join(lines)


def _case(run: Run, outcome: Outcome, known: dict[str, str]) -> str:
    case = outcome.case
    spent = sum(exchange.seconds for exchange in outcome.exchanges)
    head = (
        f"    <testcase classname={_attribute(f'{case.operation.key}.{case.kind}')} "
        f'name={_attribute(f"{case.name}: {case.claim}")} time="{spent:.3f}"'
    )
    errors = [failure for failure in outcome.failures if failure.severity == "error"]
    if not errors:
        return f"{head}><skipped message={_attribute(outcome.open)}/></testcase>" if outcome.open else f"{head}/>"
    first = errors[0]
    reasons = [known.get(Finding(_key(outcome, f.exchange), f.violation, "error", None).fingerprint) for f in errors]
    if all(reasons):
        return f"{head}><skipped message={_attribute(f'known: {reasons[0]}')}/></testcase>"
    text: list[str] = []
    for failure in errors:
        text.append(f"{failure.violation} [{failure.violation.rule}]")
        if failure.exchange is not None:
            text.append(_shown.answer(failure.exchange.response, case.operation.contract))
            text.append(_shown.curl(failure.exchange, run.address))
    message = f"{first.violation.pointer or '/'} {first.violation.message}"
    body = escape(_clean("\n".join(text)))
    rule = _attribute(first.violation.rule)
    return f"{head}><failure type={rule} message={_attribute(message)}>{body}</failure></testcase>"


def _key(outcome: Outcome, exchange: object) -> str:
    from aegis_verifier._values import Exchange

    return exchange.request.operation.key if isinstance(exchange, Exchange) else outcome.case.operation.key


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
