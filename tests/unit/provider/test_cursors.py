"""
Cursors and profile changes.
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from aegis_sdk.errors import ConfigurationError, EventValidationError
from aegis_sdk.events import UserProfileUpdated, encode, parse
from aegis_sdk.provider import Cursors, ProblemError, profile_changes

SECRET = "a secret of the service's own"


def test_a_cursor_is_stable_and_opaque() -> None:
    """
    The same place has the same cursor; it comes back as it was, and fits the contract's bounds.
    """
    cursors = Cursors(SECRET)
    place = {"id": "01998b1e-7c41", "at": 1.5, "이름": "가"}
    made = cursors.write(place)
    assert made == cursors.write(dict(reversed(place.items()))) == Cursors(SECRET).write(place)
    assert cursors.read(made) == place
    assert "01998b1e" not in made
    assert len(made) <= 512
    with pytest.raises(ValueError, match="512"):
        cursors.write({"id": "x" * 600})


def forged() -> list[str]:
    good = Cursors(SECRET).write({"id": "a"})
    raw = base64.urlsafe_b64decode(good + "==")
    changed = base64.urlsafe_b64encode(raw[:-2] + b"b}").decode().rstrip("=")
    return ["", "x", "!!", "한글", good[:-1], good + "A", good + "=", changed, "e30", "A" * 600, good.swapcase()]


@pytest.mark.parametrize("cursor", forged())
def test_forged_cursors_are_refused(cursor: str) -> None:
    """
    What this service did not make is 400 and names the parameter, without repeating it.
    """
    with pytest.raises(ProblemError) as caught:
        Cursors(SECRET).read(cursor)
    assert (caught.value.code, caught.value.violations[0].pointer) == ("invalid_request", "/query/cursor")


def test_a_cursor_belongs_to_its_query() -> None:
    """
    A cursor is good only with the filters it was made for; a filter that is not set is as none.
    """
    cursors = Cursors(SECRET)
    made = cursors.write({"id": "a"}, {"status": "active", "region": None})
    assert cursors.read(made, {"status": "active"}) == {"id": "a"}
    for query in ({}, {"status": "pending"}, {"status": "active", "region": "41"}):
        with pytest.raises(ProblemError):
            cursors.read(made, query)


def test_secrets_can_be_changed() -> None:
    """
    After a change of secrets the cursors of before are still read, until the old secret is dropped.
    """
    old, new = "the secret of last year", "the secret of this year"
    made = Cursors(old).write({"id": "a"})
    assert Cursors(new, old).read(made) == {"id": "a"}
    assert Cursors(new, old).write({"id": "a"}) != made
    with pytest.raises(ProblemError):
        Cursors(new).read(made)
    with pytest.raises(ConfigurationError):
        Cursors()
    with pytest.raises(ConfigurationError):
        Cursors("short")


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 25])
def test_pages(count: int) -> None:
    """
    Whatever the number of rows, following the cursors shows each once and then stops.
    """
    cursors = Cursors(SECRET)
    rows = list(range(count))
    seen: list[int] = []
    cursor: str | None = None
    for _ in range(count + 1):
        after = cursors.read(cursor)["after"] if cursor else -1
        found = cursors.page([row for row in rows if row > after][: 5 + 1], 5, lambda row: {"after": row})
        seen += found.items
        assert found.page == {"next_cursor": found.next_cursor, "has_more": found.next_cursor is not None}
        if (cursor := found.next_cursor) is None:
            break
    assert seen == rows


BEFORE: dict[str, Any] = {"business_name": "가게", "phone_number": "010-1234-5678", "industry_code_revision": 1}


def test_only_what_changed_is_told() -> None:
    """
    A patch that repeats what is there changes nothing; null removes, a new field had none before.
    """
    assert not profile_changes(BEFORE, dict(BEFORE))
    assert not profile_changes(BEFORE, {"region": None})
    found = profile_changes(BEFORE, {"business_name": "가게", "phone_number": None, "region": "41"})
    assert found.changed_fields == ("phone_number", "region")
    assert found.old_values == {"phone_number": "010-1234-5678", "region": None}
    assert found.new_values == {"phone_number": None, "region": "41"}
    assert "010-1234" not in repr(found)
    assert profile_changes({"industry_code_revision": True}, {"industry_code_revision": 1})
    assert profile_changes({"a": [1]}, {"a": (1,)}, ["a"]).changed_fields == ()
    for other in ([2], [1, 2], [True], []):
        assert profile_changes({"a": [1]}, {"a": other}, ["a"]).changed_fields == ("a",)
    assert not profile_changes(BEFORE, {"email": "a@b.kr", "password": "x"})


def test_the_event_of_a_change() -> None:
    """
    The event of a change meets its contract; of no change there is none.
    """
    event = profile_changes(BEFORE, {"business_name": "새 가게"}).event("u1")
    assert isinstance(event, UserProfileUpdated)
    assert event.aggregate_id == "u1"
    assert b'"changedFields":["business_name"]' in encode(event)
    with pytest.raises(ValueError, match="nothing changed"):
        profile_changes(BEFORE, {}).event("u1")


@pytest.mark.parametrize(
    ("changed", "old", "new", "places"),
    [
        (["business_name"], {}, {"business_name": "b"}, ["/data/oldValues"]),
        (["business_name"], {"business_name": "a"}, {"phone_number": "b"}, ["/data/newValues"]),
        (["a", "b"], {"a": 1}, {"a": 2}, ["/data/oldValues", "/data/newValues"]),
        (["a"], {"a": 1, "b": 1}, {"a": 2, "b": 2}, ["/data/oldValues", "/data/newValues"]),
    ],
)
def test_events_that_contradict_themselves_are_refused(
    changed: list[str], old: dict[str, Any], new: dict[str, Any], places: list[str]
) -> None:
    """
    An event whose changedFields and values disagree is refused when it is made, and when it is written however it was
    made; one that another service wrote is read all the same. No value is told.
    """
    good = UserProfileUpdated.new(user_id="u1", changed_fields=["a"], old_values={"a": 1}, new_values={"a": 2})
    assert parse(encode(good)) == good
    with pytest.raises(EventValidationError) as made:
        UserProfileUpdated.new(user_id="u1", changed_fields=changed, old_values=old, new_values=new)
    data = msgspec.structs.replace(good.data, changed_fields=tuple(changed), old_values=old, new_values=new)
    event = msgspec.structs.replace(good, data=data)
    for message in (event, msgspec.to_builtins(event)):
        for _ in range(2):
            with pytest.raises(EventValidationError) as written:
                encode(message)
            assert [one.pointer for one in written.value.violations] == places
    assert [one.pointer for one in made.value.violations] == places
    assert "must have exactly the names that /data/changedFields lists" in str(made.value)
    assert parse(msgspec.json.encode(event)) == event
