"""
Legal documents that are odd: ranges of media types, examples elsewhere, ids that a path asks for, updates by discriminator.
"""

# ruff: noqa: E501 (documents read better in wide lines)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

import aegis_mockserver

ITEM = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}


def mock(paths: dict[str, Any], source: Path | None = None, version: str = "3.1.0") -> httpx.Client:
    """
    A client of a mock of these paths.
    """
    document = {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": paths}
    if source is not None:
        source.write_text(json.dumps(document))
    return httpx.Client(transport=aegis_mockserver.transport(source or document), base_url="http://mock")


def answer(media_type: str, **node: Any) -> dict[str, Any]:
    """
    An operation with one answer.
    """
    return {"get": {"responses": {"200": {"description": "d", "content": {media_type: node}}}}}


@pytest.mark.parametrize("declared", ["*/*", "application/*"])
@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html, application/*;q=0.5"])
def test_a_key_of_content_may_be_a_range(declared: str, accept: str) -> None:
    """
    What is offered as a range is sent as something concrete that the client accepts.
    """
    with mock({"/a": answer(declared, schema=ITEM)}) as client:
        reply = client.get("/a", headers={"Accept": accept})
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")


def test_a_range_is_no_excuse() -> None:
    """
    A range that does not overlap with what is accepted is not sent, where the contract declares 406 for that.
    """
    operation = answer("image/*", schema={"type": "string"})
    operation["get"]["responses"]["406"] = {"description": "not acceptable"}
    with mock({"/a": operation}) as client:
        assert client.get("/a", headers={"Accept": "application/json"}).status_code == 406


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("a.json", '{"from": "a file"}', {"from": "a file"}),
        ("a.yaml", "from: a file", {"from": "a file"}),
    ],
)
def test_an_example_may_be_elsewhere(tmp_path: Path, name: str, text: str, value: Any) -> None:
    """
    ``externalValue`` is read from the file that it names, beside the document.
    """
    (tmp_path / name).write_text(text)
    paths = {
        "/a": answer("application/json", schema={"type": "object"}, examples={"ext": {"externalValue": f"./{name}"}})
    }
    with mock(paths, tmp_path / "api.json") as client:
        assert client.get("/a", headers={"Prefer": "example=ext"}).json() == value
        assert client.get("/a").json() == value


def test_an_example_that_is_nowhere_is_made(tmp_path: Path) -> None:
    """
    Where the file is missing, a valid value is made instead.
    """
    paths = {"/a": answer("application/json", schema=ITEM, examples={"ext": {"externalValue": "./none.json"}})}
    with mock(paths, tmp_path / "api.json") as client:
        reply = client.get("/a")
    assert reply.status_code == 200
    assert isinstance(reply.json()["id"], str)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string", "format": "uuid"}, UUID),
        ({"type": "integer", "minimum": 100}, lambda text: int(text) >= 100 or pytest.fail(text)),
        ({"type": "string", "pattern": "^at_[0-9a-f]{4}$"}, lambda text: text.startswith("at_") or pytest.fail(text)),
        ({"type": "string", "maxLength": 6}, lambda text: len(text) <= 6 or pytest.fail(text)),
    ],
)
def test_an_id_is_taken_by_the_path_that_it_is_in(schema: dict[str, Any], kind: Any) -> None:
    """
    The id of a new item meets the path's parameter as well as the property, so ``Location`` leads to the item.
    """
    content = {"application/json": {"schema": ITEM}}
    paths = {
        "/automations": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"type": "object", "properties": {"name": {"type": "string"}}}}
                    }
                },
                "responses": {"201": {"description": "d", "content": content}},
            }
        },
        "/automations/{automation_id}": {
            "parameters": [{"name": "automation_id", "in": "path", "required": True, "schema": schema}],
            "get": {"responses": {"200": {"description": "d", "content": content}}},
        },
    }
    with mock(paths) as client:
        for name in ("a", "b"):
            made = client.post("/automations", json={"name": name})
            kind(made.json()["id"])
            found = client.get(made.headers["location"])
            assert (found.status_code, found.json()) == (200, made.json())


def test_a_misnamed_path_parameter_is_served_by_its_place() -> None:
    """
    One parameter too few and one too many are the same one: its schema holds, whatever it is called.
    """
    wrong = {"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}}
    with mock({"/pets/{id}": {"parameters": [wrong], **answer("application/json", schema=ITEM)}}) as client:
        assert client.get("/pets/1").status_code == 200
        assert client.get("/pets/x").status_code == 422


@pytest.mark.parametrize("declared", ["*/*", "application/*", "application/json"])
def test_a_refusal_of_any_type_is_told_whatever_its_example(declared: str) -> None:
    """
    Where a refusal is offered as a range, and its example breaks the schema, what is told fits the schema all the same.
    """
    text = {"type": "string"}
    error = {"type": "object", "required": ["category"], "properties": {"category": text, "message": text}}
    operation = {
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": ["a"]}}}},
        "responses": {
            "204": {"description": "d"},
            "default": {"description": "d", "content": {declared: {"schema": error, "example": None}}},
        },
    }
    with mock({"/a": {"post": operation}}) as client:
        reply = client.post("/a", json={})
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/json")
    assert reply.json() == {"category": "invalid_request", "message": "/body/a is required"}


def _kinds(count: int) -> dict[str, Any]:
    """
    Write a parent that lists kinds, each of which extends it.
    """
    known = {"id": {"type": "string"}, "kind": {"type": "string"}}
    parent: dict[str, Any] = {"type": "object", "required": ["kind"], "properties": known}
    parent["oneOf"] = [{"$ref": f"#/components/schemas/K{n}"} for n in range(count)]
    parent["discriminator"] = {"propertyName": "kind"}
    own = [{"type": "object", "properties": {f"p{n}": {"type": "integer"}}} for n in range(count)]
    return {"P": parent} | {f"K{n}": {"allOf": [{"$ref": "#/components/schemas/P"}, own[n]]} for n in range(count)}


@pytest.mark.parametrize("count", [2, 40])
def test_kinds_that_extend_the_parent_that_lists_them_are_kept(count: int) -> None:
    """
    An item of a union whose kinds refer back to it is made, read, listed and deleted like any other.
    """
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/P"}}}}
    listed = {
        "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/P"}}}}
    }
    item = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}
    gone = {"404": {"description": "d"}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/pets": {
                "get": {"responses": {"200": {"description": "d", **listed}}},
                "post": {"requestBody": body, "responses": {"201": {"description": "d", **body}}},
            },
            "/pets/{id}": {
                **item,
                "get": {"responses": {"200": {"description": "d", **body}, **gone}},
                "delete": {"responses": {"204": {"description": "d"}, **gone}},
            },
        },
        "components": {"schemas": _kinds(count)},
    }
    with httpx.Client(transport=aegis_mockserver.transport(document), base_url="http://mock") as client:
        assert {pet["kind"] for pet in client.get("/pets").json()} <= {f"K{n}" for n in range(count)}
        refused = client.post("/pets", json={"kind": "K1", "p1": "no"})
        made = client.post("/pets", json={"kind": "K1", "p1": 3})
        address = f"/pets/{made.json()['id']}"
        assert (refused.status_code, made.status_code) == (422, 201)
        assert client.get(address).json() == made.json() == {"id": made.json()["id"], "kind": "K1", "p1": 3}
        assert client.get("/pets").json() == [made.json()]
        assert client.delete(address).status_code == 204
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("declared", [{}, {"content": {}}, {"content": {"text/html": {"schema": {"type": "string"}}}}])
def test_a_refusal_borrows_a_shape_where_its_own_status_has_none(declared: dict[str, Any]) -> None:
    """
    A status that is declared without JSON of its own is told in the shape of another refusal of the operation.
    """
    error = {"type": "object", "required": ["category"], "properties": {"category": {"type": "string"}}}
    other = {"429": {"description": "d", "content": {"application/json": {"schema": error}}}}
    item = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}
    found = {"200": {"description": "d", "content": {"application/json": {"schema": ITEM}}}}
    made = {"201": {"description": "d", "content": {"application/json": {"schema": ITEM}}}}
    body = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}
    paths = {
        "/pets": {"post": {**body, "responses": made}},
        "/pets/{id}": {**item, "get": {"responses": {**found, "404": {"description": "d", **declared}, **other}}},
    }
    with mock(paths) as client:
        client.post("/pets", json={})
        reply = client.get("/pets/9")
    assert reply.status_code == 404
    assert "x-mock-violation" not in reply.headers


@pytest.mark.parametrize("usual", ["4XX", "5XX", "429", "default"])
def test_the_shape_that_is_borrowed_may_be_of_a_range(usual: str) -> None:
    """
    A refusal that has no shape of its own is told in that of another, be it one status or all of a class.
    """
    error = {"type": "object", "required": ["reason"], "additionalProperties": False}
    error["properties"] = {"reason": {"type": "string"}}
    other = {usual: {"description": "d", "content": {"application/json": {"schema": error}}}}
    body = {"content": {"application/json": {"schema": {"type": "object", "required": ["a"]}}}}
    responses = {"204": {"description": "d"}, "400": {"description": "d"}, **other}
    with mock({"/a": {"post": {"requestBody": body, "responses": responses}}}) as client:
        reply = client.post("/a", json={})
    assert (reply.status_code, reply.json()) == (400, {"reason": "/body/a is required"})


def test_a_header_that_cannot_be_made_keeps_no_other_from_the_client() -> None:
    """
    The header beside one for which nothing can be made is sent all the same, and so is the body.
    """
    never = {"allOf": [{"type": "integer"}, {"type": "string", "pattern": "^x$"}]}
    answered = answer("application/json", schema=ITEM)
    answered["get"]["responses"]["200"]["headers"] = {
        "X-Before": {"schema": {"const": "a"}},
        "X-Never": {"required": True, "schema": never},
        "X-After": {"required": True, "schema": {"const": "b"}},
    }
    with mock({"/a": answered}) as client:
        reply = client.get("/a")
    assert reply.json()["id"]
    assert reply.headers["x-after"] == "b"


@pytest.mark.parametrize(("method", "status"), [("post", 422), ("put", 200)])
def test_a_key_of_idempotency_in_a_body_is_for_what_is_made(method: str, status: int) -> None:
    """
    A POST whose body carries its key is made once, and never as another; a PUT is done as often as it is sent.
    """
    text = {"type": "string"}
    sent = {"type": "object", "properties": {"name": text, "idempotency_key": text}}
    operation = {
        "requestBody": {"content": {"application/json": {"schema": sent}}},
        "responses": {"200": {"description": "d", "content": {"application/json": {"schema": ITEM}}}},
    }
    with mock({"/a": {method: operation}}) as client:
        replies = [client.request(method, "/a", json={"name": name, "idempotency_key": "k"}) for name in ("n", "m")]
    assert [reply.status_code for reply in replies] == [200, status]


def test_kinds_that_extend_their_parent_dynamically_are_kept() -> None:
    """
    A circle that only a ``$dynamicRef`` closes keeps nobody waiting: what is made is read.
    """
    kinds = {
        name.upper(): {
            "$id": f"http://pets.test/{name}",
            "allOf": [{"$dynamicRef": "http://pets.test/pet#pet"}, {"required": [name]}],
        }
        for name in "ab"
    }
    parent = {
        "$id": "http://pets.test/pet",
        "$dynamicAnchor": "pet",
        "required": ["kind"],
        "properties": {"id": {"type": "string"}, "kind": {"type": "string"}},
        "oneOf": [{"$ref": "http://pets.test/a"}, {"$ref": "http://pets.test/b"}],
    }
    body = {"description": "d", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}
    item = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/pets": {"post": {"requestBody": body, "responses": {"201": body}}},
            "/pets/{id}": {**item, "get": {"responses": {"200": body}}},
        },
        "components": {"schemas": {"Pet": parent, **kinds}},
    }
    with httpx.Client(transport=aegis_mockserver.transport(document), base_url="http://mock") as client:
        made = client.post("/pets", json={"kind": "k", "a": 1})
        assert made.status_code == 201
        assert client.get(f"/pets/{made.json()['id']}").json() == made.json()
        assert client.post("/pets", json={"kind": "k"}).status_code == 422


@pytest.mark.parametrize(
    ("sent", "alone", "beside"),
    [
        ({}, 200, 401),
        ({"Authorization": "Bearer x"}, 200, 401),
        ({"X-Key": "k"}, 200, 200),
        ({"X-Key": "invalid"}, 200, 401),
    ],
)
def test_a_security_scheme_that_nobody_describes_refuses_nobody(sent: dict[str, str], alone: int, beside: int) -> None:
    """
    What a scheme asks for that ``components`` does not have cannot be known; the one beside it is asked for as ever.
    """
    both: dict[str, dict[str, Any]] = {"alone": {"Bearer": []}, "beside": {"Bearer": [], "key": []}}
    answers = {"200": {"description": "d"}}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
        "paths": {f"/{name}": {"get": {"security": [one], "responses": answers}} for name, one in both.items()},
    }
    with httpx.Client(transport=aegis_mockserver.transport(document), base_url="http://mock") as client:
        assert [client.get(path, headers=sent).status_code for path in ("/alone", "/beside")] == [alone, beside]


@pytest.mark.parametrize("odd", [{"type": "any"}, {"type": "strng"}, {"$ref": "#/components/schemas/Nobody"}], ids=str)
def test_an_odd_schema_is_overlooked_in_process_as_well(odd: dict[str, Any]) -> None:
    """
    What ``aegis mock`` serves with a warning is served to a test by a transport, too.
    """
    schema = {"type": "object", "properties": {"name": {"type": "string"}, "odd": odd}}
    body = {"content": {"application/json": {"schema": schema}}}
    post = {"requestBody": body, "responses": {"200": {"description": "d", **body}}}
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/things": {"post": post}}}
    with httpx.Client(transport=aegis_mockserver.transport(document), base_url="http://mock") as client:
        answer = client.post("/things", json={"name": "mine"})
    assert (answer.status_code, answer.json()) == (200, {"name": "mine"})
