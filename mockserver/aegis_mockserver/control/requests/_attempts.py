"""
A valid request for an operation, to try it with.
"""

from __future__ import annotations

from typing import Any

from aegis_mockserver.control._routes import Call, control
from aegis_mockserver.control.requests._samples import Sample, sample
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.operations._operation import CompiledOperation


@control.on("GET", "/operations/request")
def sample_request(call: Call) -> Answer | Problem:
    """
    Write a valid request for an operation, from its examples or generated.

    Query:
        operation: key of the operation.
        contract: title of its contract; needed where two contracts have the key.
        seed: another one makes another request; left out, the contract's examples are taken.

    Answers:
        200 {operation, method, target, headers, body, optional}: The request; optional may be added.
        404: There is no such operation.
    """
    served = _wanted(call)
    if served is None:
        return Problem("no_such_operation", 404, "GET /__mock__/operations lists the operations.")
    return Answer(200, _told(served, sample(served, call.world, call.query.get("seed", ""))), origin="control")


def _wanted(call: Call) -> CompiledOperation | None:
    key, title = call.query.get("operation", ""), call.query.get("contract")
    if title is not None:
        return call.site.find(title, key)
    return next((served for served in call.site.operations if served.key == key), None)


def _told(served: CompiledOperation, made: Sample) -> dict[str, Any]:
    operation = served.declared
    return {
        "contract": served.title,
        "operation": served.key,
        "method": operation.method,
        "path": operation.path,
        "summary": operation.summary,
        "description": operation.description,
        "target": made.target,
        "headers": [{"name": name, "value": value} for name, value in made.headers],
        "body": made.body,
        "readable": made.readable,
        "optional": made.optional,
        "responses": [
            {"status": status, "description": response.description, "examples": _names(response.content)}
            for status, response in operation.responses.items()
        ],
    }


def _names(content: Any) -> list[str]:
    return list(dict.fromkeys(name for media in content.values() for name in media.examples))
