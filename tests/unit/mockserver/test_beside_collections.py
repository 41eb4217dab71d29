"""
What stands beside a collection or below an item, and answers from the same items: counts, searches, copies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Client, header, value

Make = Callable[..., Client]
TEXT, COUNT = {"type": "string"}, {"type": "integer"}
TAKEN = {"type": "object", "properties": {"name": TEXT, "status": {"type": "string", "default": "draft"}}}
THING = {
    "type": "object",
    "properties": {"id": COUNT, **TAKEN["properties"], "uuid": {"type": "string", "format": "uuid"}},
}
THINGS = {"type": "object", "properties": {"items": {"type": "array", "items": THING}, "total": COUNT}}
ID = {"name": "id", "in": "path", "required": True, "schema": COUNT}


def _says(schema: Any = None) -> dict[str, Any]:
    return {"description": "d"} | ({"content": {"application/json": {"schema": schema}}} if schema else {})


def _operation(answer: Any, body: Any = None, *query: str, status: str = "200") -> dict[str, Any]:
    asked = [{"name": name, "in": "query", "schema": TEXT} for name in query]
    sent = {"requestBody": _says(body)} if body else {}
    return {"parameters": asked, **sent, "responses": {status: _says(answer)}}


COLLECTION = {"post": _operation(THING, TAKEN, status="201")}
ITEM = {
    "parameters": [ID],
    "get": _operation(THING),
    "head": _operation(None),
    "put": _operation(THING, TAKEN),
    "delete": _operation(None, status="204"),
}


def _document(**paths: Any) -> dict[str, Any]:
    beside = {f"/things/{name}": operation for name, operation in paths.items() if not name.startswith("/")}
    own = {name: operation for name, operation in paths.items() if name.startswith("/")}
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/things": COLLECTION, **own, **beside},
    }


@pytest.mark.parametrize("answer", [COUNT, {"type": "object", "properties": {"count": COUNT}}])
def test_a_count_counts(make_client: Make, answer: Any) -> None:
    """
    ``/things/count`` tells how many were made, those deleted left out, and of a filter how many it lets through.
    """
    item = {"/things/{id}": ITEM}
    call = make_client(_document(count={"get": _operation(answer, None, "name")}, **item))
    first, *_ = [value(call("POST", "/things", {"name": name})) for name in ("a", "b", "b")]
    call("DELETE", f"/things/{first['id']}")
    told = [value(call("GET", f"/things/count{query}")) for query in ("", "?name=b", "?name=a")]
    assert [one if answer is COUNT else one["count"] for one in told] == [2, 2, 0]


@pytest.mark.parametrize("more", [{}, {"/things/{id}": ITEM}], ids=["no address", "addressed"])
def test_a_search_finds_what_was_made(make_client: Make, more: Any) -> None:
    """
    A search beside a collection looks at its items, whether or not an item has an address of its own.
    """
    call = make_client(_document(search={"post": _operation(THINGS, TAKEN)}, **more))
    for name in ("a", "b", "a"):
        call("POST", "/things", {"name": name})
    found = value(call("POST", "/things/search", {"name": "a"}))
    assert ([one["name"] for one in found["items"]], found["total"]) == (["a", "a"], 2)


@pytest.mark.parametrize(("words", "names"), [("TEA", ["green tea", "Black Tea"]), ("tea+green", ["green tea"]),
                                              ("name:tea", ["green tea", "Black Tea", "milk"])])  # fmt: skip
def test_words_select_what_contains_them(make_client: Make, words: str, names: list[str]) -> None:
    """
    ``q=…`` selects the items whose texts have all of its words; a query in a language of its own selects nothing away.
    """
    call = make_client(_document(search={"get": _operation(THINGS, None, "q")}, **{"/things/{id}": ITEM}))
    for name in ("green tea", "Black Tea", "milk"):
        call("POST", "/things", {"name": name})
    assert [one["name"] for one in value(call("GET", f"/things/search?q={words}"))["items"]] == names


def test_head_tells_what_is_gone(make_client: Make) -> None:
    """
    A HEAD that the contract declares says of an item that is gone that it is not there.
    """
    call = make_client(_document(**{"/things/{id}": ITEM}))
    path = f"/things/{value(call('POST', '/things', {'name': 'a'}))['id']}"
    assert call("HEAD", path).status == 200
    call("DELETE", path)
    assert call("HEAD", path).status == 404


@pytest.mark.parametrize("verb", ["copy", "duplicate"])
def test_a_copy_is_another_item(make_client: Make, verb: str) -> None:
    """
    A copy has what its original has, but for its ids and what is sent with it; the original stays as it is.
    """
    below = {f"/things/{{id}}/{verb}": {"parameters": [ID], "post": _operation(THING, TAKEN, status="201")}}
    call = make_client(_document(**{"/things/{id}": ITEM}, **below))
    old = value(call("POST", "/things", {"name": "a", "status": "live"}))
    new = value(call("POST", f"/things/{old['id']}/{verb}", {"name": "b"}))
    assert (new["name"], new["status"]) == ("b", "live")
    assert (new["id"] != old["id"], new["uuid"] != old["uuid"]) == (True, True)
    assert value(call("GET", f"/things/{new['id']}")) == new
    assert value(call("GET", f"/things/{old['id']}")) == old
    assert call("POST", f"/things/{new['id'] + 1}/{verb}", {"name": "b"}).status == 404


def test_what_a_put_leaves_out_is_as_by_default(make_client: Make) -> None:
    """
    PUT replaces an item: a member that is left out has the default that the contract gives it.
    """
    call = make_client(_document(**{"/things/{id}": ITEM}))
    made = value(call("POST", "/things", {"name": "a", "status": "live"}))
    assert value(call("PUT", f"/things/{made['id']}", {"name": "b"}))["status"] == "draft"


def test_a_member_is_called_as_the_answer_calls_it(make_client: Make) -> None:
    """
    What is sent as ``From`` comes back as ``from``, though only the answer that makes the item names it.
    """
    sent = {"type": "object", "properties": {"From": TEXT, "To": TEXT}}
    shown = {"type": "object", "properties": {"id": COUNT, "to": TEXT}}
    made = {"type": "object", "properties": {**shown["properties"], "from": TEXT}}
    paths = {
        "/mails": {"post": _operation(made, sent, status="201")},
        "/mails/{id}": {"parameters": [ID], "get": _operation(shown)},
    }
    call = make_client({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths})
    assert value(call("POST", "/mails", {"From": "a", "To": "b"})) == {"id": 1, "from": "a", "to": "b"}


def test_a_declared_answer_implies_the_condition_that_it_answers(make_client: Make) -> None:
    """
    Where a contract has 304 and 412 and no word of the headers that ask for them, they are read all the same.
    """
    item = {**ITEM, "get": _operation(THING), "put": _operation(THING, TAKEN)}
    item["get"]["responses"]["304"] = item["put"]["responses"]["412"] = _says()
    call = make_client(_document(**{"/things/{id}": item}))
    path = f"/things/{value(call('POST', '/things', {'name': 'a'}))['id']}"
    tag = header(call("GET", path), "etag")
    assert call("GET", path, if_none_match=tag).status == 304
    assert call("PUT", path, {"name": "b"}, if_match='"other"').status == 412
    assert call("PUT", path, {"name": "b"}, if_match=tag).status == 200
    assert call("GET", path, if_none_match=tag).status == 200
