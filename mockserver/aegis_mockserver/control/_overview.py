"""
What is served, and what the control API itself offers.
"""
# ruff: noqa: ARG001 - a table of functions has one signature, whether or not each entry needs it all

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from aegis_mockserver.control._registry import PREFIX, Call, Handler, control
from aegis_mockserver.core._messages import Answer, Problem

VALIDATE = ("strict", "report", "off")
_SECTION = re.compile(r"(Query|Body):")
_ENTRY = re.compile(r" {4}(\w+): (.+)")
_NAMES = re.compile(r"\{(\w+)\}")


@control.on("GET", "/")
def index(call: Call) -> Answer | Problem:
    """
    Say where to go on.
    """
    return api(call)


@control.on("GET", "/api")
def api(call: Call) -> Answer:
    """
    List the control operations.
    """
    listed = [{"method": method, "path": path, "summary": _doc(h)[0]} for method, path, h in control.listed]
    return Answer(200, {"operations": listed, "openapi": f"{PREFIX}/openapi.json"}, origin="control")


@control.on("GET", "/openapi.json")
def openapi(call: Call) -> Answer:
    """
    Describe the control API as an OpenAPI document.
    """
    paths: dict[str, dict[str, Any]] = {}
    for method, path, handler in control.listed:
        paths.setdefault(path, {})[method.lower()] = _operation(path, handler)
    description = (
        "Reads and steers what the mock remembers. Every operation is about one world: the one that the header "
        "`X-Mock-World` or the query parameter `world` names, else the default world. No credential is needed."
    )
    info = {"title": "Control API of the mock server", "version": "1", "description": description}
    return Answer(200, {"openapi": "3.1.1", "info": info, "paths": paths}, origin="control")


@control.on("GET", "/health")
def health(call: Call) -> Answer:
    """
    Say that the mock is up, and how much it serves.
    """
    site = call.site
    figures = {"contracts": len(site.contracts), "operations": len(site.served), "worlds": len(site.worlds)}
    return Answer(200, {"status": "healthy", **figures}, origin="control")


@control.on("PATCH", "/settings")
def change_settings(call: Call) -> Answer | Problem:
    """
    Change how the mock treats requests, in all worlds.

    Body:
        validate: strict refuses requests that break the contract, report only says so, off does not look.
    """
    validate = call.members("validate").get("validate", call.site.validate)
    if validate not in VALIDATE:
        raise ValueError(f"validate must be one of {', '.join(VALIDATE)}")
    call.site.set_validate(validate)
    return get_settings(call)


@control.on("GET", "/settings")
def get_settings(call: Call) -> Answer:
    """
    Read how the mock treats requests.
    """
    return Answer(200, {"validate": call.site.validate}, origin="control")


@control.on("GET", "/contracts")
def contracts(call: Call) -> Answer:
    """
    List the contracts.
    """
    listed = [
        {"title": known.title, "version": known.version, "source": known.source, "openapi": known.openapi_version}
        for known in call.site.contracts
    ]
    return Answer(200, {"contracts": listed}, origin="control")


@control.on("GET", "/operations")
def operations(call: Call) -> Answer:
    """
    List the operations of all contracts.

    Query:
        contract: only those of the contract with this title.
    """
    title = call.query.get("contract")
    listed = [
        {
            "contract": served.title,
            "operation": served.key,
            "method": served.operation.method,
            "path": served.operation.path,
            "summary": served.operation.summary,
        }
        for served in call.site.served
        if title is None or served.title == title
    ]
    return Answer(200, {"operations": listed}, origin="control")


def _operation(path: str, handler: Handler) -> dict[str, Any]:
    summary, described = _doc(handler)
    parameters: list[dict[str, Any]] = [_parameter(name, "path", "") for name in _NAMES.findall(path)]
    parameters += [_parameter(name, "query", text) for section, name, text in described if section == "Query"]
    parameters += [_parameter("X-Mock-World", "header", "The world; left out, the default one.")]
    operation: dict[str, Any] = {"operationId": handler.__name__, "summary": summary, "parameters": parameters}
    members = {name: {"description": text} for section, name, text in described if section == "Body"}
    if members:
        schema = {"type": "object", "properties": members, "additionalProperties": False}
        operation["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    answers = {"200": {"description": "Done."}, "400": {"description": "A problem (RFC 9457) says what is unusable."}}
    return {**operation, "responses": answers}


def _parameter(name: str, location: str, text: str) -> dict[str, Any]:
    required = {"required": True} if location == "path" else {}
    described = {"description": text} if text else {}
    return {"name": name, "in": location, **required, **described, "schema": {"type": "string"}}


def _doc(handler: Handler) -> tuple[str, list[tuple[str, str, str]]]:
    lines = inspect.cleandoc(handler.__doc__ or "").splitlines()
    return (lines[0] if lines else "", list(_sections(lines)))


def _sections(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    section = ""
    for line in lines:
        if match := _SECTION.fullmatch(line):
            section = match[1]
        elif section and (entry := _ENTRY.fullmatch(line)):
            yield section, entry[1], entry[2]
