"""
State tells the truth: what was posted is what is read, what is gone is gone, and nothing else is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Client, header, value

Make = Callable[..., Client]
ERROR = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _answer(schema: Any = None) -> dict[str, Any]:
    return {"description": "an answer", **(_json(schema) if schema is not None else {})}


def _document(paths: dict[str, Any]) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "Truth", "version": "1"}, "paths": paths}


def _collection(item: Any, posted: Any, absent: dict[str, Any]) -> dict[str, Any]:
    """
    Two paths: a collection that is posted to, and its items.
    """
    parameter = {"name": "bookId", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "/books": {"post": {"requestBody": _json(posted), "responses": {"201": _answer(item)}}},
        "/books/{bookId}": {
            "parameters": [parameter],
            "get": {"responses": {"200": _answer(item), **absent}},
            "delete": {"responses": {"204": _answer()}},
        },
    }


BOOK = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "title": {"type": "string"},
        "deleted_at": {"type": ["string", "null"], "format": "date-time", "readOnly": True},
    },
}


@pytest.mark.parametrize(
    ("absent", "media_type", "texts"),
    [
        ({"404": _answer()}, "application/problem+json", ["detail"]),
        ({"4XX": _answer(ERROR)}, "application/json", ["message"]),
        ({"default": _answer(ERROR)}, "application/json", ["message"]),
        ({}, "application/problem+json", ["detail"]),
    ],
    ids=["404", "4XX", "default", "nothing"],
)
def test_gone_is_404_in_the_declared_shape(
    make_client: Make, absent: dict[str, Any], media_type: str, texts: list[str]
) -> None:
    """
    What was deleted, and what never was, is 404 once anything was written, however the contract says so or not at all.
    """
    call = make_client(_document(_collection(BOOK, BOOK, absent)))
    made = value(call("POST", "/books", {"title": "Dune"}))
    assert value(call("GET", f"/books/{made['id']}")) == made
    assert call("DELETE", f"/books/{made['id']}").status == 204
    for target in (f"/books/{made['id']}", "/books/nobody"):
        reply = call("GET", target)
        assert (reply.status, header(reply, "content-type")) == (404, media_type)
        assert header(reply, "x-mock-violation") is None
        for name in texts:
            assert "does not exist" in value(reply)[name]


def test_before_the_first_write_an_invented_item_is_welcome(make_client: Make) -> None:
    """
    As long as nobody wrote anything, any item is there.
    """
    assert make_client(_document(_collection(BOOK, BOOK, {})))("GET", "/books/anything").status == 200


def test_what_fits_is_kept_and_what_does_not_is_named(make_client: Make) -> None:
    """
    One member that the answer has no room for does not take the others with it, and its name is told.
    """
    item = {
        "type": "object",
        "required": ["id", "pages"],
        "properties": {
            "id": {"type": "string"},
            "title": {"type": "string"},
            "pages": {"type": "integer"},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }
    posted = {"type": "object", "properties": {"title": {"type": "string"}, "labels": {"type": "array"}}}
    call = make_client(_document(_collection(item, posted, {})))
    reply = call("POST", "/books", {"title": "Dune", "labels": ["sand"]})
    assert (reply.status, header(reply, "x-mock-not-kept")) == (201, "labels")
    made = value(reply)
    assert made["title"] == "Dune"
    read = call("GET", f"/books/{made['id']}")
    assert value(read) == made
    assert header(read, "x-mock-violation") is None


def test_what_only_the_request_knows_stays_out_of_answers(make_client: Make) -> None:
    """
    A member that the answer does not name, such as a password, is neither answered nor kept.
    """
    posted = {"type": "object", "properties": {"title": {"type": "string"}, "pin": {"type": "string"}}}
    call = make_client(_document(_collection(BOOK, posted, {})))
    reply = call("POST", "/books", {"title": "Dune", "pin": "4711"})
    made = value(reply)
    assert b"4711" not in reply.body
    assert b"4711" not in call("GET", f"/books/{made['id']}").body
    assert "4711" not in str(call.site.worlds.default.snapshot())


def test_a_new_item_was_not_deleted(make_client: Make) -> None:
    """
    The time of an end that has not come is null or absent, never a made-up one.
    """
    made = value(make_client(_document(_collection(BOOK, BOOK, {})))("POST", "/books", {"title": "Dune"}))
    assert made.get("deleted_at") is None


@pytest.mark.parametrize(
    ("name", "type_"),
    [("solved_at", "string"), ("closedOn", "string"), ("completed", "boolean"), ("refundedAt", "integer")],
)
def test_nothing_has_ended_that_just_began(make_client: Make, name: str, type_: str) -> None:
    """
    A new item is neither solved nor closed, completed or refunded, whatever its contract calls its end.
    """
    properties = {"id": {"type": "string"}, "title": {"type": "string"}, name: {"type": type_}}
    item = {"type": "object", "required": ["id"], "properties": properties}
    posted = {"type": "object", "properties": {"title": {"type": "string"}}}
    made = value(make_client(_document(_collection(item, posted, {})))("POST", "/books", {"title": "Dune"}))
    assert not made.get(name)


def _with_chapters(item_path: bool) -> dict[str, Any]:
    paths = _collection(BOOK, BOOK, {"404": _answer()})
    book = {"name": "book", "in": "path", "required": True, "schema": {"type": "string"}}
    chapter = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
    paths["/books/{book}/chapters"] = {
        "parameters": [book],
        "get": {"responses": {"200": _answer({"type": "array", "items": chapter})}},
        "post": {"requestBody": _json(chapter), "responses": {"201": _answer(chapter)}},
    }
    paths["/books/{book}/print"] = {"parameters": [book], "post": {"responses": {"202": _answer()}}}
    if item_path:
        number = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}
        paths["/books/{book}/chapters/{number}"] = {
            "parameters": [book, number],
            "get": {"responses": {"200": _answer(chapter)}},
        }
    return _document(paths)


@pytest.mark.parametrize("item_path", [False, True], ids=["list only", "with items"])
def test_children_belong_to_a_parent_that_exists(make_client: Make, item_path: bool) -> None:
    """
    Children and actions of a parent that nobody made, or that is gone, are 404; those of one that exists are as posted.
    """
    call = make_client(_with_chapters(item_path))
    book = value(call("POST", "/books", {"title": "Dune"}))["id"]
    assert call("GET", "/books/999999/chapters").status == 404
    assert call("POST", "/books/999999/chapters", {"name": "One"}).status == 404
    assert call("POST", "/books/999999/print").status == 404
    assert call("POST", f"/books/{book}/print").status == 202
    assert value(call("GET", f"/books/{book}/chapters")) == []
    made = value(call("POST", f"/books/{book}/chapters", {"name": "One"}))
    assert value(call("GET", f"/books/{book}/chapters")) == [made]
    assert made["name"] == "One"
    if item_path:
        assert value(call("GET", f"/books/{book}/chapters/{made['id']}")) == made
        assert call("GET", f"/books/{book}/chapters/77").status == 404
    call("DELETE", f"/books/{book}")
    assert call("GET", f"/books/{book}/chapters").status == 404
    assert call("POST", f"/books/{book}/print").status == 404


def test_an_envelope_is_taken_off_and_put_on_again(make_client: Make) -> None:
    """
    An item that is sent in an envelope is stored without it, and answered in the one that the answer has.
    """
    wrapped = {"type": "object", "properties": {"book": BOOK}}
    posted = {"type": "object", "properties": {"book": {"type": "object", "properties": {"title": {"type": "string"}}}}}
    document = _document(_collection(wrapped, posted, {}))
    document["paths"]["/books/{bookId}"]["put"] = {"requestBody": _json(posted), "responses": {"200": _answer(wrapped)}}
    call = make_client(document)
    made = value(call("POST", "/books", {"book": {"title": "Dune"}}))
    assert made["book"]["title"] == "Dune"
    assert "book" not in made["book"]
    target = f"/books/{made['book']['id']}"
    assert value(call("GET", target)) == made
    changed = value(call("PUT", target, {"book": {"title": "Dune Messiah"}}))
    assert changed["book"] == {**made["book"], "title": "Dune Messiah"}
    assert value(call("GET", target)) == changed
