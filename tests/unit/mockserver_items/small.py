"""
Small documents, served and called.
"""

from __future__ import annotations

import json
from typing import Any

from aegis_contracts import load
from aegis_mockserver import Reply, Site

TEXT = {"type": "string"}
COUNT = {"type": "integer"}
JSON = "application/json"


def of(required: str = "", **properties: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "required": required.split()} if required else schema


def array(item: Any) -> dict[str, Any]:
    return {"type": "array", "items": item}


def answers(schema: Any = None, status: str = "200", *also: str) -> dict[str, Any]:
    """
    Say that an operation answers with a schema, or without content; and which statuses it has besides.
    """
    said = {"description": "an answer", **({"content": {JSON: {"schema": schema}}} if schema is not None else {})}
    return {"responses": {status: said, **{code: {"description": "said"} for code in also}}}


def takes(schema: Any, *media_types: str) -> dict[str, Any]:
    return {"requestBody": {"content": {each: {"schema": schema} for each in media_types or (JSON,)}}}


def header(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "schema": TEXT}


def query(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": TEXT}


def serve(paths: dict[str, Any], **options: Any) -> Site:
    """
    Serve paths whose template expressions are texts.

    Args:
        options: of the site.
    """
    for path, operations in paths.items():
        names = [part[1:].partition("}")[0] for part in path.split("/") if part.startswith("{")]
        operations["parameters"] = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]
    document = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths}
    return Site([load(document)], **options)


def call(site: Site, method: str, target: str, body: Any = None, media_type: str = JSON, **headers: str) -> Reply:
    """
    Call a mock.
    """
    sent = [(b"host", b"127.0.0.1:4010")]
    sent += [(b"content-type", media_type.encode())] if body is not None else []
    sent += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return site.respond(method, target.encode(), tuple(sent), json.dumps(body).encode() if body is not None else b"")


def value(reply: Reply) -> Any:
    return json.loads(reply.body)


def told(reply: Reply, name: str) -> str:
    """
    Return a header of an answer; empty where it has none.
    """
    return next((each.decode() for own, each in reply.headers if own.decode().lower() == name), "")
