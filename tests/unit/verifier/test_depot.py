"""
A provider of a third make, with pages by number, ``If-Match``, states and work that takes its time; and its faults.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts import load
from aegis_verifier import AsgiTransport, Credentials, Settings, run
from aegis_verifier._maker import Maker
from aegis_verifier.reports import findings
from tests.unit.verifier.depot import FILE, LOGIN, Depot
from tests.unit.verifier.faults.depot import FAULTS
from tests.unit.verifier.faults.wrapper import spoiled


def found(seed: str, fault: Any = None) -> list[str]:
    app = Depot()
    transport = AsgiTransport(spoiled(app, fault) if fault is not None else app)
    settings = Settings(seed=seed, timeout=30.0 if fault is None else 1.0, credentials=Credentials({"": LOGIN}))
    try:
        result = run([load(FILE)], transport, settings, fail_fast=fault is not None)
    finally:
        transport.close()
    return [finding.fingerprint for finding in findings(result) if finding.severity == "error"]


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_a_faultless_depot_is_called_faultless(seed: str) -> None:
    """
    What a request may not set, secrets that look like other members, pages by number and ``If-Match`` are no faults.
    """
    assert found(seed) == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_depot_is_found(name: str) -> None:
    """
    A depot with this fault leaves its contract.
    """
    assert found("1", FAULTS[name]()), name


def test_the_fullest_request_that_is_accepted_is_tried_first() -> None:
    """
    Which of two valid requests was answered first changes nothing of what later cases send, so a run finds what another
    one found.
    """
    contract = load(FILE)
    operation = contract.operations["addHook"]
    for order in (["minimal", "full"], ["full", "minimal"]):
        maker = Maker(contract)
        for recipe in order:
            maker.takes(operation, recipe)
        assert maker.recipes(operation)[0] == "full"
