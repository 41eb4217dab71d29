"""
A site with everything that the control API can show: a scenario, a webhook, stores, events, mails.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import pytest

from aegis_contracts import Contract, load
from aegis_mockserver import Reply, Site
from aegis_mockserver._front import LazyEvents, documents, read
from aegis_mockserver.core._scenarios import read_scenarios

SCENARIOS = {
    "scenarios": [
        {"name": "down / up", "operation": "getUser", "answers": [{"status": 404}, "real"], "then": "repeat"},
    ]
}
SHOP: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/carts/{ids}": {
            "get": {
                "operationId": "findCarts",
                "parameters": [
                    {"name": "ids", "in": "path", "required": True, "schema": {"type": "array", "minItems": 2}},
                    {
                        "name": "filter",
                        "in": "query",
                        "required": True,
                        "style": "deepObject",
                        "schema": {"type": "object", "required": ["b"], "properties": {"b": {"const": "ü & x"}}},
                    },
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                    {"name": "X-Trace", "in": "header", "required": True, "schema": {"type": "string", "minLength": 3}},
                ],
                "security": [{"basic": []}],
                "responses": {"200": {"description": "ok"}},
            }
        }
    },
    "components": {"securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}},
    "webhooks": {
        "cartSold": {
            "post": {
                "summary": "A cart was sold",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"type": "object", "required": ["cart"]},
                            "example": {"cart": "c-1"},
                        }
                    }
                },
                "responses": {"204": {"description": "taken"}},
            }
        }
    },
}


class Control:
    """
    Calls a site's operations and its control API without a socket.
    """

    def __init__(self, site: Site) -> None:
        self.site = site

    def __call__(self, method: str, target: str, body: Any = None, **headers: str) -> Reply:
        """
        Call; header names are written with underscores, a body is sent as JSON.
        """
        lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        content = b""
        if body is not None:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            lines.append((b"content-type", b"application/json"))
        return self.site.respond(method, target.encode(), tuple(lines), content)

    def json(self, method: str, target: str, body: Any = None, **headers: str) -> Any:
        """
        Call, and return the answer's body.
        """
        reply = self(method, f"/__mock__{target}", body, **headers)
        assert reply.status < 300, reply.body
        return json.loads(reply.body) if reply.body else None


@lru_cache
def _contracts() -> tuple[Contract, ...]:
    return (*read(documents(()), check=False), load(SHOP))


@pytest.fixture
def control() -> Control:
    """
    The bundled contracts and a shop, with one scenario and one registered user.
    """
    operations = (operation for contract in _contracts() for operation in contract.all_operations())
    scenarios = read_scenarios(SCENARIOS, "scenarios.yaml", operations)
    return Control(Site(_contracts(), events=LazyEvents(documents(())), scenarios=scenarios))


@pytest.fixture
def user_id(control: Control) -> str:
    """
    A user who registered through the mock, so that there are an exchange, an event, a mail and a store.
    """
    made = control.json("GET", "/operations/request?operation=registerUser")
    headers = {entry["name"].lower().replace("-", "_"): entry["value"] for entry in made["headers"]}
    headers.pop("content_type")
    reply = control(made["method"], made["target"], made["body"].encode(), **headers)
    assert reply.status == 201, reply.body
    return str(json.loads(reply.body)["user_id"])
