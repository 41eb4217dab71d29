"""
Our own profile: what a contract must say beyond OpenAPI, so that an SDK, a mock and a reader get all they need.
"""

from __future__ import annotations

from collections.abc import Iterator

from aegis_contracts._contract import Contract
from aegis_contracts._model import Operation, Response
from aegis_contracts._violation import Finding
from aegis_contracts.exchange._media import kind

PROBLEM = "application/problem+json"


def profile(contract: Contract) -> Iterator[Finding]:
    """
    Report operations that say too little: no identifier, summary, description, source or tag; answers without examples;
    4XX and 5XX without a problem body; a POST that creates something, without an idempotency key.
    """
    for operation in contract.all_operations():
        yield from _words(operation)
        for status, response in operation.responses.items():
            yield from _response(operation, status, response)
        yield from _request(operation)


def _finding(operation: Operation, rule: str, message: str, mend: str) -> Finding:
    return operation.contract.documents.finding(operation.place, rule, message, mend)


def _words(operation: Operation) -> Iterator[Finding]:
    for field in ("operationId", "summary", "description", "tags"):
        if not operation.node.get(field):
            yield _finding(operation, f"profile-{field.lower()}", f"has no {field}", f"add {field}")
    if "Source:" not in str(operation.node.get("description", "")):
        mend = "end the description with Source: and where the rule comes from"
        yield _finding(operation, "profile-source", "does not say where its rule comes from", mend)
    if not operation.responses:
        yield _finding(operation, "profile-responses", "declares no response", "declare what it answers")


def _response(operation: Operation, status: str, response: Response) -> Iterator[Finding]:
    documents = operation.contract.documents
    for media in response.content.values():
        if media.schema is None:
            yield documents.finding(media.place, "profile-schema", "has no schema", "describe the content")
        if not media.examples:
            yield documents.finding(media.place, "profile-example", "has no example", f"show what {status} looks like")
    if status[:1] in {"4", "5"} and PROBLEM not in response.content and not _excused(operation, status, response):
        mend = f"answer {PROBLEM} (RFC 9457), or say x-error-shape with a reason"
        yield documents.finding(response.place, "profile-problem", f"{status} has no problem body", mend)


def _excused(operation: Operation, status: str, response: Response) -> bool:
    foreign = operation.contract.extensions.get("x-error-shape") or response.extensions.get("x-error-shape")
    health = status == "503" and "200" in operation.responses and response.content.keys() & {"application/json"}
    return bool(foreign or health)


def _request(operation: Operation) -> Iterator[Finding]:
    documents = operation.contract.documents
    body = operation.request_body
    if body:
        for media_type, media in body.content.items():
            if kind(media_type) == "json" and not media.examples:
                yield documents.finding(media.place, "profile-example", "has no example", "show a request")
    keyed = any(parameter.key == ("header", "idempotency-key") for parameter in operation.parameters)
    creates = operation.method == "POST" and operation.responses.keys() & {"201", "202"}
    if creates and not keyed:
        mend = "take the header parameter Idempotency-Key, so that a lost answer can be asked for again"
        yield _finding(operation, "profile-idempotency", "creates something, but cannot be repeated safely", mend)
