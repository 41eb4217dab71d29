"""
PUT: what replaces an item, and what changes it.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.mockserver_items.small import TEXT, answers, call, of, serve, takes, value

TASK = of("id", id=TEXT, name=TEXT, notes=TEXT)
SENT = of(name=TEXT, notes=TEXT)


def written(put: dict[str, Any], post: Any = SENT, item: Any = TASK, **more: Any) -> Any:
    """
    Make an item, put a part of it, and read it.
    """
    put = {**takes(put.pop("body", SENT)), **answers(item), **put}
    paths = {
        "/tasks": {"post": {**takes(post), **answers(item, "201")}},
        "/tasks/{id}": {"get": answers(item), "put": put, **more},
    }
    site = serve(paths)
    made = value(call(site, "POST", "/tasks", {"name": "a", "notes": "b"}))
    assert call(site, "PUT", f"/tasks/{made['id']}", {"notes": "c"}).status == 200
    read = value(call(site, "GET", f"/tasks/{made['id']}"))
    assert read["notes"] == "c"
    return read.get("name")


@pytest.mark.parametrize(
    ("put", "more"),
    [
        ({"operationId": "updateTask"}, {}),
        ({"summary": "Update a task"}, {}),
        ({}, {"post": {**SENT, "required": ["name"]}}),
        ({}, {"item": {**TASK, "required": ["id", "name"]}}),
    ],
    ids=["by its name", "by its summary", "by what making needs", "by what answers have"],
)
def test_put_changes_where_its_contract_says_so(put: Any, more: Any) -> None:
    """
    Where PUT needs nothing and is called an update, or cannot be the whole of an item, the rest of the item stays.
    """
    assert written(put, **more) == "a"


@pytest.mark.parametrize(
    ("put", "more"),
    [
        ({"operationId": "replaceTask"}, {}),
        ({"operationId": "putTask"}, {}),
        ({"operationId": "updateTask"}, {"patch": {**takes(SENT), **answers(TASK)}}),
        ({"operationId": "updateTask", "body": {**SENT, "required": ["notes"]}}, {}),
    ],
    ids=["by its name", "by its method", "beside PATCH", "by what it needs"],
)
def test_put_replaces_where_nothing_says_otherwise(put: Any, more: Any) -> None:
    """
    Where PATCH changes an item, where PUT needs some members, or nobody calls it an update, PUT replaces (RFC 9110).
    """
    assert written(put, **more) is None
