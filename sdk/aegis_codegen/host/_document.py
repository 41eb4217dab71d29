"""
The document for the host: the plan's operations and models, without anything that the host would lose or stumble over.
"""

from __future__ import annotations

from typing import Any

from aegis_codegen.plan import Api, Operation


def document(api: Api) -> dict[str, Any]:
    """
    Reduce *api* to an OpenAPI document of names: the plan carries everything else past the host.
    """
    paths: dict[str, dict[str, Any]] = {}
    for operation in api.operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {"openapi": "3.1.0", "info": {"title": api.title, "version": api.version}, "paths": paths}


def _operation(operation: Operation) -> dict[str, Any]:
    parameters = [
        {"name": parameter.name, "in": "path", "required": True, "schema": {"type": "string"}}
        for parameter in operation.parameters
        if parameter.location == "path"
    ]
    return {
        "operationId": operation.operation_id,
        "tags": [operation.resource],
        "parameters": parameters,
        "responses": {"204": {"description": "as the plan says"}},
    }
