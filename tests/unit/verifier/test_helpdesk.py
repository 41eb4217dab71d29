"""
A provider of a fourth make, with cursors and page numbers, soft deletion, attachments and scopes; and its faults.
"""

from __future__ import annotations

import pytest

from aegis_contracts import load
from aegis_verifier import Credentials, Run, Settings, WsgiTransport, run
from aegis_verifier.reports import findings
from tests.unit.verifier.helpdesk import FAULTS, FILE, GUEST, TOKEN, Helpdesk


def verified(seed: str, fault: str = "") -> Run:
    """
    Verify a helpdesk with at most one fault.
    """
    settings = Settings(
        seed=seed,
        timeout=1.0 if fault else 30.0,
        credentials=Credentials({"": TOKEN}),
        forbidden=Credentials({"": GUEST}),
    )
    return run([load(FILE)], WsgiTransport(Helpdesk(fault)), settings, fail_fast=bool(fault))


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_a_faultless_helpdesk_is_called_faultless(seed: str) -> None:
    """
    Soft deletion, work that goes on, settings that are there once and attachments are no faults, and all is decided.
    """
    result = verified(seed)
    assert [found.fingerprint for found in findings(result)] == []
    undecided = {outcome.case.id for outcome in result.outcomes if outcome.verdict == "open"}
    assert undecided == {"reports_start/sequences/made is listed", "tickets_list/sequences/sort created_at"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_helpdesk_is_found(fault: str) -> None:
    """
    A helpdesk with this fault leaves its contract.
    """
    assert [found for found in findings(verified("1", fault)) if found.severity == "error"], fault
