"""
The plugins: found without configuration, documents chosen per module, and processes that do not disturb each other.
"""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

PETS = """
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: array, items: {type: string}}, example: [Rex]}}
"""
OF_PETS = """
import httpx, pytest

@pytest.fixture(scope="session")
def mock_documents():
    return ["{folder}/pets.yaml"]

def test_pets(aegis, mock_url, mock_transport):
    assert httpx.get(mock_url + "/pets").json() == ["Rex"]
    with httpx.Client(transport=mock_transport, base_url="http://mock") as http:
        assert http.get("/pets").json() == ["Rex"]
    aegis.journal.verify("listPets", times=2)
"""
OF_AEGIS = """
import httpx
from aegis_sdk import UserClient

def test_aegis(aegis, mock_server):
    assert list(aegis.client(UserClient).users.list()) == []
    assert httpx.get(aegis.url + "/pets").status_code == 404
    assert [one.title for one in mock_server.site.contracts] != ["Pets"]
"""


def test_documents_of_one_module_reach_no_other(pytester: pytest.Pytester) -> None:
    """
    A module that serves its own contract does so before and after modules that serve the bundled ones.
    """
    (pytester.path / "pets.yaml").write_text(PETS, encoding="utf-8")
    pets = OF_PETS.replace("{folder}", str(pytester.path))
    pytester.makepyfile(test_1_aegis=OF_AEGIS, test_2_pets=pets, test_3_aegis=OF_AEGIS, test_4_pets=pets)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=4)


def test_processes_do_not_disturb_each_other(pytester: pytest.Pytester) -> None:
    """
    Under pytest-xdist each process has a mock of its own, and each test a world.
    """
    pytester.makepyfile(
        """
        import pytest
        from aegis_sdk import UserClient

        USER = dict(
            email="seoyeon.kim@example.com", password="correct-horse-battery-staple",
            business_registration_number="124-81-00998", business_name="a", phone_number="010-1234-5678",
        )

        @pytest.mark.parametrize("number", range(12))
        @pytest.mark.parametrize("by", ["url", "transport"])
        def test_alone(aegis, number, by):
            users = aegis.client(UserClient, by=by)
            users.users.register(**USER)
            assert len(list(users.users.list())) == 1
            aegis.journal.verify("registerUser", times=1)
        """
    )
    pytester.runpytest_subprocess("-n", "3", "-p", "no:cacheprovider").assert_outcomes(passed=24)


def test_naming_a_plugin_that_is_found_anyway_does_no_harm(pytester: pytest.Pytester) -> None:
    """
    Suites that named the plugins while that was needed go on as they are.
    """
    names = ["aegis_mockserver.pytest_plugin", "aegis_mockserver.pytest_plugin_kafka", "aegis_verifier.pytest_plugin"]
    pytester.makeconftest(f"pytest_plugins = {[*names, 'aegis_testing.pytest_plugin']!r}")
    pytester.makepyfile(OF_AEGIS)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_run_that_uses_nothing_of_it_loads_nothing_of_it(pytester: pytest.Pytester) -> None:
    """
    The plugins are imported by every run of pytest: neither SDK nor mock comes with them.
    """
    pytester.makepyfile(
        """
        import sys

        def test_light():
            heavy = {"pydantic", "httpx", "msgspec", "aegis_sdk.events", "aegis_contracts", "aegis_mockserver._site"}
            assert heavy.isdisjoint(sys.modules), heavy & set(sys.modules)
        """
    )
    options = [f"-pno:{name}" for name in ("schemathesis", "anyio", "respx", "hypothesispytest", "cacheprovider")]
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=1)
