"""
The mock keeps our contracts, so the verifier has nothing to say against it: any finding is a false alarm or a bug.
"""

from __future__ import annotations

import pytest

from aegis_mockserver import open_site
from aegis_mockserver.adapters.asgi import asgi_app
from aegis_verifier import AsgiTransport, Credentials, Run, Settings, contracts_of, run
from aegis_verifier.reports import findings

APIS = ("user", "recommendation", "registry", "sms")


def verified(api: str) -> Run:
    """
    Verify one of our APIs against the mock in this process.
    """
    transport = AsgiTransport(asgi_app(open_site()))
    settings = Settings(seed="1", credentials=Credentials({"": "token"}), forbidden=Credentials({"": "forbidden"}))
    try:
        return run(contracts_of((), [api]), transport, settings)
    finally:
        transport.close()


@pytest.mark.parametrize("api", APIS)
def test_mock_is_faultless(api: str) -> None:
    """
    The mock of each of our APIs leaves its contract in no way, and most claims can be decided.
    """
    result = verified(api)
    assert [f"{found.fingerprint}: {found.violation}" for found in findings(result)] == []
    decided = [outcome for outcome in result.outcomes if outcome.verdict == "held"]
    assert len(decided) > 0.9 * len(result.outcomes)
