"""
Routes for respx: they answer as the mock would, and no request that breaks the contract goes unnoticed.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import httpx
import pytest
import respx

from aegis_sdk import AsyncUserClient, UserClient, user
from aegis_testing import ContractRoutes, contract_routes, make_value

from .test_kit import USER

USERS = "https://user.aegis.example.com/api/v1/users"
KEY = {"Authorization": "Bearer key"}


def test_code_that_uses_the_real_address_is_answered(aegis_routes: ContractRoutes) -> None:
    """
    Our client and plain httpx both meet the contract's own server, state included, and nothing leaves.
    """
    with UserClient(token="key", circuit_breaker=False) as users:
        made = users.users.register(**USER)
    answer = httpx.get(f"{USERS}/{made.user_id}", headers=KEY)
    assert answer.json()["business_name"] == USER["business_name"]
    assert aegis_routes["getUser"].call_count == 1


async def test_asynchronous_clients_too(aegis_routes: ContractRoutes) -> None:
    """
    The asynchronous twin meets the same routes.
    """
    async with AsyncUserClient(token="key", circuit_breaker=False) as users:
        assert [one async for one in users.users.list()] == []


def test_a_request_that_breaks_the_contract_fails_the_test_whatever_is_caught(aegis_routes: ContractRoutes) -> None:
    """
    Pointer and mend are told, and no except clause of the code under test hides it.
    """
    with pytest.raises(pytest.fail.Exception) as caught, contextlib.suppress(Exception):
        httpx.post(USERS, headers=KEY, json={**USER, "email": "nope"})
    assert "registerUser: /body/email must match" in str(caught.value)
    assert "openapi/common.yaml#/components/schemas/EmailAddress" in str(caught.value)
    assert "nope" not in str(caught.value)
    with pytest.raises(pytest.fail.Exception, match="mend: send application/json"):
        httpx.post(USERS, headers=KEY, content=b"x")


def test_what_is_told_on_another_thread_is_told_at_the_end() -> None:
    """
    A request of a background thread fails nobody there: the check does.
    """
    with respx.mock(assert_all_called=False) as router:
        routes = contract_routes(router)
        thread = threading.Thread(target=lambda: _swallow(lambda: httpx.post(USERS, headers=KEY, json={})))
        thread.start()
        thread.join()
    with pytest.raises(pytest.fail.Exception, match="/body/email"):
        routes.check()


def _swallow(call: Callable[[], object]) -> None:
    with contextlib.suppress(BaseException):
        call()


def test_an_answer_can_be_told_and_is_held_to_the_contract(aegis_routes: ContractRoutes) -> None:
    """
    The next call gets what the test says; an answer that no provider would give is refused.
    """
    aegis_routes.answer("getUser", 200, json=make_value(user.User, business_name="이지스"))
    with UserClient(token="key", circuit_breaker=False, strict=True) as users:
        assert users.users.get("user-1").business_name == "이지스"
        with pytest.raises(user.UserNotFoundError):
            users.users.get("user-1")
    with pytest.raises(ValueError, match="/body/user_id"):
        aegis_routes.answer("getUser", 200, json={"business_name": "이지스"})
    with pytest.raises(ValueError, match="must be a declared status"):
        aegis_routes.answer("getUser", 418)
    with pytest.raises(LookupError, match="getUser"):
        aegis_routes.answer("getUsr", 200)


def test_another_address_can_be_named() -> None:
    """
    Code that is configured for some address is answered there.
    """
    with respx.mock(assert_all_called=False) as router:
        routes = contract_routes(router, base_url="http://users.internal:8080/v2/")
        answer = httpx.get("http://users.internal:8080/v2/api/v1/users?limit=1", headers=KEY)
        assert answer.status_code == 200
        assert routes["listUsers"].called
