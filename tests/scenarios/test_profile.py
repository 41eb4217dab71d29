"""
Reading, changing and deleting users.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios._aegis import Aegis, code_of


def test_an_update_tells_only_what_changed(aegis: Aegis) -> None:
    """
    UserProfileUpdated has aggregateId = user id and only the changed names, old and new values.
    """
    user_id = aegis.register(region="41")
    answer = aegis.patch(f"/api/v1/users/{user_id}", {"business_name": "삼성전자 수원사업장", "region": "41"})
    assert answer.status_code == 200
    assert answer.json()["business_name"] == "삼성전자 수원사업장"
    [event] = aegis.events("UserProfileUpdated")
    assert event["aggregateId"] == user_id
    assert event["data"] == {
        "userId": user_id,
        "changedFields": ["business_name"],
        "oldValues": {"business_name": "삼성전자 주식회사"},
        "newValues": {"business_name": "삼성전자 수원사업장"},
    }


@pytest.mark.parametrize("changes", [{}, {"business_name": "삼성전자 주식회사"}, {"region": None}])
def test_an_update_that_changes_nothing_publishes_nothing(aegis: Aegis, changes: dict[str, Any]) -> None:
    """
    When nothing really changed there is no event, and the user is as before.
    """
    user_id = aegis.register()
    before = aegis.get(f"/api/v1/users/{user_id}").json()
    assert aegis.patch(f"/api/v1/users/{user_id}", changes).json() == before
    assert not aegis.events("UserProfileUpdated")


def test_null_removes_an_optional_property(aegis: Aegis) -> None:
    """
    In a merge patch null removes, and the event says null for it.
    """
    user_id = aegis.register(region="41")
    assert "region" not in aegis.patch(f"/api/v1/users/{user_id}", {"region": None}).json()
    [event] = aegis.events("UserProfileUpdated")
    assert (event["data"]["oldValues"], event["data"]["newValues"]) == ({"region": "41"}, {"region": None})


@pytest.mark.parametrize("name", ["email", "business_registration_number", "status"])
def test_what_cannot_be_changed_is_refused(aegis: Aegis, name: str) -> None:
    """
    E-mail address and business registration number cannot be changed.
    """
    user_id = aegis.register()
    assert code_of(aegis.patch(f"/api/v1/users/{user_id}", {name: "x@example.com"})) == (400, "invalid_request")


def test_a_new_phone_number_is_not_verified(aegis: Aegis) -> None:
    """
    After the phone number changed it has to be verified again, and a code for the old one does not work.
    """
    user_id = aegis.register()
    aegis.post(f"/api/v1/users/{user_id}/phone-verifications")
    code = aegis.sms()[0]["text"].split("인증번호: ")[1][:6]
    aegis.patch(f"/api/v1/users/{user_id}", {"phone_number": "010-2345-6789"})
    confirmed = aegis.post(f"/api/v1/users/{user_id}/phone-verifications/confirm", {"code": code})
    assert code_of(confirmed) == (409, "code_not_requested")


def test_a_deleted_user_is_gone(aegis: Aegis) -> None:
    """
    UserDeleted carries the reason; then the user is 404, and address and business are free again.
    """
    user_id = aegis.register()
    answer = aegis.http.delete(f"/api/v1/users/{user_id}", params={"reason": "business_closed"})
    assert (answer.status_code, answer.content) == (204, b"")
    [event] = aegis.events("UserDeleted")
    assert event["aggregateId"] == user_id
    assert event["data"] == {"userId": user_id, "deletionReason": "business_closed"}
    assert code_of(aegis.get(f"/api/v1/users/{user_id}")) == (404, "user_not_found")
    again = aegis.http.delete(f"/api/v1/users/{user_id}", params={"reason": "twice"})
    assert code_of(again) == (404, "user_not_found")
    assert aegis.register() != user_id


def test_a_deletion_needs_a_reason(aegis: Aegis) -> None:
    """
    Without a reason nobody is deleted.
    """
    user_id = aegis.register()
    assert code_of(aegis.http.delete(f"/api/v1/users/{user_id}")) == (400, "invalid_request")
    assert aegis.get(f"/api/v1/users/{user_id}").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("POST", "/email-verifications"),
        ("POST", "/phone-verifications"),
        ("POST", "/phone-verifications/confirm"),
    ],
)
def test_nobody_is_404_everywhere(aegis: Aegis, method: str, path: str) -> None:
    """
    Every operation on a user that does not exist says user_not_found.
    """
    body: dict[str, Any] = {"json": {"code": "123456"}} if path.endswith("confirm") else {}
    if method == "PATCH":
        body = {"content": b"{}", "headers": {"Content-Type": "application/merge-patch+json"}}
    assert code_of(aegis.http.request(method, f"/api/v1/users/nobody{path}", **body)) == (404, "user_not_found")


@pytest.mark.parametrize(
    ("credential", "expected"),
    [("", (401, "unauthorized")), ("Bearer invalid", (401, "unauthorized")), ("Bearer forbidden", (403, "forbidden"))],
)
def test_credentials_are_looked_at(aegis: Aegis, credential: str, expected: tuple[int, str]) -> None:
    """
    Any well-formed credential is accepted; none or the token invalid is 401, forbidden is 403.
    """
    headers = {"Authorization": credential, "X-Mock-World": aegis.world}
    assert code_of(aegis.http.get("/api/v1/users", headers=headers)) == expected
