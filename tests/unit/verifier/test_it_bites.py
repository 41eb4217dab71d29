"""
Whatever a provider does wrong is found, and said of the operation that does it.
"""

from __future__ import annotations

from functools import cache

import pytest

from aegis_contracts import Contract
from aegis_mockserver import open_site
from aegis_mockserver.adapters.asgi import asgi_app
from aegis_verifier import AsgiTransport, Credentials, Settings, contracts_of, run
from aegis_verifier.reports import findings
from tests.unit.verifier.faults.user import FAULTS
from tests.unit.verifier.faults.wrapper import spoiled


@cache
def contract() -> Contract:
    """
    The User API, loaded once.
    """
    return contracts_of((), ["user"])[0]


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_found(name: str) -> None:
    """
    A provider with this fault leaves its contract.
    """
    transport = AsgiTransport(spoiled(asgi_app(open_site()), FAULTS[name]()))
    settings = Settings(
        seed=name, timeout=1.0, credentials=Credentials({"": "token"}), forbidden=Credentials({"": "forbidden"})
    )
    try:
        result = run([contract()], transport, settings, fail_fast=True)
    finally:
        transport.close()
    assert [found for found in findings(result) if found.severity == "error"], name
