"""
Items that are made many at a time are items like all others.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver import Site

GIVEN = {"type": "object", "required": ["properties"], "properties": {"properties": {"type": "object"}}}
ITEM = {
    "type": "object",
    "required": ["id", "properties"],
    "properties": {"id": {"type": "string"}, "properties": {"type": "object"}, "createdAt": {"type": "string"}},
}


def media(schema: dict[str, Any]) -> dict[str, Any]:
    """
    Write a schema as JSON content.
    """
    return {"application/json": {"schema": schema}}


def many(name: str, of: dict[str, Any]) -> dict[str, Any]:
    """
    Write an object with a list.
    """
    return {"type": "object", "required": [name], "properties": {name: {"type": "array", "items": of}}}


def contract(verb: str) -> dict[str, Any]:
    """
    Write an API whose contacts can be made one by one and many at a time.
    """
    one = {"200": {"description": "ok", "content": media(ITEM)}, "404": {"description": "gone"}}
    key = {"name": "contactId", "in": "path", "required": True, "schema": {"type": "string"}}
    listed = {"200": {"description": "ok", "content": media(many("results", ITEM))}}
    made = {"201": {"description": "made", "content": media(many("results", ITEM))}}
    body = {"required": True, "content": media(many("inputs", GIVEN))}
    return {
        "openapi": "3.0.3",
        "info": {"title": "CRM", "version": "1"},
        "paths": {
            "/crm/contacts": {
                "get": {"operationId": "list", "responses": listed},
                "post": {
                    "operationId": "make",
                    "requestBody": {"required": True, "content": media(GIVEN)},
                    "responses": {"201": {"description": "made", "content": media(ITEM)}},
                },
            },
            "/crm/contacts/{contactId}": {"get": {"operationId": "read", "parameters": [key], "responses": one}},
            f"/crm/contacts/{verb}": {"post": {"operationId": "makeMany", "requestBody": body, "responses": made}},
        },
    }


@pytest.mark.parametrize(
    "verb", ["batch", "bulk", "batch/create", "bulk/create", "batch_create", "bulk-create", "batchCreate"]
)
def test_items_of_a_batch_are_read_one_by_one(verb: str) -> None:
    """
    What a batch made is answered with, listed, and read by its id, whatever the batch is called.
    """
    site = Site([load(contract(verb))])
    wanted = [{"properties": {"email": f"{name}@example.com"}} for name in ("kim", "lee", "park")]
    headers = ((b"host", b"127.0.0.1:4010"), (b"content-type", b"application/json"))
    made = site.respond("POST", f"/crm/contacts/{verb}".encode(), headers, json.dumps({"inputs": wanted}).encode())
    assert made.status == 201
    results = json.loads(made.body)["results"]
    assert [one["properties"] for one in results] == [one["properties"] for one in wanted]
    for one in results:
        read = site.respond("GET", f"/crm/contacts/{one['id']}".encode(), headers)
        assert json.loads(read.body)["properties"] == one["properties"]
    listed = json.loads(site.respond("GET", b"/crm/contacts", headers).body)["results"]
    assert {one["id"] for one in listed} == {one["id"] for one in results}
