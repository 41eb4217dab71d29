"""
Recording: what the SDK sends and reads while a suite runs is noted.

The SDK knows nothing of it. A few of its functions are wrapped for as long as the recording lasts, since no transport
and no middleware sees which fields of an answer are read afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aegis_runtime import OperationSpec, Request
from aegis_runtime.call import _call
from aegis_runtime.call._read import error_for, pick, read_result
from aegis_runtime.models import ResponseModel
from aegis_sdk._generated.events import EVENT_TYPES, EventInfo
from aegis_sdk._generated.events._base import Model
from aegis_sdk.events.consumer.handling._lanes import InFlight
from aegis_testing.needs._reads import Reads
from aegis_testing.needs._uses import Seen, Uses, fields_of


@contextmanager
def recording(uses: Uses) -> Generator[Uses]:
    """
    Note in *uses* what is used from here to the end.
    """
    reads = Reads()
    kinds: dict[Any, EventInfo] = {info.model: info for info in EVENT_TYPES}
    begin: Callable[[Any], Request] = vars(_call.Call)["begin"]
    taken: Callable[..., None] = vars(InFlight)["__init__"]

    def noted_begin(call: Any) -> Request:
        request = begin(call)
        operation: OperationSpec[Any] = call.operation
        uses.sent(*_key(operation), _sent(operation, request))
        return request

    def noted_result(operation: OperationSpec[Any], response: Any, *more: Any) -> Any:
        seen = uses.answered(*_key(operation), _status(operation.responses, response.status))
        result = read_result(operation, response, *more)
        reads.watch(result, seen, "/body")
        return result

    def noted_error(operation: OperationSpec[Any], response: Any, *more: Any) -> Any:
        error: Any = error_for(operation, response, *more)
        seen = uses.answered(*_key(operation), _status(operation.errors, response.status))
        if problem := getattr(error, "problem", None):
            if problem.code:
                seen.setdefault("/body/code", set()).add("string")  # the error's class hangs on it
            reads.watch(getattr(error, "error_body", None), seen, "/body")
        return error

    def noted_taken(item: Any, partition: Any, record: Any, offset: int, size: int, event: Any, event_id: str) -> None:
        taken(item, partition, record, offset, size, event, event_id)
        if (info := kinds.get(event.__class__)) is not None:
            seen: Seen = uses.delivered(info.name, info.version, info.topic)
            seen.setdefault("/eventId", set()).add("string")  # duplicates are known by it
            reads.watch(event, seen, "")

    replaced: list[tuple[Any, str, Callable[..., Any]]] = [
        (_call.Call, "begin", noted_begin),
        (_call, "read_result", noted_result),
        (_call, "error_for", noted_error),
        (InFlight, "__init__", noted_taken),
        (ResponseModel, "__getattribute__", reads.reader(object.__getattribute__)),
        (Model, "__getattribute__", reads.reader(object.__getattribute__)),
    ]
    before: list[tuple[Any, str, Any]] = [(owner, name, _own(owner, name)) for owner, name, _ in replaced]
    for owner, name, function in replaced:
        setattr(owner, name, function)
    try:
        yield uses
    finally:
        for owner, name, former in before:
            if former is None:
                delattr(owner, name)
            else:
                setattr(owner, name, former)


def _own(owner: Any, name: str) -> Any:
    return owner.__dict__.get(name)


def _key(operation: OperationSpec[Any]) -> tuple[str, str, str, str]:
    api = operation.api
    return (api.name if api.package == "aegis_sdk" else "", operation.method, operation.path, operation.operation_id)


def _status(table: Any, status: int) -> str:
    for pattern in (str(status), f"{status // 100}XX", "default"):
        if pattern in table and pick({pattern: table[pattern]}, status) is not None:
            return pattern
    return str(status)


def _sent(operation: OperationSpec[Any], request: Request) -> Iterator[tuple[str, str]]:
    query = urlsplit(request.url).query
    given = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    headers = {name.lower() for name, _ in request.headers}
    cookies = next((value for name, value in request.headers if name.lower() == "cookie"), "")
    if operation.idempotency_header and operation.idempotency_header.lower() in headers:
        yield f"/header/{operation.idempotency_header}", "string"
    for parameter in operation.parameters:
        name, place = parameter.name, parameter.location
        told = (
            place == "path"
            or (place == "query" and any(one == name or one.startswith(f"{name}[") for one in given))
            or (place == "header" and name.lower() in headers)
            or (place == "cookie" and f"{name}=" in cookies)
        )
        if told:
            yield f"/{place}/{name}", "string"
    if request.body:
        yield from _body(request)


def _body(request: Request) -> Iterator[tuple[str, str]]:
    media = next((value for name, value in request.headers if name.lower() == "content-type"), "")
    if "json" not in media:
        return
    for pointer, kind in fields_of(json.loads(request.body or b"null"), "/body"):
        if pointer != "/body":
            yield pointer, kind
