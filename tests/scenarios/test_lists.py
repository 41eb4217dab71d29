"""
Pages of users: stable, complete, filtered.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios._aegis import Aegis, business_number, code_of


def _many(aegis: Aegis, number: int) -> list[str]:
    alone: dict[str, Any] = {"start_date": None, "representative_name": None}
    regions = ("11", "41")
    return [
        aegis.register(
            f"user{index}@example.com",
            business_registration_number=business_number(index),
            region=regions[index % 2],
            **alone,
        )
        for index in range(number)
    ]


def _pages(aegis: Aegis, **query: Any) -> list[list[str]]:
    pages: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = aegis.get("/api/v1/users", **query, **cursor).json()
        pages.append([user["user_id"] for user in answer["data"]])
        assert answer["page"]["has_more"] is (answer["page"]["next_cursor"] is not None)
        if answer["page"]["next_cursor"] is None:
            return pages
        cursor = {"cursor": answer["page"]["next_cursor"]}


def test_pages_hold_every_user_once_in_the_order_of_registration(aegis: Aegis) -> None:
    """
    Following the cursors gives every user exactly once, in the order of registration.
    """
    ids = _many(aegis, 7)
    assert _pages(aegis, limit=3) == [ids[:3], ids[3:6], ids[6:]]
    assert _pages(aegis) == [ids]


def test_filters_are_combined_and_paged(aegis: Aegis) -> None:
    """
    A filter keeps those that fit, over pages too; filters are combined.
    """
    ids = _many(aegis, 6)
    assert _pages(aegis, region="41", limit=2) == [[ids[1], ids[3]], [ids[5]]]
    assert _pages(aegis, region="41", status="active") == [[]]
    assert _pages(aegis, region="11", status="pending") == [[ids[0], ids[2], ids[4]]]


def test_a_user_deleted_between_two_pages_does_not_move_the_others(aegis: Aegis) -> None:
    """
    When the last user of a page is deleted, the next page still begins with the one after.
    """
    ids = _many(aegis, 5)
    cursor = aegis.get("/api/v1/users", limit=2).json()["page"]["next_cursor"]
    for gone in (ids[0], ids[1]):
        aegis.http.delete(f"/api/v1/users/{gone}", params={"reason": "test"})
    following = aegis.get("/api/v1/users", limit=2, cursor=cursor).json()
    assert [user["user_id"] for user in following["data"]] == ids[2:4]


def test_an_update_does_not_change_the_order(aegis: Aegis) -> None:
    """
    A user that is changed stays where it is.
    """
    ids = _many(aegis, 3)
    aegis.patch(f"/api/v1/users/{ids[0]}", {"business_name": "새이름"})
    assert _pages(aegis) == [ids]


@pytest.mark.parametrize("cursor", ["made-up", "%%%", "eyJhZnRlciI6IjAxOTk4YjFlIn0", "한국"])
def test_a_cursor_that_nobody_gave_out_is_refused(aegis: Aegis, cursor: str) -> None:
    """
    A cursor that this service did not make is 400 and names the parameter.
    """
    answer = aegis.get("/api/v1/users", cursor=cursor)
    assert code_of(answer) == (400, "invalid_request")
    assert [violation["pointer"] for violation in answer.json()["violations"]] == ["/query/cursor"]
