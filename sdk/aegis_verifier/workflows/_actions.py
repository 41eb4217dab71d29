"""
What follows a step: which of its actions applies, and how long a retry waits.
"""

from __future__ import annotations

from collections import Counter

from aegis_contracts.arazzo import Part, Step
from aegis_verifier._values import Exchange
from aegis_verifier.workflows._runs import Attempt, NotRun
from aegis_verifier.workflows.expressions._criteria import unmet_criteria
from aegis_verifier.workflows.expressions._scope import Scope
from aegis_verifier.workflows.expressions._selectors import Unsupported

MOST_RETRIES = 100


def chosen(step: Step, attempt: Attempt, scope: Scope, used: Counter[str]) -> Part | None:
    """
    Return the first action whose criteria hold, and that has a try left.

    Args:
        used: how often each retry was made.
    """
    for action in step.actions(success=attempt.ok):
        if "reference" in action.node:
            raise NotRun("reference", f"{action.get('reference')} leads nowhere", action.location)
        try:
            if unmet_criteria(action.parts("criteria"), scope):
                continue
        except Unsupported as error:
            raise NotRun(error.rule, str(error), action.location) from None
        limit = min(int(action.get("retryLimit", 1)), MOST_RETRIES)
        if action.get("type") == "retry" and used[str(action.get("name"))] >= limit:
            continue
        return action
    return None


def retry_after(exchange: Exchange | None, own: float) -> float:
    """
    Return how long to wait: what the provider says goes before what the document says (Arazzo 1.1 §Failure Action).
    """
    response = exchange.response if exchange is not None else None
    said = response.headers.get("retry-after", "") if response is not None else ""
    if said.isdecimal() and len(said) < 10:
        return float(said)
    if said:
        from datetime import UTC, datetime
        from email.utils import parsedate_to_datetime

        try:
            return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
        except (ValueError, TypeError):
            return own
    return own
