"""
The reference service (docs/examples/user_service) when a neighbour says no, or nothing; its contract is held elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from aegis_contracts import bundled, load
from aegis_contracts.exchange import ResponseChecker
from tests.reference_service import KEY, MailServer, UserService, running
from tests.scenarios._aegis import registration

NOWHERE = "127.0.0.1:1"
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[UserService, MailServer, Path]]:
    """
    The service, with no Kafka and no SMS gateway.
    """
    folder = tmp_path_factory.mktemp("service")
    with running(folder, NOWHERE, AEGIS_SMS_URL=f"http://{NOWHERE}") as (service, mails):
        yield service, mails, folder


@pytest.fixture
def client(started: tuple[UserService, MailServer, Path]) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=started[0].url, headers=headers, timeout=60) as made:
        yield made


def test_it_starts_without_kafka(client: httpx.Client) -> None:
    """
    A service whose broker is away serves, and its health says what is missing, as the contract has it.
    """
    answer = client.get("/health")
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert checks["kafka"] == "unhealthy: no broker is reachable"
    assert {checks["database"], checks["redis"], checks["mail"]} == {"healthy"}
    assert client.get("/ready").status_code == 200
    checker = ResponseChecker(load(bundled() / "openapi" / "user.yaml").operations["getHealth"])
    assert checker.violations(answer.status_code, dict(answer.headers), answer.content) == []


def test_a_registration_waits_for_nobody(client: httpx.Client, started: tuple[UserService, MailServer, Path]) -> None:
    """
    Without Kafka a user registers all the same; the mail leaves, and nothing of the user is in the log.
    """
    body = registration("haeun.park@example.com", business_registration_number="120-81-47521", start_date=None)
    assert client.post("/api/v1/users", json=body).status_code == 201
    end = time.monotonic() + 30
    while "haeun.park@example.com" not in started[1].recipients.values():
        assert time.monotonic() < end, "no mail has come"
        time.sleep(0.05)
    said = (started[2] / "service.log").read_text()
    for personal in ("haeun.park", "correct-horse", "010-1234-5678", "120-81-47521", KEY):
        assert personal not in said


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"representative_name": "남의이름"}, "mismatch"),
        ({"business_registration_number": "999-00-02009", "start_date": None}, "suspended"),
        ({"business_registration_number": "999-00-03008", "start_date": None}, "closed"),
        ({"business_registration_number": "123-45-67890", "start_date": None}, "unregistered"),
        ({"business_registration_number": "000-00-00000", "start_date": None}, "unregistered"),
    ],
)
def test_a_business_that_is_not_confirmed(client: httpx.Client, changes: dict[str, Any], reason: str) -> None:
    """
    The registry's no is 422 with the reason, and nobody is stored.
    """
    answer = client.post("/api/v1/users", json=registration("jiho.choi@example.com", **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, "business_not_active")
    assert answer.json()["reason"] == reason
    listed = client.get("/api/v1/users", params={"limit": 100}).json()["data"]
    assert "jiho.choi@example.com" not in {user["email"] for user in listed}


def test_an_sms_gateway_that_is_away(client: httpx.Client) -> None:
    """
    It is 503, and the code that nobody was sent is none.
    """
    made = client.post(
        "/api/v1/users",
        json=registration("yuna.lim@example.com", business_registration_number="220-81-62517", start_date=None),
    )
    user = f"/api/v1/users/{made.json()['user_id']}"
    refused = client.post(f"{user}/phone-verifications")
    assert (refused.status_code, refused.json()["code"]) == (503, "sms_unavailable")
    assert "retry-after" in refused.headers
    confirmed = client.post(f"{user}/phone-verifications/confirm", json={"code": "123456"})
    assert (confirmed.status_code, confirmed.json()["code"]) == (409, "code_not_requested")


def test_a_registry_that_is_away(client: httpx.Client) -> None:
    """
    It is 503 with the time to wait, nothing is stored, and the same request may come again.
    """
    body = registration("doyun.han@example.com", business_registration_number="999-00-05030", start_date=None)
    for _ in range(2):
        answer = client.post("/api/v1/users", json=body, headers={"idempotency-key": "once"})
        assert (answer.status_code, answer.json()["code"]) == (503, "registry_unavailable")
        assert int(answer.headers["retry-after"]) > 0
