"""
What holds for all Aegis behaviours: no invalid answer, no crash, no secret kept.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from aegis_contracts import bundled, load
from aegis_mockserver import Site, World
from aegis_mockserver.behaviours.aegis._moments import Moment
from aegis_mockserver.behaviours.lint import without_behaviour

BODY: dict[str, Any] = {
    "email": "minjun.lee@example.com",
    "password": "canary-horse-battery",
    "business_registration_number": "220-81-62517",
    "business_name": "네이버 주식회사",
    "phone_number": "010-9876-5432",
}


def test_every_operation_has_a_behaviour(site: Site) -> None:
    """
    No operation of the Aegis contracts is left to examples.
    """
    assert [finding for contract in site.contracts for finding in without_behaviour(contract)] == []
    assert sum(served.behave is not None for served in site.operations) >= 20


def test_requests_that_break_the_contract_crash_nothing(lenient_client: httpx.Client) -> None:
    """
    A mock that was told not to refuse answers nonsense too, and never with 500.
    """
    paths = ("/users", "/email-verifications/confirm", "/password-resets", "/status", "/validate")
    bodies: list[Any] = [{}, [], None, {"b_no": [1, None]}, {"businesses": [{}]}, {"token": 5}, {"email": ["x"]}]
    for path in (*(f"/api/v1{path}" for path in paths), "/v1/messages"):
        for body in bodies:
            answer = lenient_client.post(path, json=body)
            assert answer.status_code < 500, (path, body, answer.text)
    assert lenient_client.get("/metrics").status_code == 200
    assert lenient_client.get("/api/v1/users", params={"limit": "many", "cursor": ""}).status_code < 500


def test_the_password_is_kept_nowhere(client: httpx.Client, world: World) -> None:
    """
    After a registration and a reset neither stores nor messages nor events hold a password.
    """
    client.post("/api/v1/users", json=BODY)
    client.post("/api/v1/password-resets", json={"email": BODY["email"]})
    token = list(world.inbox)[-1].variables["reset_link"].partition("token=")[2]
    done = client.post("/api/v1/password-resets/confirm", json={"token": token, "new_password": "canary-otter-lamp"})
    assert done.status_code == 200
    kept = json.dumps([world.snapshot(), [message.as_value() for message in world.inbox]], ensure_ascii=False)
    assert "canary" not in kept + "".join(event.value.decode() for event in world.events)


def test_ids_and_tokens_follow_the_seed(site: Site) -> None:
    """
    A world of the same name and seed gives the same ids again, another name gives others; no two are alike.
    """
    first, again, other = World("w", seed="s"), World("w", seed="s"), World("x", seed="s")
    row = [str(first.new_uuid()) for _ in range(100)]
    assert row == [str(again.new_uuid()) for _ in range(100)]
    assert len({*row, *(str(other.new_uuid()) for _ in range(100))}) == 200


@pytest.mark.parametrize(
    ("moment", "midnight"),
    [
        ("2026-11-22T14:59:59+00:00", "2026-11-21T15:00:00.000Z"),
        ("2026-11-22T15:00:00+00:00", "2026-11-22T15:00:00.000Z"),
    ],
)
def test_a_day_begins_in_korea(moment: str, midnight: str) -> None:
    """
    Midnight is nine hours before that of UTC.
    """
    assert Moment(datetime.fromisoformat(moment)).midnight().text == midnight


def test_times_are_written_in_utc() -> None:
    """
    A moment is written with milliseconds and Z, whatever its offset.
    """
    assert Moment(datetime(2026, 1, 2, 3, 4, 5, 678_900, UTC)).text == "2026-01-02T03:04:05.678Z"


def test_an_answer_in_the_tax_services_shape_meets_the_contract(client: httpx.Client, world: World) -> None:
    """
    Refusals in shapes of their own are checked like every answer before they leave.
    """
    for base in ("/api/v1", "/api/nts-businessman/v1"):
        client.post(f"{base}/status", content=b"{", headers={"Content-Type": "application/json"})
        client.post(f"{base}/status", json={})
        client.post(f"{base}/validate", json={"businesses": [{}] * 101})
        client.post(f"{base}/status", json={"b_no": ["1248100998"]}, headers={"Authorization": ""})
    statuses = [exchange.reply.status for exchange in world.journal]
    assert statuses == [400, 411, 413, 401] * 2
    assert not [exchange.reply_violations for exchange in world.journal if exchange.reply_violations]


@pytest.mark.parametrize(
    ("sort", "wanted"), [("business_name", ["가", "나", "다"]), ("-business_name", ["다", "나", "가"])]
)
def test_users_are_sorted_as_soon_as_the_contract_says_so(tmp_path: Path, sort: str, wanted: list[str]) -> None:
    """
    A sort that the User API declares is honoured, as in every other list.
    """
    shutil.copytree(bundled() / "openapi", tmp_path, dirs_exist_ok=True)
    path = tmp_path / "user.yaml"
    text, status = path.read_text(), "        - name: status\n"
    assert text.count(status) == 1
    path.write_text(text.replace(status, f"        - {{name: sort, in: query, schema: {{type: string}}}}\n{status}"))
    site = Site([load(path)])
    get = next(one for one in site.contracts[0].all_operations() if one.key == "getUser")
    user = next(iter(get.responses["200"].content["application/json"].examples.values())).value
    for name in ("나", "가", "다"):
        user_id = str(uuid4())
        site.worlds.default.store("/api/v1/users").put(user_id, {**user, "user_id": user_id, "business_name": name})
    reply = site.respond("GET", f"/api/v1/users?sort={sort}".encode(), ((b"authorization", b"Bearer key"),))
    assert [user["business_name"] for user in json.loads(reply.body)["data"]] == wanted
