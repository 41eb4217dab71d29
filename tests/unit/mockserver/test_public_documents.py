"""
Documents that others wrote: what a reader can overlook does not stop the start, and older versions are understood.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aegis_contracts import ContractError
from aegis_mockserver import Site
from aegis_mockserver._front import BIG, read

OLD: dict[str, Any] = {
    "swagger": "2.0",
    "basePath": "/v1",
    "produces": ["application/json"],
    "securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    "parameters": {"limit": {"name": "limit", "in": "query", "type": "integer", "maximum": 9}},
    "responses": {"Gone": {"description": "gone", "schema": {"$ref": "#/definitions/Fault"}}},
    "definitions": {
        "Fault": {"type": "object", "required": ["why"], "properties": {"why": {"type": "string", "x-nullable": True}}},
        "Pet": {
            "type": "object",
            "required": ["name"],
            "properties": {"id": {"type": "integer", "readOnly": True}, "name": {"type": "string"}},
        },
    },
    "paths": {
        "/pets": {
            "parameters": [{"$ref": "#/parameters/limit"}],
            "get": {
                "parameters": [{"name": "ids", "in": "query", "type": "array", "items": {"type": "integer"}}],
                "responses": {"200": {"description": "ok", "examples": {"application/json": [1, 2]}}},
            },
            "post": {
                "parameters": [
                    {"name": "pet", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}}
                ],
                "responses": {201: {"description": "ok", "schema": {"$ref": "#/definitions/Pet"}}},
            },
        },
        "/form": {
            "post": {
                "consumes": ["application/x-www-form-urlencoded"],
                "security": [{"key": []}],
                "parameters": [
                    {"name": "name", "in": "formData", "type": "string", "required": True},
                    {"name": "tags", "in": "formData", "type": "array", "items": {"type": "string"}},
                ],
                "responses": {"200": {"description": "ok"}, "410": {"$ref": "#/responses/Gone"}},
            }
        },
    },
}
JSON = ((b"content-type", b"application/json"),)
FORM = ((b"content-type", b"application/x-www-form-urlencoded"), (b"x-key", b"k"))


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Site:
    path = tmp_path_factory.mktemp("old") / "old.json"
    path.write_text(json.dumps(OLD))
    return Site(read([path]))


@pytest.mark.parametrize(
    ("method", "target", "headers", "body", "status"),
    [
        ("GET", b"/v1/pets?ids=1,2&limit=9", (), b"", 200),
        ("GET", b"/v1/pets?ids=1,x", (), b"", 422),
        ("GET", b"/v1/pets?limit=10", (), b"", 422),
        ("POST", b"/v1/pets", JSON, b'{"name":"a"}', 201),
        ("POST", b"/v1/pets", JSON, b"{}", 422),
        ("POST", b"/v1/pets", JSON, b"{", 400),
        ("POST", b"/v1/form", FORM, b"name=a&tags=b,c", 200),
        ("POST", b"/v1/form", FORM, b"name=", 422),
        ("POST", b"/v1/form", FORM[:1], b"name=a", 401),
        ("POST", b"/v1/form", (*FORM, (b"prefer", b"code=410")), b"", 410),
        ("POST", b"/v1/form", (*FORM, (b"prefer", b"code=404")), b"", 404),
    ],
)
def test_swagger_2_is_served(old: Site, method: str, target: bytes, headers: Any, body: bytes, status: int) -> None:
    """
    Swagger 2.0 is served as the OpenAPI 3.0 that it means.
    """
    assert old.respond(method, target, headers, body).status == status


def test_swagger_2_of_which_nothing_is_left_is_refused() -> None:
    """
    A Swagger document without paths is broken, in whatever version it is read.
    """
    with pytest.raises(ContractError, match="paths"):
        read([{"swagger": "2.0", "info": {"title": "t", "version": "1"}}])


def _document(**operation: Any) -> dict[str, Any]:
    answers = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "string"}}}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a/{id}": {"get": {"responses": answers, **operation}}},
    }


BROKEN: dict[str, dict[str, Any]] = {
    "an undeclared path parameter": _document(),
    "an example that breaks its schema": _document(
        parameters=[{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}, "example": "x"}]
    ),
}


@pytest.mark.parametrize("filler", ["", "lorem " * (BIG // 6)], ids=["small", "big"])
@pytest.mark.parametrize("document", BROKEN.values(), ids=BROKEN)
def test_profile_decides_who_mends(
    tmp_path: Path, document: dict[str, Any], filler: str, caplog: pytest.LogCaptureFixture
) -> None:
    """
    A broken rule stops the start of a document that names our profile, and is a line in the log for any other,
    whatever its size; what breaks its schema is never served.
    """
    path = tmp_path / "document.json"
    path.write_text(json.dumps({**document, "x-filler": filler, "x-profile": "aegis"}))
    with pytest.raises(ContractError):
        read([path])
    path.write_text(json.dumps({**document, "x-filler": filler}))
    assert Site(read([path])).respond("GET", b"/a/1").status == 200
    assert filler or "document.json:1:" in caplog.text


@pytest.mark.parametrize(
    "document",
    [
        {"openapi": "3.0.2", "paths": {"/a": {"get": {"responses": {"200": {"description": "ok"}}}}}},
        {**_document(parameters=[{"name": "id", "in": "path", "required": True}])},
        {
            **_document(parameters=[{"name": "id", "in": "path", "required": True}]),
            "tags": [{"name": "x", "description": None}],
        },
    ],
)
def test_what_only_people_read_may_be_missing(document: dict[str, Any]) -> None:
    """
    Documents without info, descriptions or a parameter's schema are served.
    """
    site = Site(read([document]))
    assert site.respond("GET", next(iter(document["paths"])).replace("{id}", "1").encode()).status == 200


def test_paths_of_one_shape_are_told_apart_by_their_values() -> None:
    """
    ``/things/{number}`` and ``/things/{name}`` are two operations: the first whose parameters fit answers.
    """
    paths = {}
    for name, schema in (("number", {"type": "integer"}), ("name", {"type": "string"})):
        content = {"application/json": {"schema": {"const": name}}}
        paths[f"/things/{{{name}}}"] = {
            "get": {
                "parameters": [{"name": name, "in": "path", "required": True, "schema": schema}],
                "responses": {"200": {"description": "ok", "content": content}},
            }
        }
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    site = Site(read([document], check=False))
    assert site.respond("GET", b"/things/12").body == b'"number"'
    assert site.respond("GET", b"/things/twelve").body == b'"name"'


def test_fragments_and_queries_in_paths_are_not_part_of_them() -> None:
    """
    Operations of one path that a document tells apart by a fragment are told apart by what they take.
    """
    paths: dict[str, Any] = {}
    for name, required in (("/files/{id}#link", True), ("/files/{id}#plain", False)):
        parameters: list[dict[str, Any]] = [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        ]
        if required:
            parameters.append({"name": "link", "in": "query", "required": True, "schema": {"type": "string"}})
        content = {"application/json": {"schema": {"const": name.partition("#")[2]}}}
        paths[name] = {
            "get": {"parameters": parameters, "responses": {"200": {"description": "ok", "content": content}}}
        }
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    site = Site(read([document], check=False))
    assert site.respond("GET", b"/files/1?link=x").body == b'"link"'
    assert site.respond("GET", b"/files/1").body == b'"plain"'
