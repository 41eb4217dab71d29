"""
A small contract that has what most have: a collection, items, refusals, credentials.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver import Reply, Site
from aegis_mockserver.world import read_fault

PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "integer", "minimum": 1, "readOnly": True},
        "name": {"type": "string", "minLength": 1},
        "tag": {"type": "string"},
        "secret": {"type": "string", "writeOnly": True},
        "created_at": {"type": "string", "format": "date-time", "readOnly": True},
    },
}
PROBLEM = {"application/problem+json": {"schema": {"type": "object", "required": ["title", "status"]}}}


def _content(schema: Any, **more: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema, **more}}


def _refusals(*statuses: str) -> dict[str, Any]:
    return {status: {"description": "refused", "content": PROBLEM} for status in statuses}


def pets() -> dict[str, Any]:
    """
    Return the contract.
    """
    pet = {"$ref": "#/components/schemas/Pet"}
    envelope = {
        "type": "object",
        "required": ["data", "total"],
        "properties": {
            "data": {"type": "array", "items": pet},
            "total": {"type": "integer"},
            "next_cursor": {"type": ["string", "null"]},
        },
    }
    query = [
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 2}},
        {"name": "cursor", "in": "query", "schema": {"type": "string"}},
        {"name": "tag", "in": "query", "schema": {"type": "string"}},
    ]
    rex = {
        "rex": {"value": {"id": 1, "name": "Rex"}},
        "tom": {"value": {"id": 2, "name": "Tom"}, "x-mock-when": {"$request.path.petId": 42}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "servers": [{"url": "https://api.example.com/v1"}],
        "components": {
            "schemas": {"Pet": PET},
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        },
        "paths": {
            "/pets": {
                "get": {
                    "operationId": "listPets",
                    "parameters": query,
                    "responses": {"200": {"description": "ok", "content": _content(envelope)}, **_refusals("400")},
                },
                "post": {
                    "operationId": "createPet",
                    "requestBody": {"required": True, "content": _content(pet)},
                    "responses": {
                        "201": {
                            "description": "made",
                            "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
                            "content": _content(pet),
                        },
                        **_refusals("400", "409", "415"),
                    },
                },
            },
            "/pets/{petId}": {
                "parameters": [{"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "get": {
                    "operationId": "getPet",
                    "responses": {
                        "200": {"description": "ok", "content": _content(pet, examples=rex)},
                        **_refusals("400", "404", "406"),
                    },
                },
                "put": {
                    "operationId": "replacePet",
                    "requestBody": {"required": True, "content": _content(pet)},
                    "responses": {"200": {"description": "ok", "content": _content(pet)}, **_refusals("400", "404")},
                },
                "patch": {
                    "operationId": "updatePet",
                    "requestBody": {
                        "required": True,
                        "content": {"application/merge-patch+json": {"schema": {"type": "object"}}},
                    },
                    "responses": {"200": {"description": "ok", "content": _content(pet)}, **_refusals("400", "404")},
                },
                "delete": {
                    "operationId": "deletePet",
                    "responses": {"204": {"description": "gone"}, **_refusals("400", "404")},
                },
            },
            "/secure": {
                "get": {
                    "operationId": "getSecure",
                    "security": [{"key": []}],
                    "responses": {"200": {"description": "ok"}, **_refusals("401", "403")},
                }
            },
        },
    }


class Client:
    """
    Calls a site without a socket.
    """

    def __init__(self, site: Site) -> None:
        self.site = site

    def __call__(self, method: str, target: str, body: Any = None, **headers: str) -> Reply:
        """
        Call; a body that is not bytes is sent as JSON; header names are written with underscores.
        """
        lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        content = b""
        if isinstance(body, bytes):
            content = body
        elif body is not None:
            content = json.dumps(body).encode()
            if "content_type" not in headers:
                lines.append((b"content-type", b"application/json"))
        return self.site.respond(method, target.encode(), tuple(lines), content)


def value(reply: Reply) -> Any:
    """
    Return the body as JSON.
    """
    return json.loads(reply.body)


def header(reply: Reply, name: str) -> str | None:
    """
    Return a header's value.
    """
    return next((v.decode() for n, v in reply.headers if n.decode() == name), None)


@pytest.fixture
def make_client() -> Callable[..., Client]:
    """
    Make a client of a contract.
    """

    def make(document: dict[str, Any] | None = None, **options: Any) -> Client:
        return Client(Site([load(document or pets())], **options))

    return make


@pytest.fixture
def call(make_client: Callable[..., Client]) -> Client:
    """
    Call the pets.
    """
    return make_client()


@pytest.fixture
def refused(make_client: Callable[..., Client]) -> Callable[..., Any]:
    """
    Return what an order that is no order, or that meets a fault, is answered where refusals have a schema.
    """

    def refuse(
        schema: Any,
        status: int = 422,
        *,
        fault: bool = False,
        body: Any = None,
        example: Any = None,
        media_type: str = "application/json",
        **headers: str,
    ) -> Any:
        order = {"type": "object", "properties": {"n": {"type": "integer"}, "m": {"type": "integer"}}}
        said: dict[str, Any] = {"description": "no", "content": {media_type: {"schema": schema}}}
        if example is not None:
            said["content"][media_type]["example"] = example
        responses = {"204": {"description": "d"}, str(status): said}
        post = {
            "operationId": "order",
            "requestBody": {"required": True, "content": {"application/json": {"schema": order}}},
            "responses": responses,
        }
        info = {"title": "Orders", "version": "1"}
        call = make_client({"openapi": "3.1.0", "info": info, "paths": {"/orders": {"post": post}}})
        if fault:
            call.site.worlds.default.faults.add(read_fault({"status": status, "operation": "order"}))
        reply = call("POST", "/orders", body or {"n": "x"}, **headers)
        assert (reply.status, header(reply, "x-mock-violation")) == (status, None)
        return value(reply) if "json" in (header(reply, "content-type") or "") else reply.body

    return refuse
