"""
Mocks of a few paths, and their client.
"""

from __future__ import annotations

import json
from typing import Any

from aegis_contracts import load
from aegis_mockserver import Reply, Site
from tests.unit.mockserver_items.small import TEXT, of


def answers(schema: Any = None, status: str = "200", **more: Any) -> dict[str, Any]:
    content = {"content": {"application/json": {"schema": schema, **more}}} if schema is not None else {}
    return {"responses": {status: {"description": "an answer", **content}}}


def takes(schema: Any) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def at(*names: str, **methods: Any) -> dict[str, Any]:
    parameters = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]
    return {"parameters": parameters, **methods}


def asked(name: str, schema: Any) -> dict[str, Any]:
    return {"parameters": [{"name": name, "in": "query", "schema": schema}]}


class Api:
    """
    A mock of a few paths, and its client.
    """

    def __init__(self, **paths: Any) -> None:
        document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}
        self.site = Site([load(document)])

    def call(self, method: str, target: str, body: Any = None) -> Reply:
        headers = [(b"host", b"127.0.0.1:4010"), (b"accept", b"application/json")]
        headers += [(b"content-type", b"application/json")] if body is not None else []
        return self.site.respond(
            method, target.encode(), tuple(headers), b"" if body is None else json.dumps(body).encode()
        )

    def json(self, method: str, target: str, body: Any = None) -> Any:
        reply = self.call(method, target, body)
        assert reply.status < 300, reply.body
        return json.loads(reply.body)


def things(listed: Any, **more: Any) -> Api:
    thing = of("id state", id=TEXT, state=TEXT, note=TEXT)
    body = of(state=TEXT, note=TEXT)
    return Api(
        **{
            "/things": {"get": {**answers(listed), **more}, "post": {**takes(body), **answers(thing, "201")}},
            "/things/{id}": at("id", get=answers(thing)),
        }
    )
