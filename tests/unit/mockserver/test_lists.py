"""
Lists: sorted as they were asked to be, and complete whatever happens between two pages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Client, header, pets, value

NAMES = ["Max", "Ada", "Zoe", "Bori", "Kim"]


@pytest.fixture
def sorting(make_client: Callable[..., Client]) -> Client:
    """
    Pets that can be sorted, five of them.
    """
    document = pets()
    parameters = document["paths"]["/pets"]["get"]["parameters"]
    for name in ("sort", "order"):
        parameters.append({"name": name, "in": "query", "schema": {"type": "string"}})
    call = make_client(document)
    for number, name in enumerate(NAMES):
        call("POST", "/pets", {"name": name, "tag": "even" if number % 2 == 0 else "odd"})
    return call


def _followed(call: Client, query: str, between: Callable[[list[Any]], None] = lambda _: None) -> list[str]:
    seen: list[str] = []
    cursor = ""
    for _ in range(10):
        page = value(call("GET", f"/pets?limit=2{query}{cursor}"))
        seen += [pet["name"] for pet in page["data"]]
        if page["next_cursor"] is None:
            return seen
        between(page["data"])
        cursor = f"&cursor={page['next_cursor']}"
    raise AssertionError("the pages have no end")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("&sort=name", ["Ada", "Bori", "Kim", "Max", "Zoe"]),
        ("&sort=-name", ["Zoe", "Max", "Kim", "Bori", "Ada"]),
        ("&sort=name:desc", ["Zoe", "Max", "Kim", "Bori", "Ada"]),
        ("&sort=name&order=desc", ["Zoe", "Max", "Kim", "Bori", "Ada"]),
        ("&sort=tag,-name", ["Zoe", "Max", "Kim", "Bori", "Ada"]),
        ("&order=desc", NAMES[::-1]),
        ("&sort=nothing", NAMES),
    ],
)
def test_a_declared_sort_is_honoured_over_pages(sorting: Client, query: str, names: list[str]) -> None:
    """
    A declared sort orders the whole list, and its pages follow each other in that order, each item once.
    """
    assert _followed(sorting, query) == names


@pytest.mark.parametrize("query", ["", "&sort=name", "&tag=even"])
@pytest.mark.parametrize("which", [[0], [1], [0, 1]], ids=["first", "last", "whole page"])
def test_nobody_is_passed_over_when_others_go(sorting: Client, query: str, which: list[int]) -> None:
    """
    Items that are deleted between two pages make the client miss none of the others, and see none twice.
    """

    def delete(shown: list[Any]) -> None:
        for index in which:
            sorting("DELETE", f"/pets/{shown[index]['id']}")

    wanted = [name for name in NAMES if query != "&tag=even" or NAMES.index(name) % 2 == 0]
    assert _followed(sorting, query, delete) == (sorted(wanted) if "sort" in query else wanted)


@pytest.mark.parametrize(
    ("told", "header_"),
    [
        ({"next_cursor": {"type": "string"}}, False),
        ({"next": {"type": ["string", "null"], "format": "uri"}}, False),
        ({"has_more": {"type": "boolean"}}, False),
        ({}, True),
    ],
    ids=["token", "address", "more", "Link"],
)
def test_a_list_that_was_made_up_has_an_end(make_client: Callable[..., Client], told: Any, header_: bool) -> None:
    """
    Before anything was written a list shows the contract's own items, and leads nowhere: not on for ever, not away.
    """
    pet = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    items = {"type": "array", "minItems": 2, "items": pet}
    shape = {"type": "object", "required": ["data", *told], "properties": {"data": items, **told}}
    answer: dict[str, Any] = {"description": "d", "content": {"application/json": {"schema": shape if told else items}}}
    if header_:
        answer["headers"] = {"Link": {"schema": {"type": "string"}}}
    names = ("limit", "cursor") if "next_cursor" in told or "has_more" in told else ("per_page", "page")
    of_page = [
        {"name": name, "in": "query", "schema": {"type": "string" if name == "cursor" else "integer"}} for name in names
    ]
    one = {"description": "d", "content": {"application/json": {"schema": pet}}}
    by_id = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}
    paths = {
        "/pets": {"get": {"parameters": of_page, "responses": {"200": answer}}, "post": {"responses": {"201": one}}},
        "/pets/{id}": {**by_id, "get": {"responses": {"200": one}}},
    }
    call = make_client({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths})
    reply = call("GET", "/pets")
    shown = value(reply)
    assert len(shown["data"] if told else shown) > 1
    assert not any(shown[name] for name in told)
    link = header(reply, "link") or ""
    assert 'rel="next"' not in link
    assert "example.com" not in link
    assert header(reply, "x-mock-violation") is None


@pytest.mark.parametrize("told", ["next_cursor", "last_id"])
def test_a_made_up_list_is_paged_to_its_end(make_client: Callable[..., Client], told: str) -> None:
    """
    Pages smaller than a list that was made up show each of its items once, by token or by the id of the last one.
    """
    pet = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    properties = {"data": {"type": "array", "items": pet}, "has_more": {"type": "boolean"}, told: {"type": "string"}}
    shape = {"type": "object", "required": ["data", "has_more"], "properties": properties}
    example = {"data": [{"id": name} for name in NAMES], "has_more": True, told: "somewhere"}
    answer = {"description": "d", "content": {"application/json": {"schema": shape, "example": example}}}
    one = {"200": {"description": "d", "content": {"application/json": {"schema": pet}}}}
    asked = [
        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
        {"name": "after", "in": "query", "schema": {"type": "string"}},
    ]
    by_id = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}
    paths = {
        "/pets": {"get": {"parameters": asked, "responses": {"200": answer}}, "post": {"responses": one}},
        "/pets/{id}": {**by_id, "get": {"responses": one}},
    }
    call = make_client({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths})
    seen: list[str] = []
    after = ""
    for _ in range(5):
        page = value(call("GET", f"/pets?limit=2{after}"))
        seen += [each["id"] for each in page["data"]]
        if not page["has_more"]:
            break
        after = f"&after={page[told]}"
    assert seen == NAMES
    assert call("GET", "/pets?limit=2&after=nobody").status == 400


@pytest.mark.parametrize(
    ("parameter", "first"),
    [
        ({"description": "Zero-based page index (0..N)"}, 0),
        ({"description": "The page to show; numbering starts at 0.", "schema": {"type": "integer", "minimum": 0}}, 0),
        ({"example": 0}, 0),
        ({"schema": {"type": "integer", "minimum": 0}}, 0),
        ({"description": "1-based number of the page", "schema": {"type": "integer", "minimum": 0}}, 1),
        ({"description": "Page number, starting from 1."}, 1),
        ({"schema": {"type": "integer", "minimum": 0, "default": 1}}, 1),
        ({"description": "The page"}, 1),
    ],
)
def test_the_first_page_has_the_number_that_the_contract_gives_it(
    make_client: Callable[..., Client], parameter: dict[str, Any], first: int
) -> None:
    """
    Pages that are counted from the number that the contract says are all items, each once, and no more.
    """
    document = pets()
    asked = {"name": "page", "in": "query", "schema": {"type": "integer"}, **parameter}
    size = {"name": "size", "in": "query", "schema": {"type": "integer"}}
    document["paths"]["/pets"]["get"]["parameters"] = [asked, size]
    call = make_client(document)
    for name in NAMES:
        call("POST", "/pets", {"name": name})
    pages = [value(call("GET", f"/pets?page={number}&size=2"))["data"] for number in range(first, first + 4)]
    assert [[pet["name"] for pet in page] for page in pages] == [NAMES[:2], NAMES[2:4], NAMES[4:], []]
