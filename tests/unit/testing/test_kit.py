"""
The kit of one test: clients, factories, faults, and what happened, in a world that no other test sees.
"""

from __future__ import annotations

import unittest

import httpx
import pytest

from aegis_runtime.errors import ConfigurationError
from aegis_sdk import AsyncUserClient, BusinessRegistryClient, RecommendationClient, UserClient, errors, user
from aegis_testing import AegisTests, Kit, open_kit

USER = {
    "email": "seoyeon.kim@example.com",
    "password": "correct-horse-battery-staple",
    "business_registration_number": "124-81-00998",
    "business_name": "삼성전자 주식회사",
    "phone_number": "010-1234-5678",
}


@pytest.mark.parametrize("by", ["transport", "url"])
def test_a_client_works_in_the_tests_own_world(aegis: Kit, by: str) -> None:
    """
    Both ways lead to the same world, which is empty when a test begins.
    """
    users = aegis.client(UserClient, by=by)
    assert list(users.users.list()) == []
    made = users.users.register(**USER)
    assert aegis.client(UserClient).users.get(made.user_id).business_name == USER["business_name"]


async def test_an_asynchronous_client_works_too(aegis: Kit) -> None:
    """
    The asynchronous twin meets the same world in process.
    """
    async with aegis.client(AsyncUserClient) as users:
        made = await users.users.register(**USER)
    assert aegis.client(UserClient).users.get(made.user_id)


def test_a_service_told_an_address_alone_is_isolated(aegis_environment: dict[str, str], aegis: Kit) -> None:
    """
    Code that reads its addresses from the environment lands in this test's world, for every API.
    """
    with UserClient() as users:
        users.users.register(**USER)
    with RecommendationClient() as recommendations:
        assert recommendations.base_url.startswith(aegis.url)
    with BusinessRegistryClient() as registry:
        assert registry.verify("124-81-00998")
    aegis.journal.verify("registerUser", times=1)
    assert len(aegis.journal) > 1
    assert "__world__" in aegis_environment["AEGIS_USER_URL"]


def test_waits_between_attempts_are_passed_over(aegis: Kit) -> None:
    """
    A provider that fails twice costs two retries and no time; the deadline counts the waits all the same.
    """
    aegis.fault("getUser", status=503, retry_after=9, times=2)
    users = aegis.client(UserClient)
    made = users.users.register(**USER)
    assert users.users.get(made.user_id)
    aegis.journal.verify("getUser", times=3)
    aegis.fault("getUser", status=503)
    with pytest.raises(errors.ServiceUnavailableError):
        users.users.get(made.user_id)
    assert aegis.mend("getUser") == 2
    assert users.users.get(made.user_id)


def test_a_fault_of_no_operation_is_refused(aegis: Kit) -> None:
    """
    A misspelt operation would never fail: the nearest is named.
    """
    with pytest.raises(LookupError, match="getUser"):
        aegis.fault("getUsr", status=503)


def test_the_mocks_transport_is_taken_as_it_is(aegis: Kit) -> None:
    """
    Our clients and httpx's take the same transport, unwrapped.
    """
    with UserClient("http://mock", "key", transport=aegis.transport, circuit_breaker=False) as users:
        users.users.register(**USER)
    with httpx.Client(transport=aegis.transport, base_url="http://mock") as http:
        assert http.get("/health").status_code == 200
    assert [one.operation for one in aegis.journal] == ["registerUser", "getHealth"]


class _Awaits(httpx.AsyncBaseTransport):
    pass


@pytest.mark.parametrize(
    ("kind", "wrong", "mend"),
    [
        (UserClient, httpx.Client(), r"httpx\.MockTransport\(handler\)"),
        (UserClient, httpx.MockTransport, "give an instance"),
        (UserClient, _Awaits(), "asynchronous client"),
        (UserClient, lambda request: request, r"httpx\.MockTransport\(…\)"),
        (AsyncUserClient, httpx.HTTPTransport(), "synchronous client"),
        (AsyncUserClient, httpx.AsyncClient(), "none"),
        (AsyncUserClient, lambda scope: scope, r"httpx\.ASGITransport\(app=…\)"),
        (UserClient, "http", '"httpx", "fast"'),
    ],
)
def test_what_is_no_transport_says_how_it_becomes_one(kind: type, wrong: object, mend: str) -> None:
    """
    What people give by mistake is refused where they give it, with what they meant.
    """
    with pytest.raises(ConfigurationError, match=mend):
        kind("http://mock", "key", transport=wrong)


def test_a_kit_can_outlive_a_test() -> None:
    """
    For a service that runs for the whole session a kit opens by itself, and ends its server.
    """
    with open_kit() as kit:
        url = kit.url
        assert httpx.get(f"{url}/health").status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")


def test_makes_another_one_each_time_and_the_same_in_every_run(aegis: Kit) -> None:
    """
    Instances of one test differ, and are the same when the test runs again.
    """
    first, second = aegis.make(user.User), aegis.make(user.User)
    assert first != second
    again = Kit(aegis.site, aegis.world, lambda: pytest.fail("no server is needed"), seed=aegis._seed)
    assert [again.make(user.User), again.make(user.User)] == [first, second]


def test_unittest_has_a_kit_for_each_test() -> None:
    """
    The mixin opens a world before each test and forgets it afterwards.
    """
    seen: list[int] = []

    class Tests(AegisTests, unittest.TestCase):
        def test_one(self) -> None:
            self.aegis.client(UserClient).users.register(**USER)
            seen.append(len(self.aegis.journal))

        test_two = test_one

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Tests).run(result)
    assert (result.testsRun, result.errors, result.failures, seen) == (2, [], [], [1, 1])
