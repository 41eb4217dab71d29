"""
JSON Patch (RFC 6902) on stored items: applied wholly, or refused and nothing changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import aegis_mockserver
from aegis_mockserver.behaviours.items._patches import PatchError, json_patch

ITEM = {
    "type": "object",
    "required": ["id", "tags"],
    "properties": {"id": {"type": "string", "readOnly": True}, "n": {}, "tags": {"type": "array"}, "m": {}},
}
CONTENT = {"application/json": {"schema": ITEM}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/things": {
            "post": {
                "requestBody": {"content": CONTENT},
                "responses": {"201": {"description": "d", "content": CONTENT}},
            }
        },
        "/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": {"description": "d", "content": CONTENT}}},
            "patch": {
                "requestBody": {"content": {"application/json-patch+json": {"schema": {"type": "array"}}}},
                "responses": {
                    "200": {"description": "d", "content": CONTENT},
                    "409": {"description": "it does not fit"},
                    "422": {"description": "it is no patch"},
                },
            },
        },
    },
}


@pytest.fixture
def things() -> Iterator[httpx.Client]:
    """
    A mock that keeps things, with one kept thing.
    """
    with httpx.Client(transport=aegis_mockserver.transport(DOCUMENT), base_url="http://mock") as client:
        yield client


def patched(client: httpx.Client, item_id: str, *operations: object) -> httpx.Response:
    """
    Send a patch.
    """
    headers = {"Content-Type": "application/json-patch+json"}
    return client.patch(f"/things/{item_id}", content=json.dumps(operations), headers=headers)


APPLIED: list[tuple[list[dict[str, Any]], dict[str, Any]]] = [
    ([{"op": "add", "path": "/tags/-", "value": "c"}], {"tags": ["a", "b", "c"]}),
    ([{"op": "add", "path": "/tags/1", "value": "x"}], {"tags": ["a", "x", "b"]}),
    ([{"op": "move", "from": "/n", "path": "/m/x"}], {"m": {"a~/b": 1, "x": 1}}),
    ([{"op": "copy", "from": "/tags", "path": "/m/tags"}], {"m": {"a~/b": 1, "tags": ["a", "b"]}}),
    ([{"op": "replace", "path": "/m/a~0~1b", "value": None}], {"m": {"a~/b": None}}),
    ([{"op": "test", "path": "/n", "value": 1.0}, {"op": "remove", "path": "/tags/0"}], {"tags": ["b"]}),
]


@pytest.mark.parametrize(("operations", "changed"), APPLIED)
def test_every_operation_is_applied(
    things: httpx.Client, operations: list[dict[str, Any]], changed: dict[str, Any]
) -> None:
    """
    Adding at an index and at the end, moving, copying, replacing, removing and testing do what RFC 6902 §4 says.
    """
    item = things.post("/things", json={"n": 1, "tags": ["a", "b"], "m": {"a~/b": 1}}).json()
    answer = patched(things, item["id"], *operations)
    assert answer.status_code == 200, answer.text
    kept = things.get(f"/things/{item['id']}").json()
    assert {name: kept[name] for name in changed} == changed
    assert answer.json() == kept


REFUSED = [
    (409, [{"op": "replace", "path": "/n", "value": 2}, {"op": "test", "path": "/n", "value": 1}]),
    (409, [{"op": "test", "path": "/n", "value": True}]),
    (409, [{"op": "test", "path": "/nobody", "value": None}]),
    (409, [{"op": "remove", "path": "/nobody"}]),
    (409, [{"op": "replace", "path": "/tags/7", "value": 1}]),
    (409, [{"op": "add", "path": "/tags/01", "value": 1}]),
    (409, [{"op": "add", "path": "/nobody/x", "value": 1}]),
    (409, [{"op": "move", "from": "/m", "path": "/m/x"}]),
    (422, [{"op": "increase", "path": "/n"}]),
    (422, [{"op": "add", "path": "/n"}]),
    (422, [{"path": "/n", "value": 1}]),
    (422, [{"op": "test", "path": "n", "value": 1}]),
    (422, ["add"]),
    (422, [{"op": "remove", "path": "/tags"}]),
    (422, [{"op": "replace", "path": "/id", "value": "another"}]),
    (422, [{"op": "remove", "path": "/id"}]),
]


@pytest.mark.parametrize(("status", "operations"), REFUSED)
def test_what_cannot_be_applied_changes_nothing(things: httpx.Client, status: int, operations: list[Any]) -> None:
    """
    A patch of which one operation fails is refused as the contract declares, and the item stays as it was.
    """
    item = things.post("/things", json={"n": 1, "tags": ["a", "b"], "m": {"a~/b": 1}}).json()
    answer = patched(things, item["id"], *operations)
    assert answer.status_code == status, answer.text
    assert things.get(f"/things/{item['id']}").json() == item


def test_a_refusal_names_the_operation_and_no_value() -> None:
    """
    The error says which operation it was, and nothing of what is stored.
    """
    with pytest.raises(PatchError, match="operation 1 \\(remove\\)") as refused:
        json_patch(
            {"secret": "s3cr3t"},
            [{"op": "test", "path": "", "value": {"secret": "s3cr3t"}}, {"op": "remove", "path": "/x"}],
        )
    assert "s3cr3t" not in str(refused.value)
