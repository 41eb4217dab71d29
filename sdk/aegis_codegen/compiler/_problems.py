"""
Declared problem codes and their error classes.
"""

from __future__ import annotations

from typing import Any, cast

from aegis_codegen.compiler._names import pascal
from aegis_codegen.compiler._refusals import Refusals
from aegis_codegen.plan import Problem
from aegis_contracts import Contract, Place

# The SDK's own error classes: a problem of the same name would hide what it derives from.
_STATUS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    410: "GoneError",
    413: "PayloadTooLargeError",
    415: "UnsupportedMediaTypeError",
    422: "UnprocessableError",
    429: "RateLimitedError",
    503: "ServiceUnavailableError",
}
_TAKEN = frozenset(_STATUS.values()) | {"ApiError", "CallError", "ClientError", "InvalidRequestError", "ServerError"}


def problems(contract: Contract, x: dict[str, Any], refusals: Refusals) -> tuple[Problem, ...]:
    """
    Plan the problems that *contract* declares, with those of the documents that it refers to.
    """
    found: dict[str, Problem] = {}
    classes: dict[str, str] = {}
    uris = [contract.documents.root, *(uri for uri in contract.documents.uris() if uri != contract.documents.root)]
    for uri in uris:
        document = contract.documents.node(Place(uri, ""))
        declared = document.get("x-problems", ()) if isinstance(document, dict) else ()
        for index, node in enumerate(cast("list[dict[str, Any]]", declared)):
            place = Place(uri, f"/x-problems/{index}")
            if not isinstance(node.get("code"), str) or not isinstance(node.get("status"), int):
                refusals.refuse(place, "problem", "needs a code and a status", "write {code: …, status: 409, title: …}")
                continue
            code, status = str(node["code"]), int(node["status"])
            if code in found:
                if uri == contract.documents.root:
                    refusals.refuse(place, "problem", f"declares {code} a second time", "declare it once")
                continue
            name = f"{pascal(code)}Error"
            if name in _TAKEN:
                name = f"{pascal(code)}Problem"
            if name in classes:
                refusals.refuse(place, "problem", f"is named {name} like {classes[name]}", "choose another code")
            classes[name] = code
            base = _STATUS.get(status) or ("ServerError" if status >= 500 else "ClientError")
            found[code] = Problem(
                code, name, status, base, str(node.get("title", "")), str(node.get("description", "")).strip()
            )
    return tuple(found.values())
