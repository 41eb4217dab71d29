"""
For programs: everything that a run found, as one JSON document.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from aegis_verifier.reports import _shown
from aegis_verifier.reports._coverage import coverage
from aegis_verifier.reports._findings import Finding
from aegis_verifier.runner import Run


def as_value(run: Run, found: list[Finding]) -> dict[str, Any]:
    """
    Return the report as plain values.
    """
    return {
        "provider": run.address,
        "contracts": [{"title": c.title, "version": c.version, "source": c.source} for c in run.contracts],
        "workflows": [{"title": c.title, "version": c.version, "source": c.source} for c in run.workflows],
        "seed": run.settings.seed,
        "seconds": round(run.seconds, 3),
        "exchanges": run.exchanges,
        "cases": dict(Counter(outcome.verdict for outcome in run.outcomes)),
        "findings": [_finding(run, finding) for finding in found],
        "claims": [
            {
                "id": outcome.case.id,
                "operation": outcome.case.operation.key,
                "kind": outcome.case.kind,
                "claim": outcome.case.claim,
                "verdict": outcome.verdict,
                **({"reason": outcome.open} if outcome.open else {}),
            }
            for outcome in run.outcomes
        ],
        "coverage": {
            share.name: {"covered": len(share.all & share.covered), "all": len(share.all), "missing": share.missing}
            for share in coverage(run).shares
        },
    }


def _finding(run: Run, finding: Finding) -> dict[str, Any]:
    violation, exchange = finding.violation, finding.exchange
    value: dict[str, Any] = {
        "finding": finding.fingerprint,
        "operation": finding.operation,
        "rule": violation.rule,
        "pointer": violation.pointer,
        "message": violation.message,
        "mend": violation.mend,
        "contract": violation.schema,
        "severity": finding.severity,
        "known": finding.known,
        "cases": [case.id for case in finding.cases],
    }
    if exchange is not None:
        value["request"] = {
            "method": exchange.request.method,
            "target": _shown.target(exchange.request),
            "headers": dict(_shown.headers(exchange.request)),
            "body": _shown.body(exchange.request),
            "curl": _shown.curl(exchange, run.address),
        }
        value["response"] = _shown.answer(exchange.response, exchange.request.operation.contract)
        value["seconds"] = round(exchange.seconds, 4)
    return value


def as_json(run: Run, found: list[Finding]) -> str:
    """
    Return the report as text.
    """
    return json.dumps(as_value(run, found), ensure_ascii=False, indent=1) + "\n"
