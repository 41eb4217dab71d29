"""
Whatever a provider does wrong is found, and nothing is said against one that does nothing wrong.
"""

from __future__ import annotations

import pytest

from aegis_verifier.reports import findings
from tests.unit.verifier.faults.events import EVENTS
from tests.unit.verifier.faults.user import FAULTS
from tests.unit.verifier.provider import verified


def test_faultless_provider_is_called_faultless() -> None:
    """
    With tokens and events, too, there is nothing to say against a provider that keeps its contract.
    """
    result = verified()
    assert [found.fingerprint for found in findings(result)] == []
    kinds = {outcome.case.kind for outcome in result.outcomes if outcome.verdict == "held"}
    assert {"tokens", "events", "pagination", "conflicts", "idempotency"} <= kinds


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_found(name: str) -> None:
    """
    A provider with this fault leaves its contract.
    """
    result = verified(FAULTS[name](), seed=name, fail_fast=True)
    assert [found for found in findings(result) if found.severity == "error"], name


@pytest.mark.parametrize("name", EVENTS)
def test_fault_of_events_is_found(name: str) -> None:
    """
    A provider that publishes like this leaves its contract.
    """
    operations = frozenset({"registerUser", "updateUser", "deleteUser", "confirmEmailVerification"})
    kinds = frozenset({"sequences", "tokens"})
    result = verified(spoil=EVENTS[name], seed=name, operations=operations, kinds=kinds)
    assert any(found.violation.pointer.startswith("/event") for found in findings(result)), name
