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
