"""
Recommendations: the same for the same user, moved by preferences and by what the user did.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios._aegis import Aegis, code_of


def _recommended(aegis: Aegis, user_id: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = aegis.get(f"/api/v1/recommendations/users/{user_id}", **query).json()["data"][
        "recommendations"
    ]
    return found


def _prefer(aegis: Aegis, user_id: str, **preferences: Any) -> None:
    path = f"/api/v1/recommendations/users/{user_id}/preferences"
    assert aegis.http.put(path, json=preferences).status_code == 200


def _did(aegis: Aegis, user_id: str, policy_id: str, kind: str) -> Any:
    moment = "2026-11-22T14:42:03+09:00"
    body = {"user_id": user_id, "policy_id": policy_id, "interaction_type": kind, "timestamp": moment}
    return aegis.post("/api/v1/recommendations/interactions", body)


def _most(policy: dict[str, Any]) -> int:
    return int(policy.get("support_amount", {"maximum": 0})["maximum"])


def test_the_list_is_always_the_same_and_scores_never_rise(aegis: Aegis) -> None:
    """
    The same user gets the same list, best first, ten unless asked otherwise; another user gets another.
    """
    first = _recommended(aegis, "user-1")
    assert first == _recommended(aegis, "user-1")
    assert len(first) == 10
    scores = [policy["score"] for policy in _recommended(aegis, "user-1", limit=100)]
    assert scores == sorted(scores, reverse=True)
    assert _recommended(aegis, "user-1", limit=3) == first[:3]
    assert first != _recommended(aegis, "user-2")


def test_region_and_industry_of_a_registered_user_count(aegis: Aegis) -> None:
    """
    A policy for the user's own region and industry scores higher, and says why.
    """
    user_id = aegis.register(region="41", industry_code="26429")
    found = {policy["policy_id"]: policy for policy in _recommended(aegis, user_id, limit=100)}
    assert "사업장 소재지가 지원 지역입니다." in found["PLCY-2026-000417"]["reasons"]
    assert "업종(한국표준산업분류)이 지원 대상입니다." in found["PLCY-2026-000417"]["reasons"]
    assert found["PLCY-2026-000417"]["score"] >= 0.65


@pytest.mark.parametrize(
    ("preferences", "fits"),
    [
        ({"support_types": ["loan"]}, lambda policy: policy["support_type"] == "loan"),
        ({"regions": ["50"]}, lambda policy: "50" in policy.get("regions", ["50"])),
        ({"regions": ["45"]}, lambda policy: "52" in policy.get("regions", ["52"])),
        ({"minimum_support_amount": 50_000_000}, lambda policy: _most(policy) >= 50_000_000),
        ({"excluded_policy_ids": ["PLCY-2026-000417"]}, lambda policy: policy["policy_id"] != "PLCY-2026-000417"),
    ],
)
def test_preferences_choose(aegis: Aegis, preferences: dict[str, Any], fits: Any) -> None:
    """
    Preferences take effect with the next recommendations, and are forgotten when replaced.
    """
    everything = _recommended(aegis, "user-1", limit=100)
    _prefer(aegis, "user-1", **preferences)
    chosen = _recommended(aegis, "user-1", limit=100)
    assert chosen == [policy for policy in everything if fits(policy)]
    assert 0 < len(chosen) < len(everything)
    _prefer(aegis, "user-1")
    assert _recommended(aegis, "user-1", limit=100) == everything


def test_preferences_that_the_contract_does_not_name_are_kept(aegis: Aegis) -> None:
    """
    Further properties are stored and given back, with the time of the change.
    """
    path = "/api/v1/recommendations/users/user-1/preferences"
    said = aegis.http.put(path, json={"support_types": ["loan"], "색": "파랑"}).json()["data"]
    assert (said["support_types"], said["색"], "updated_at" in said) == (["loan"], "파랑", True)


def test_what_the_user_did_moves_the_list(aegis: Aegis) -> None:
    """
    A dismissed policy is not shown again, one that was kept for later scores higher.
    """
    first, second = _recommended(aegis, "user-1", limit=2)
    assert _did(aegis, "user-1", first["policy_id"], "dismissed").status_code == 202
    _did(aegis, "user-1", second["policy_id"], "bookmarked")
    [now] = _recommended(aegis, "user-1", limit=1)
    assert now["policy_id"] == second["policy_id"]
    assert now["score"] > second["score"]


def test_who_is_unknown(aegis: Aegis) -> None:
    """
    Every well-formed id is known but that of a deleted user, and ids that begin with unknown.
    """
    user_id = aegis.register()
    aegis.http.delete(f"/api/v1/users/{user_id}", params={"reason": "test"})
    for unknown in (user_id, "unknown-1"):
        assert code_of(aegis.get(f"/api/v1/recommendations/users/{unknown}")) == (404, "user_not_found")
        assert code_of(_did(aegis, unknown, "PLCY-2026-000417", "viewed")) == (404, "user_not_found")
    assert code_of(_did(aegis, "user-1", "PLCY-1999-000001", "viewed")) == (404, "policy_not_found")
