"""
Several items in one request: found, changed, deleted.
"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import value
from .parks import PARK, TEXT, Make, array, make, members, names, operation, parks


def test_a_search_finds_what_its_body_asks_for(make_client: Make) -> None:
    """
    Members of a search's body, or of its filter, that are called as an item's are what found items have.
    """
    paths = {"/parks/search": {"post": operation("200", array(PARK), members(name=TEXT, filter=members(name=TEXT)))}}
    call = make_client(parks(**paths))
    for name in ("one", "other"):
        make(call, "/parks", {"name": name})
    for body in ({"name": "other"}, {"filter": {"name": "other"}}):
        assert [one["name"] for one in value(call("POST", "/parks/search", body))] == ["other"]
    assert len(value(call("POST", "/parks/search", {}))) == 2


@pytest.mark.parametrize(
    ("path", "deleting", "ask"),
    [
        ("/parks", {"delete": operation("204", None, None, "ids")},
         lambda ids: ("DELETE", f"/parks?ids={','.join(ids)}")),
        ("/parks/bulk-delete", {"post": operation("204", None, members(ids=array(TEXT)))},
         lambda ids: ("POST", "/parks/bulk-delete", {"ids": ids})),
        ("/parks:batchDelete", {"post": operation("204", None, members(names=array(TEXT)))},
         lambda ids: ("POST", "/parks:batchDelete", {"names": ids})),
        ("/parks", {"delete": operation("204", None, array(members(id=TEXT)))},
         lambda ids: ("DELETE", "/parks", [{"id": each} for each in ids])),
        ("/parks", {"delete": operation("204", None, None, "name")}, lambda ids: ("DELETE", "/parks?name=gone")),
    ],
)  # fmt: skip
def test_several_are_deleted_at_once(make_client: Make, path: str, deleting: Any, ask: Any) -> None:
    """
    A request that names several items, or filters them, deletes those and no others.
    """
    contract = parks()
    contract["paths"].setdefault(path, {}).update(deleting)
    call = make_client(contract)
    ids = [make(call, "/parks", {"name": name})["id"] for name in ("gone", "stays", "gone")]
    assert call(*ask([ids[0], ids[2]])).status == 204
    assert names(call, "/parks") == ["stays"]
    assert call("GET", f"/parks/{ids[0]}").status == 404


def test_all_are_deleted_where_nothing_can_be_said_of_them(make_client: Make) -> None:
    """
    ``DELETE`` of a collection that takes no parameters empties it; with one that nobody understands nothing goes.
    """
    for query, left in (((), 0), (("before",), 2)):
        contract = parks()
        contract["paths"]["/parks"]["delete"] = operation("204", None, None, *query)
        call = make_client(contract)
        for name in ("a", "b"):
            make(call, "/parks", {"name": name})
        assert call("DELETE", "/parks" + ("?before=2020" if query else "")).status == 204
        assert len(names(call, "/parks")) == left


def test_several_are_changed_at_once(make_client: Make) -> None:
    """
    PATCH of a collection changes each item that it has, and none where one does not exist.
    """
    contract = parks()
    contract["paths"]["/parks"]["patch"] = operation("200", array(PARK), array(PARK))
    call = make_client(contract)
    ids = [make(call, "/parks", {"name": name})["id"] for name in ("a", "b", "c")]
    assert call("PATCH", "/parks", [{"id": ids[0], "name": "x"}, {"id": "nobody", "name": "y"}]).status == 404
    assert names(call, "/parks") == ["a", "b", "c"]
    assert call("PATCH", "/parks", [{"id": ids[0], "name": "x"}, {"id": ids[2], "name": "z"}]).status == 200
    assert names(call, "/parks") == ["x", "b", "z"]
