"""
What is made up before anybody wrote anything: it keeps its own contract, and ends with the first write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Client, header, value
from .test_refusals_and_ends import answer, content, document

Make = Callable[..., Client]


def _path(name: str, schema: Any = None) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema or {"type": "string"}}


LINE = {
    "type": "object",
    "required": ["id", "order_id", "order"],
    "properties": {
        "id": {"type": "integer"},
        "order_id": {"type": "string"},
        "order": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
        "sku": {"type": "string"},
    },
}
SENT = {"type": "object", "properties": {"sku": {"type": "string"}}}


def orders(*, with_orders: bool = False) -> dict[str, Any]:
    """
    Lines below orders, which may have paths of their own.
    """
    order = {"type": "object", "properties": {"id": {"type": "string"}, "note": {"type": "string"}}}
    above = {
        "/orders": {"post": {"requestBody": content(SENT), "responses": {"201": answer(order)}}},
        "/orders/{oid}": {"parameters": [_path("oid")], "get": {"responses": {"200": answer(order)}}},
    }
    below = {
        "/orders/{oid}/lines": {
            "parameters": [_path("oid")],
            "get": {"responses": {"200": answer({"type": "array", "items": LINE, "minItems": 1})}},
            "post": {"requestBody": content(SENT), "responses": {"201": answer(LINE)}},
        },
        "/orders/{oid}/lines/{line}": {
            "parameters": [_path("oid"), _path("line", {"type": "integer"})],
            "get": {"responses": {"200": answer(LINE)}},
        },
    }
    return document({**(above if with_orders else {}), **below})


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ({"type": "string", "pattern": "^P-[0-9]{4}$"}, {"type": "string"}),
        ({"type": "string", "format": "uuid"}, {"type": "string"}),
        ({"type": "integer", "minimum": 1000}, {"type": "integer"}),
        ({"type": "integer"}, {"type": "string"}),
        ({"type": "string", "enum": ["a", "b"]}, {"type": "string"}),
        ({"type": "string", "maxLength": 4}, {"type": "string"}),
    ],
    ids=["pattern", "uuid", "minimum", "number", "enum", "length"],
)
def test_a_made_up_list_has_items_that_can_be_read_and_deleted(make_client: Make, address: Any, own: Any) -> None:
    """
    An id in a list that nobody wrote is one that the item's path takes; the item is the same, and deleted it is gone.
    """
    item = {"type": "object", "required": ["id", "name"], "properties": {"id": own, "name": {"type": "string"}}}
    paths = {
        "/parts": {"get": {"responses": {"200": answer({"type": "array", "items": item})}}},
        "/parts/{part}": {
            "parameters": [_path("part", address)],
            "get": {"responses": {"200": answer(item), "404": answer()}},
            "delete": {"responses": {"204": answer()}},
        },
    }
    call = make_client(document(paths))
    listed = value(call("GET", "/parts"))
    assert listed == value(call("GET", "/parts?page=1"))
    assert len({each["id"] for each in listed}) == len(listed) > 0
    for each in listed:
        assert value(call("GET", f"/parts/{each['id']}")) == each
    first, *rest = listed
    assert call("DELETE", f"/parts/{first['id']}").status == 204
    assert value(call("GET", "/parts")) == rest
    assert call("GET", f"/parts/{first['id']}").status == 404


def test_what_belongs_to_somebody_says_to_whom(make_client: Make) -> None:
    """
    A child names its owner, whatever the path's expression is called: made up, listed and made alike.
    """
    call = make_client(orders())
    for line in value(call("GET", "/orders/o7/lines")):
        assert (line["order_id"], line["order"]["id"]) == ("o7", "o7")
    seen = value(call("GET", "/orders/o7/lines/3"))
    assert (seen["id"], seen["order_id"]) == (3, "o7")
    made = value(call("POST", "/orders/o7/lines", {"sku": "s"}))
    assert (made["order_id"], made["order"]["id"], made["sku"]) == ("o7", "o7", "s")
    assert value(call("GET", f"/orders/o7/lines/{made['id']}")) == made


@pytest.mark.parametrize("with_orders", [False, True])
def test_one_child_that_was_written_ends_all_invention_of_children(make_client: Make, with_orders: bool) -> None:
    """
    After a child was written below one owner, nothing is made up below another.
    """
    call = make_client(orders(with_orders=with_orders))
    made = value(call("POST", "/orders/5/lines", {"sku": "s"}))
    assert call("GET", f"/orders/6/lines/{made['id']}").status == 404
    assert value(call("GET", "/orders/6/lines")) == []
    assert value(call("GET", "/orders/5/lines")) == [made]
    call("POST", "/__mock__/reset", b"")
    assert value(call("GET", "/orders/6/lines")) != []


def test_seed_data_of_one_owner_ends_the_invention_of_children(make_client: Make) -> None:
    """
    What the control API or a seed file put there counts as written.
    """
    call = make_client(orders())
    assert value(call("GET", "/orders/6/lines")) != []
    line = {"id": 1, "order_id": "5", "order": {"id": "5"}}
    assert call("POST", "/__mock__/state", {"/orders/5/lines": {"1": line}}).status == 200
    assert value(call("GET", "/orders/6/lines")) == []
    assert value(call("GET", "/orders/5/lines/1")) == line


def test_reading_remembers_nothing(make_client: Make) -> None:
    """
    However many owners are asked about, nothing grows where nothing was written.
    """
    call = make_client(orders())
    for number in range(50):
        call("GET", f"/orders/{number}/lines")
        call("GET", f"/orders/{number}/lines/1")
    assert not any("lines" in name for name in call.site.worlds.default.stores)
    assert header(call("GET", "/orders/1/lines"), "x-mock-violation") is None


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ({"type": ["string", "null"]}, {"type": ["string", "null"], "maxLength": 40}),
        ({"type": "integer"}, {"type": ["integer", "null"], "minimum": 3}),
        ({"type": "string", "pattern": "^[a-f0-9]{24}$"}, {"type": "string", "pattern": "^/parts/[a-f0-9]{24}$"}),
    ],
    ids=["nullable text", "nullable number", "no id meets both"],
)
def test_an_id_is_taken_by_its_path_whatever_else_is_asked_of_it(make_client: Make, address: Any, own: Any) -> None:
    """
    Types in lists, and an item's property that no path could take, do not keep anybody from reading what was made.
    """
    item = {"type": "object", "properties": {"id": own, "sku": {"type": "string"}}}
    paths = {
        "/parts": {"post": {"requestBody": content(SENT), "responses": {"201": answer(item)}}},
        "/parts/{id}": {"parameters": [_path("id", address)], "get": {"responses": {"200": answer(item)}}},
    }
    call = make_client(document(paths))
    made = call("POST", "/parts", {"sku": "s"})
    assert made.status == 201
    read = call("GET", str(header(made, "location")))
    assert (read.status, value(read)["sku"]) == (200, "s")
