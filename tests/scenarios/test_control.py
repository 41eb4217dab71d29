"""
The control API: what it shows, what it steers, and what it hides.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts import load
from aegis_contracts.lint import lint
from tests.scenarios._aegis import Aegis, code_of, registration


def test_its_own_description_is_a_sound_contract(aegis: Aegis) -> None:
    """
    /__mock__/openapi.json is an OpenAPI document without errors, and has every operation of /__mock__/api.
    """
    document = aegis.get("/__mock__/openapi.json").json()
    assert [finding for finding in lint(load(document), strict=False) if finding.severity == "error"] == []
    listed = aegis.get("/__mock__/api").json()["operations"]
    assert len(listed) > 25
    assert all(entry["summary"] and entry["method"].lower() in document["paths"][entry["path"]] for entry in listed)


def test_health_counts_what_is_served(aegis: Aegis) -> None:
    """
    The mock says that it is up, with the numbers of contracts and operations.
    """
    said = aegis.get("/__mock__/health").json()
    assert (said["status"], said["contracts"]) == ("healthy", 6)
    assert said["operations"] == len(aegis.get("/__mock__/operations").json()["operations"])


def test_the_journal_hides_secrets_and_personal_keys(aegis: Aegis) -> None:
    """
    Credentials, passwords, tokens and codes never leave through the journal, in no form of it.
    """
    canary = "canary-horse-battery"
    aegis.http.headers["Authorization"] = f"Bearer {canary}"
    user_id = aegis.register(password=canary)
    aegis.post("/api/v1/password-resets/confirm", {"token": canary, "new_password": canary})
    aegis.http.post(
        "/api/v1/users",
        content=b'{"password": "' + canary.encode() + b'"',
        headers={"Content-Type": "application/json"},
    )
    aegis.get("/api/v1/business-info", businessRegNo="1248100998", serviceKey=canary)
    aegis.post("/v1/messages", {"to": "010-1234-5678", "message": canary, "from": "02-1234-5678"})
    numbers = [exchange["number"] for exchange in aegis.get("/__mock__/journal").json()["exchanges"]]
    assert len(numbers) == 5
    pages = [aegis.get(f"/__mock__/journal/{number}").text for number in numbers]
    pages += [aegis.get(f"/__mock__/journal{kind}").text for kind in ("", "/har", "/examples")]
    miss = aegis.post("/__mock__/verify", {"operation": "registerUser", "body": {"password": "another", "email": "x"}})
    assert not [page for page in [*pages, miss.text] if canary in page]
    assert user_id in pages[-2]


def test_one_exchange_has_headers_and_bodies(aegis: Aegis) -> None:
    """
    An exchange by its number tells request and response, and the violations with how to mend them.
    """
    aegis.post("/api/v1/users", registration("no address"))
    [listed] = aegis.get("/__mock__/journal", violations="true").json()["exchanges"]
    assert (listed["operation"], listed["status"], listed["origin"]) == ("registerUser", 400, "problem")
    whole = aegis.get(f"/__mock__/journal/{listed['number']}").json()
    assert whole["request"]["body"]["business_name"] == "삼성전자 주식회사"
    assert whole["response"]["body"]["code"] == "invalid_request"
    assert [violation["pointer"] for violation in whole["violations"]] == ["/body/email", "/body/email"]
    assert code_of(aegis.get("/__mock__/journal/999")) == (404, "no_such_exchange")


def test_calls_are_counted_and_the_nearest_miss_is_explained(aegis: Aegis) -> None:
    """
    "Was this operation called with that body, once?" is answered, and when not, with what came nearest.
    """
    aegis.register()
    wanted: dict[str, Any] = {"operation": "registerUser", "body": {"email": "seoyeon.kim@example.com"}, "times": 1}
    assert aegis.post("/__mock__/verify", wanted).json()["ok"] is True
    missed = aegis.post("/__mock__/verify", {**wanted, "body": {"email": "x@example.com"}}).json()
    assert (missed["ok"], missed["count"]) == (False, 0)
    assert missed["nearest"]["differences"] == ['/body/email is "seoyeon.kim@example.com", not "x@example.com"']


def test_a_reset_makes_the_world_as_new(aegis: Aegis) -> None:
    """
    After a reset there are no users, mails, events, faults, and the clock runs with the machine's.
    """
    first = aegis.register()
    aegis.advance(1_000_000)
    aegis.post("/__mock__/faults", {"operation": "registerUser", "status": 503})
    assert aegis.post("/__mock__/reset").status_code == 204
    assert not aegis.mails()
    assert not aegis.events()
    assert aegis.get("/__mock__/clock").json()["offset"] == 0
    assert aegis.register() == first, "the same seed and world give the same ids"


def test_a_snapshot_brings_everything_back(aegis: Aegis) -> None:
    """
    What a snapshot holds is there again after it was restored: users, tokens, time.
    """
    user_id = aegis.register()
    token = aegis.mails()[0]["token"]
    snapshot = aegis.get("/__mock__/snapshot").json()
    aegis.http.delete(f"/api/v1/users/{user_id}", params={"reason": "test"})
    assert aegis.http.put("/__mock__/snapshot", json=snapshot).status_code == 204
    assert aegis.post("/api/v1/email-verifications/confirm", {"token": token}).json()["user_id"] == user_id


def test_the_clock_is_set_frozen_and_advanced(aegis: Aegis) -> None:
    """
    A world's time stands where a test puts it.
    """
    said = aegis.post("/__mock__/clock", {"set": "2026-12-31T23:59:00+09:00", "frozen": True}).json()
    assert said == {"now": "2026-12-31T14:59:00.000Z", "frozen": True, "offset": 0.0}
    aegis.advance(60)
    user_id = aegis.register()
    assert aegis.get(f"/api/v1/users/{user_id}").json()["created_at"] == "2026-12-31T15:00:00.000Z"


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "/clock", {"advance_seconds": "soon"}, "number of seconds"),
        ("POST", "/clock", {"set": "tomorrow"}, "point in time"),
        ("POST", "/clock", {"set": "9999-12-31T23:59:59Z", "advance_seconds": 1e9}, "cannot go there"),
        ("POST", "/clock", {"advance": 5}, "unknown member 'advance'"),
        ("POST", "/clock", [], "JSON object"),
        ("POST", "/checks", {"kafka": 1}, "why it fails"),
        ("POST", "/faults", {"latency": -1}, "negative"),
        ("PUT", "/snapshot", {}, "stores"),
        ("POST", "/state", {"users": 5}, "items"),
        ("POST", "/verify", {"operations": "x"}, "unknown member"),
        ("GET", "/events?limit=many", None, "whole number"),
        ("PATCH", "/settings", {"validate": "never"}, "strict"),
    ],
)
def test_what_cannot_be_used_is_explained(aegis: Aegis, method: str, path: str, body: Any, said: str) -> None:
    """
    A control request that says something unknown or impossible is 400, and the answer says what is possible.
    """
    answer = aegis.http.request(method, f"/__mock__{path}", json=body)
    assert code_of(answer) == (400, "unusable_request")
    assert said in answer.json()["detail"]
