"""
Declared problem codes and their error classes.
"""

from __future__ import annotations

from typing import Any, cast

from aegis_codegen._names import constant, pascal
from aegis_codegen.compiler._refusals import Refusals
from aegis_codegen.plan import ERROR_BASES, Problem, error_base
from aegis_contracts import Contract, Place

# The runtime's own error classes: a problem of the same name would hide what it derives from.
_TAKEN = frozenset(ERROR_BASES.values()) | {
    "ApiError",
    "CallError",
    "ClientError",
    "InvalidRequestError",
    "ServerError",
}


def problems(contract: Contract, refusals: Refusals, family: str) -> tuple[Problem, ...]:
    """
    Plan the problems that *contract* declares, with those of the documents that it refers to; all are of *family*.
    """
    found: dict[str, Problem] = {}
    classes: dict[str, str] = {}
    home = _home(contract)
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
            base = pascal(str(node.get("name") or code)).removesuffix("Error")
            name = f"{base}Problem" if f"{base}Error" in {*_TAKEN, family} else f"{base}Error"
            if name in classes:
                refusals.refuse(place, "problem", f"is named {name} like {classes[name]}", "choose another code")
            classes[name] = code
            found[code] = Problem(
                code,
                name,
                status,
                error_base(status),
                str(node.get("title", "")),
                str(node.get("description", "")).strip(),
                f"{home}{code}" if home else "",
                constant(str(node.get("name") or code)),
                _retryable(node, place, refusals),
            )
    return tuple(found.values())


def _home(contract: Contract) -> str:
    """
    Find what the problems' URIs begin with: the examples of problem bodies show it.
    """
    for operation in contract.all_operations():
        for response in operation.responses.values():
            for media in response.content.values():
                for example in media.examples.values():
                    value = example.value if example.has_value else None
                    body = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
                    code, kind = body.get("code"), body.get("type")
                    if isinstance(code, str) and isinstance(kind, str) and code and kind.endswith(f"/{code}"):
                        return kind.removesuffix(code)
    return ""


def _retryable(node: dict[str, Any], place: Place, refusals: Refusals) -> bool | None:
    said: object = node.get("retry")
    if said is not None and not isinstance(said, bool):
        refusals.refuse(
            place.at("retry"), "retry", "is neither true nor false", "say whether another attempt may succeed"
        )
        return None
    return said
