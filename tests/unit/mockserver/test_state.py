"""
Collections and items are stores, without anybody saying so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .conftest import Client, header, pets, value


def test_what_is_posted_can_be_read(call: Client) -> None:
    """
    POST creates with an id of the server's; GET returns it, the Location too.
    """
    reply = call("POST", "/pets", {"name": "Bori", "tag": "dog"})
    made = value(reply)
    assert reply.status == 201
    assert made["name"] == "Bori"
    assert isinstance(made["id"], int)
    assert value(call("GET", f"/pets/{made['id']}")) == made
    assert value(call("GET", header(reply, "location") or "")) == made


def test_location_knows_the_base_path(call: Client) -> None:
    """
    Location leads back to where the request came in.
    """
    reply = call("POST", "/v1/pets", {"name": "Bori"})
    assert (header(reply, "location") or "").startswith("/v1/pets/")


def test_before_anything_is_posted_examples_answer(call: Client) -> None:
    """
    An untouched store answers with the contract's examples; a used one knows what is not there.
    """
    assert value(call("GET", "/pets/5"))["name"] == "Rex"
    call("POST", "/pets", {"name": "Bori"})
    assert call("GET", "/pets/5").status == 404


def test_pages_by_cursor(call: Client) -> None:
    """
    Pages follow each other by the cursor that the envelope names, until there is none.
    """
    for number in range(5):
        call("POST", "/pets", {"name": f"pet {number}"})
    seen: list[str] = []
    target = "/pets"
    for _ in range(3):
        page = value(call("GET", target))
        assert page["total"] == 5
        seen += [pet["name"] for pet in page["data"]]
        target = f"/pets?cursor={page['next_cursor']}"
    assert seen == [f"pet {number}" for number in range(5)]
    assert page["next_cursor"] is None


def test_unknown_cursor_is_refused(call: Client) -> None:
    """
    A cursor that was never given out is a 400.
    """
    call("POST", "/pets", {"name": "Bori"})
    assert call("GET", "/pets?cursor=zzz").status == 400


def test_filters_by_declared_parameters(call: Client) -> None:
    """
    A query parameter with the name of a property filters.
    """
    call("POST", "/pets", {"name": "a", "tag": "dog"})
    call("POST", "/pets", {"name": "b", "tag": "cat"})
    assert [pet["name"] for pet in value(call("GET", "/pets?tag=cat"))["data"]] == ["b"]


def test_patch_merges_and_put_replaces(call: Client) -> None:
    """
    PATCH merges (RFC 7396: null removes), PUT replaces, the id and what the server made stay.
    """
    made = value(call("POST", "/pets", {"name": "a", "tag": "dog"}))
    path = f"/pets/{made['id']}"
    patched = value(call("PATCH", path, {"tag": None, "name": "b"}, content_type="application/merge-patch+json"))
    assert (patched["name"], "tag" in patched, patched["id"]) == ("b", False, made["id"])
    put = value(call("PUT", path, {"name": "c", "tag": "cat"}))
    assert (put["name"], put["tag"], put["id"]) == ("c", "cat", made["id"])
    assert value(call("GET", path)) == put


def test_deleted_is_gone(call: Client) -> None:
    """
    DELETE forgets, the second is 404; this holds for examples too.
    """
    made = value(call("POST", "/pets", {"name": "a"}))
    path = f"/pets/{made['id']}"
    assert [call("DELETE", path).status, call("GET", path).status, call("DELETE", path).status] == [204, 404, 404]


def test_deleted_example_is_gone(call: Client) -> None:
    """
    An example that was deleted is not answered again.
    """
    assert [call("DELETE", "/pets/1").status, call("GET", "/pets/1").status] == [204, 404]


def test_write_only_is_never_shown(call: Client) -> None:
    """
    What the contract calls writeOnly is taken and never shown.
    """
    made = value(call("POST", "/pets", {"name": "a", "secret": "canary"}))
    assert "canary" not in str(value(call("GET", f"/pets/{made['id']}")))


def test_state_can_be_switched_off(make_client: Callable[..., Client]) -> None:
    """
    x-mock: {state: false} leaves only examples.
    """
    call = make_client({**pets(), "x-mock": {"state": False}})
    call("POST", "/pets", {"name": "a"})
    assert value(call("GET", "/pets/999"))["name"] == "Rex"


def test_worlds_are_apart(call: Client) -> None:
    """
    X-Mock-World gives everyone a state of their own.
    """
    one = value(call("POST", "/pets", {"name": "a"}, x_mock_world="one"))
    assert call("GET", f"/pets/{one['id']}", x_mock_world="one").status == 200
    call("POST", "/pets", {"name": "b"}, x_mock_world="two")
    assert value(call("GET", f"/pets/{one['id']}", x_mock_world="two"))["name"] == "b"
    assert value(call("GET", "/pets/1"))["name"] == "Rex"


def test_snapshot_and_restore(call: Client) -> None:
    """
    A snapshot brings back exactly what was there.
    """
    call("POST", "/pets", {"name": "a"})
    world = call.site.worlds.default
    snapshot = world.snapshot()
    before = value(call("GET", "/pets"))
    call("POST", "/pets", {"name": "b"})
    world.restore(snapshot)
    assert value(call("GET", "/pets")) == before


def test_huge_pages_do_no_harm(call: Client) -> None:
    """
    A cursor far beyond the end is an empty page.
    """
    call("POST", "/pets", {"name": "a"})
    reply = call("GET", "/pets?cursor=bzk5OTk5OTk5OTk5OTk5OQ")
    assert (reply.status, value(reply)["data"]) == (200, [])


def test_kept_answers_know_when_the_world_changed(call: Client) -> None:
    """
    The same GET before and after a change gives the old and the new state.
    """
    made = value(call("POST", "/pets", {"name": "a"}))
    path = f"/pets/{made['id']}"
    names: list[Any] = [value(call("GET", path))["name"], value(call("GET", path))["name"]]
    call("PUT", path, {"name": "b"})
    names.append(value(call("GET", path))["name"])
    assert names == ["a", "a", "b"]
