"""
Who calls: the service's own word on credentials, at the contract's door.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from aegis_contracts.exchange import Credential
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.provider import ApiKeys, ContractMiddleware
from aegis_sdk.provider.asgi._contract import Authenticate, Mode
from aegis_sdk.provider.fastapi import install
from aegis_sdk.provider.user import FORBIDDEN


async def answered(authenticate: Authenticate | None, key: str | None, mode: Mode = "strict", **sent: Any) -> Any:
    """
    What a service with one operation answers to a key.
    """
    app = FastAPI()

    @app.get("/metrics")
    async def metrics(request: Request) -> dict[str, Any]:
        caller = request.scope.get("aegis.caller")
        figures = {"active_users": 1, "registrations_today": 0, "verification_rate": 0, "avg_response_time": 0}
        return {**figures, "caller": caller}

    install(app, mode=mode, authenticate=authenticate)
    headers = {"authorization": f"Bearer {key}"} if key is not None else {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        return await client.get("/metrics", headers=headers, **sent)


@pytest.mark.parametrize("mode", ["strict", "report"])
async def test_only_issued_keys_go_through(mode: Mode) -> None:
    """
    A key of the service's is its caller's; any other, and none, is 401 with a challenge, whether the contract is
    enforced or only reported.
    """
    keys = ApiKeys({"billing": ["old", "new"], "policy": "key-of-policy"})
    assert (await answered(keys, "new", mode)).json()["caller"] == "billing"
    assert (await answered(keys, "key-of-policy", mode)).json()["caller"] == "policy"
    for wrong in ("nobody's", "", None):
        refused = await answered(keys, wrong, mode)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
        assert refused.headers["www-authenticate"].startswith("Bearer ")


async def test_a_credential_is_looked_at_first() -> None:
    """
    Who may not call is not told what is wrong with the request.
    """
    assert (await answered(ApiKeys(["k"]), "wrong", params={"limit": "1"})).status_code == 401


async def test_the_service_may_ask_elsewhere() -> None:
    """
    An asynchronous answer counts, and a known caller may be forbidden.
    """

    async def ask(credential: Credential) -> str | None:
        if credential.value == "suspended":
            raise FORBIDDEN.error("This key is suspended.")
        return "somebody" if credential.value == "good" else None

    assert (await answered(ask, "good")).json()["caller"] == "somebody"
    assert (await answered(ask, "bad")).status_code == 401
    assert (await answered(ask, "suspended")).json()["code"] == "forbidden"


async def test_without_it_the_form_decides() -> None:
    """
    A service that does not say who may call takes every credential of the right form.
    """
    assert (await answered(None, "anything")).status_code == 200
    assert (await answered(None, None)).status_code == 401


def test_nobody_is_let_in_by_mistake() -> None:
    """
    No key, an empty key, and a door that is not looked at are refused when they are made; a key is never shown.
    """
    for wrong in ([], [""], {"billing": ["k", ""]}):
        with pytest.raises(ConfigurationError):
            ApiKeys(wrong)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="off"):
        ContractMiddleware(FastAPI(), mode="off", authenticate=ApiKeys(["k"]))
    assert "s3cret" not in repr(ApiKeys(["s3cret"]))
