"""
Contracts of parks and what is in them, in the shapes that other people's contracts have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from .conftest import Client, value

Make = Callable[..., Client]
TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer"}
MISSING: Any = object()
Refused = Callable[..., Any]


def members(**properties: Any) -> dict[str, Any]:
    """
    Return the schema of an object.
    """
    return {"type": "object", "properties": properties}


def needs(names: str, /, **properties: Any) -> dict[str, Any]:
    """
    Return the schema of an object, and which of its members it must have.
    """
    return {"type": "object", "required": names.split(), "properties": properties}


def array(items: Any) -> dict[str, Any]:
    """
    Return the schema of an array.
    """
    return {"type": "array", "items": items}


def content(schema: Any, media_type: str = "application/json") -> dict[str, Any]:
    """
    Return content of one media type.
    """
    return {"content": {media_type: {"schema": schema}}}


def operation(status: str, answer: Any = None, body: Any = None, *query: str, **more: Any) -> dict[str, Any]:
    """
    Return an operation: what it answers, what is sent to it, and by which names the query asks.
    """
    said: dict[str, Any] = {"description": "d", **(content(answer) if answer is not None else {}), **more}
    taken: dict[str, Any] = {"requestBody": {"required": True, **content(body)}} if body is not None else {}
    asked = [{"name": name, "in": "query", "schema": TEXT} for name in query]
    return {"responses": {status: said}, "parameters": asked, **taken}


def document(paths: dict[str, Any], schema: Any = TEXT) -> dict[str, Any]:
    """
    Return a contract whose paths have their parameters.
    """
    for path, node in paths.items():
        names = re.findall(r"\{(\w+)\}", path)
        node["parameters"] = [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}


NAMED = members(name=TEXT)
PARK = members(id=TEXT, name=TEXT)
PARKS: dict[str, Any] = {
    "/parks": {"get": operation("200", array(PARK)), "post": operation("201", PARK, NAMED)},
    "/parks/{park}": {"get": operation("200", PARK), "delete": operation("204")},
}


def parks(**more: Any) -> dict[str, Any]:
    """
    Return the contract of the parks, with more paths.
    """
    return document({**json.loads(json.dumps(PARKS)), **more})


def make(call: Client, path: str, body: Any) -> Any:
    """
    Make an item, and return it as it is answered.
    """
    reply = call("POST", path, body)
    assert reply.status in {200, 201}, reply.body
    return value(reply)


def names(call: Client, path: str) -> list[str]:
    """
    Name what a list has.
    """
    return [one["name"] for one in value(call("GET", path))]
