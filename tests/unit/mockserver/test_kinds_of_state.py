"""
What is true of a kind of contract, in contracts that differ from the one in which it was first seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Client, header, value

Make = Callable[..., Client]
TEXT = {"type": "string"}
TAKEN = {"type": "object", "properties": {"name": TEXT}}


def _answer(schema: Any = None, media_type: str = "application/json", **more: Any) -> dict[str, Any]:
    return {"description": "d", **({"content": {media_type: {"schema": schema, **more}}} if schema is not None else {})}


def _item(schema: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"id": schema, "name": TEXT}}


def _document(
    item: Any, made: dict[str, Any], address: Any, more: dict[str, Any] | None = None, **top: Any
) -> dict[str, Any]:
    parameter = {"name": "id", "in": "path", "required": True, "schema": address}
    paths: dict[str, Any] = {
        "/things": {"post": {"requestBody": _answer(TAKEN), "responses": {"201": made}}},
        "/things/{id}": {"parameters": [parameter], "get": {"responses": {"200": _answer(item)}}},
    }
    for path, operations in (more or {}).items():
        paths.setdefault(path, {"parameters": [parameter]}).update(operations)
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, **top}


@pytest.mark.parametrize("kind", [TEXT, {"type": "integer"}])
def test_an_answer_that_is_an_id_is_the_item_s(make_client: Make, kind: Any) -> None:
    """
    Where a collection answers with a bare text or number, it is the id under which the item is read.
    """
    call = make_client(_document(_item(kind), _answer(kind), kind))
    made = value(call("POST", "/things", {"name": "mine"}))
    assert value(call("GET", f"/things/{made}")) == {"id": made, "name": "mine"}


def test_an_answer_that_has_an_example_stays_it(make_client: Make) -> None:
    """
    A bare text that the contract has an example for is no id.
    """
    call = make_client(_document(_item(TEXT), _answer(TEXT, "text/plain", example="tok-1"), TEXT))
    assert call("POST", "/things", {"name": "mine"}).body == b"tok-1"


@pytest.mark.parametrize(("rule", "least"), [({"multipleOf": 7}, 7), ({"multipleOf": 5, "minimum": 12}, 15)])
def test_a_number_s_steps_hold_for_ids(make_client: Make, rule: Any, least: int) -> None:
    """
    An id is a multiple of what its path or its property asks for, and each item has its own.
    """
    address = {"type": "integer", **rule}
    call = make_client(_document(_item({"type": "integer"}), _answer(_item({"type": "integer"})), address))
    made = [value(call("POST", "/things", {"name": name})) for name in ("a", "b")]
    assert made[0]["id"] == least
    assert made[1]["id"] == least + rule["multipleOf"]
    assert value(call("GET", f"/things/{made[1]['id']}"))["name"] == "b"


@pytest.mark.parametrize("verb", ["delete", "remove", "destroy"])
def test_an_action_that_deletes_deletes(make_client: Make, verb: str) -> None:
    """
    ``POST /things/{id}/delete`` without a body deletes the item.
    """
    gone = {f"/things/{{id}}/{verb}": {"post": {"responses": {"204": _answer()}}}}
    call = make_client(_document(_item(TEXT), _answer(_item(TEXT)), TEXT, gone))
    path = f"/things/{value(call('POST', '/things', {'name': 'a'}))['id']}"
    assert call("POST", f"{path}/{verb}").status == 204
    assert call("GET", path).status == 404
    assert call("POST", f"{path}/{verb}").status == 404


@pytest.mark.parametrize("body", [{"op": "add", "path": "/name", "value": "b"}, "name", None])
def test_a_json_patch_is_an_array(make_client: Make, body: Any) -> None:
    """
    A JSON Patch that is no array of operations changes nothing (RFC 6902 §3), whatever its schema takes.
    """
    content = {"content": {"application/json-patch+json": {"schema": {}}}}
    patch = {"patch": {"requestBody": content, "responses": {"200": _answer(_item(TEXT)), "422": _answer()}}}
    call = make_client(_document(_item(TEXT), _answer(_item(TEXT)), TEXT, {"/things/{id}": patch}))
    made = value(call("POST", "/things", {"name": "a"}))
    sent = b"null" if body is None else body
    reply = call("PATCH", f"/things/{made['id']}", sent, content_type="application/json-patch+json")
    assert reply.status == 422
    assert value(call("GET", f"/things/{made['id']}")) == made


@pytest.mark.parametrize(
    "marked",
    [
        {"allOf": [{"$ref": "#/components/schemas/Key"}]},
        {"allOf": [{"allOf": [{"$ref": "#/components/schemas/Key"}]}], "description": "its id"},
        {"allOf": [{"type": "integer"}, {"readOnly": True}]},
    ],
)
def test_read_only_by_composition_is_not_asked_for(make_client: Make, marked: Any) -> None:
    """
    A property that is read-only in what it is composed of is not asked for in a request.
    """
    item = {"type": "object", "required": ["id", "name"], "properties": {"id": marked, "name": TEXT}}
    document = _document(item, _answer(item), {"type": "integer"})
    document["components"] = {"schemas": {"Key": {"type": "integer", "readOnly": True}}}
    document["paths"]["/things"]["post"]["requestBody"] = _answer(item)
    assert make_client(document)("POST", "/things", {"name": "a"}).status == 201


def test_an_id_inside_a_property_is_a_base(make_client: Make) -> None:
    """
    ``$id`` of a property's schema is the base of what stands in it, marks that are looked for included.
    """
    amount = {"$id": "inner", "$ref": "#/$defs/q", "$defs": {"q": {"type": "number"}}}
    order = {"$id": "https://e.com/o", "type": "object", "required": ["total"], "properties": {"total": amount}}
    document = _document(order, _answer(order), TEXT)
    assert isinstance(value(make_client(document)("GET", "/things/a"))["total"], int | float)


@pytest.mark.parametrize(
    "said",
    [
        {"example": "zz"},
        {"schema": {"type": "integer", "default": "zz"}},
        {"schema": {"type": "integer", "examples": ["zz", 4]}},
    ],
)
def test_a_header_s_example_that_breaks_its_schema_is_not_sent(make_client: Make, said: Any) -> None:
    """
    An example of a response header that its own schema refuses gives way to a value that holds.
    """
    answer = _answer(_item(TEXT)) | {"headers": {"X-Left": {"required": True, "schema": {"type": "integer"}, **said}}}
    reply = make_client(_document(_item(TEXT), answer, TEXT))("POST", "/things", {"name": "a"})
    assert (header(reply, "x-left") or "").lstrip("-").isdigit()
    assert header(reply, "x-mock-violation") is None


def test_what_is_said_for_short_is_told_in_full(make_client: Make) -> None:
    """
    One value sent for a list, or an id or a name for an object, is kept, and nothing is said to be lost.
    """
    item = _item(TEXT)
    kind = {"type": "object", "required": ["id", "label"], "properties": {"id": {"type": "integer"}, "label": TEXT}}
    role = {"type": "object", "properties": {"id": {"type": "integer"}, "name": TEXT}}
    item["properties"] |= {"to": {"type": "array", "items": TEXT}, "kind": kind, "role": role}
    document = _document(item, _answer(item), TEXT)
    sent = {"type": "object", "properties": {"to": TEXT, "kind": {"type": "integer"}, "role": TEXT}}
    document["paths"]["/things"]["post"]["requestBody"] = _answer(sent)
    call = make_client(document)
    reply = call("POST", "/things", {"to": "a", "kind": 4, "role": "viewer"})
    kept = value(call("GET", f"/things/{value(reply)['id']}"))
    assert (kept["to"], kept["kind"]["id"], kept["role"]["name"]) == (["a"], 4, "viewer")
    assert isinstance(kept["kind"]["label"], str)
    assert header(reply, "x-mock-not-kept") is None


def test_what_is_made_of_nothing_is_kept(make_client: Make) -> None:
    """
    Where a body may be null, null makes an item like any other: the one that is answered is the one that is read.
    """
    document = _document(_item(TEXT), _answer(_item(TEXT), example={"id": "4", "name": "shown"}), TEXT)
    document["paths"]["/things"]["post"]["requestBody"] = _answer({"type": ["object", "null"]})
    call = make_client(document)
    made = value(call("POST", "/things", b"null", content_type="application/json"))
    assert value(call("GET", f"/things/{made['id']}")) == made
    assert call("GET", "/things/9").status == 404
