"""
In pytest a provider is held to its contract by one test for each operation and kind.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

SUITE = """
import pytest
from aegis_mockserver import open_site
from aegis_mockserver.adapters.asgi import asgi_app

pytest_plugins = ["aegis_verifier.pytest_plugin"]

{fault}

@pytest.fixture(scope="session")
def aegis_provider():
    return {provider}

@pytest.mark.aegis_contract("sms")
def test_contract(aegis_check):
    aegis_check()
"""
GOOD = "asgi_app(open_site())"
BAD = """
from tests.unit.verifier.faults.wrapper import spoiled

async def fault(call, asked):
    said = await call(asked)
    if said.status == 202:
        said.status = 200
    return said
"""


def test_faultless_application_passes(pytester: pytest.Pytester) -> None:
    """
    Each operation and kind is a test of its own, and all of a faultless provider's pass.
    """
    pytester.makepyfile(SUITE.format(fault="", provider=GOOD))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-q", "-rA")
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["*test_contract?sendMessage-idempotency?*"])


def test_fault_fails_with_a_line_that_repeats_it(pytester: pytest.Pytester, request: pytest.FixtureRequest) -> None:
    """
    A test that fails says what is wrong, where the contract says otherwise, and how to send the request again.
    """
    root = Path(request.config.rootpath)
    pytester.makepyfile(
        SUITE.format(fault=f"import sys; sys.path.insert(0, {str(root)!r})\n{BAD}", provider=f"spoiled({GOOD}, fault)")
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-q")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*must be a declared status*", "*sms.yaml#/paths*", "*curl -sS -i -X POST*"])


def test_missing_mark_is_said(pytester: pytest.Pytester) -> None:
    """
    A test that names no contract is told how to.
    """
    pytester.makepyfile('pytest_plugins = ["aegis_verifier.pytest_plugin"]\n\ndef test_contract(aegis_check): ...')
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*mark it with @pytest.mark.aegis_contract(FILE)*"])
