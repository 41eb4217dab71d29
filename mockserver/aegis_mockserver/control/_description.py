"""
What the control API itself offers, for people and as an OpenAPI document.

It is read from the docstrings of the control operations: ``Query:``, ``Body:`` and ``Answers:`` are sections of them.
"""

from __future__ import annotations

import re
from typing import Any

from aegis_mockserver.control._routes import Call, Control, control
from aegis_mockserver.core._messages import Answer
from aegis_mockserver.world._messages import CONTROL

_ANSWER = re.compile(r"(\d{3})(?: ([a-z]+/[a-z0-9.+-]+))?(?: \{(.*)\})?")
_NAMES = re.compile(r"\{(\w+)\}")
_WORLD = {"X-Mock-World": "header", "world": "query"}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {"status": {"type": "integer"}, "code": {"type": "string"}, "detail": {"type": "string"}},
}


@control.on("GET", "/api", worldly=False)
def api(call: Call) -> Answer:
    """
    List the control operations.

    Answers:
        200 {operations, openapi}: The operations, and where they are described as OpenAPI.
    """
    del call
    listed = [{"method": one.method, "path": one.path, "summary": one.summary} for one in control.listed]
    return Answer(200, {"operations": listed, "openapi": f"{CONTROL}/openapi.json"}, origin="control")


@control.on("GET", "/openapi.json", worldly=False)
def openapi(call: Call) -> Answer:
    """
    Describe the control API as an OpenAPI document.

    Answers:
        200 {openapi, info, paths}: The document.
    """
    del call
    paths: dict[str, dict[str, Any]] = {}
    for one in control.listed:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    description = (
        "Reads and steers what the mock remembers. Every operation is about one world: the one that the header "
        "`X-Mock-World` or the query parameter `world` names, else the default world. No credential is needed."
    )
    info = {"title": "Control API of the mock server", "version": "1", "description": description}
    components = {"schemas": {"Problem": PROBLEM}}
    document = {"openapi": "3.1.1", "info": info, "paths": paths, "components": components}
    return Answer(200, document, origin="control")


def _operation(one: Control) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [_parameter(name, "path", "") for name in _NAMES.findall(one.path)]
    parameters += [_parameter(name, "query", text) for name, text in one.query.items()]
    parameters += [_parameter(name, where, "The world; left out, the default one.") for name, where in _WORLD.items()]
    operation: dict[str, Any] = {
        "operationId": one.handler.__name__,
        "summary": one.summary,
        "parameters": parameters,
    }
    members = {name: {"description": text} for name, text in (one.body or {}).items()}
    if members:
        free = members.pop("*", False)
        schema: dict[str, Any] = {"type": "object", "additionalProperties": free}
        if members:
            schema["properties"] = members
        operation["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    answers: dict[str, Any] = {}
    for name, text in one.answers.items():
        if match := _ANSWER.fullmatch(name):
            answers[match[1]] = _response(match[1], match[2] or "application/json", match[3], text)
    answers.setdefault("400", _response("400", "", None, "The request asks for something unknown or impossible."))
    if one.worldly and not one.makes:
        answers.setdefault("404", _response("404", "", None, "There is no such world."))
    answers["403"] = _response("403", "", None, "A page of another origin or host may neither read nor steer the mock.")
    return {**operation, "responses": answers}


def _response(status: str, media_type: str, members: str | None, text: str) -> dict[str, Any]:
    content: dict[str, Any]
    if status in {"204", "304", "307"}:
        return {"description": text}
    if status[0] in "45":
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    elif media_type == "application/json":
        required: dict[str, Any] = {"required": members.split(", ")} if members else {}
        content = {media_type: {"schema": {"type": "object", **required}}}
    else:
        content = {media_type: {"schema": {"type": "string"}}}
    return {"description": text, "content": content}


def _parameter(name: str, location: str, text: str) -> dict[str, Any]:
    required = {"required": True} if location == "path" else {}
    described = {"description": text} if text else {}
    return {"name": name, "in": location, **required, **described, "schema": {"type": "string"}}
