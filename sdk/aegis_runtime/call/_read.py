"""
From an answer to a result or an error.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from aegis_runtime.call._operation import OperationSpec, ResponseSpec
from aegis_runtime.content._charset import json_of, text_of
from aegis_runtime.content._coding import TooLarge, inflated
from aegis_runtime.content._decode import JsonDecoder, TextDecoder, Undecodable
from aegis_runtime.content._violations import Violations
from aegis_runtime.errors import (
    AnswerError,
    CallError,
    ContractViolationError,
    ResponseDecodeError,
    ResponseTooLargeError,
    SchemaViolation,
    UnexpectedRedirectError,
    combined,
    status_class,
)
from aegis_runtime.errors._problem import Problem
from aegis_runtime.resilience._retry_after import asked_to_wait
from aegis_runtime.transports._seam import Response

__all__ = ["error_for", "is_result", "pick", "read_result", "uncoded"]

T = TypeVar("T")
About = Callable[[], dict[str, Any]]

# What proxies and portals answer with; any other content type is not quoted.
_KNOWN_TYPES = frozenset({"text/html", "text/plain", "application/xml", "text/xml", "application/json"})


def pick(table: Mapping[str, ResponseSpec[T]], status: int) -> ResponseSpec[T] | None:
    """
    The entry for *status*: exact, then its class ("4XX"), then "default".
    """
    return table.get(str(status)) or table.get(f"{status // 100}XX") or table.get("default")


def is_result(operation: OperationSpec[Any], status: int) -> bool:
    """
    Say whether the contract calls *status* a result.
    """
    if 200 <= status < 300:
        return True
    return str(status) in operation.responses or f"{status // 100}XX" in operation.responses


def uncoded(operation: OperationSpec[Any], response: Response, limit: int, about: About) -> Response:
    """
    A result with its content coding undone.

    Raises:
        ResponseDecodeError: the coding is broken, or one that was not asked for.
        ResponseTooLargeError: there is more than *limit* bytes.
    """
    if "content-encoding" not in response.headers:
        return response
    kind: type[AnswerError]
    try:
        return Response(response.status, response.headers, inflated(response, limit))
    except Undecodable as fault:
        kind, detail = ResponseDecodeError, str(fault)
    except TooLarge as fault:
        kind, detail = ResponseTooLargeError, str(fault)
    raise combined(operation.api.error, kind)(
        **about(), status=response.status, headers=response.headers, body=response.body, detail=detail
    )


def _legible(response: Response, limit: int) -> Response:
    # An error body that cannot be read must not hide the status, which can.
    try:
        return Response(response.status, response.headers, inflated(response, limit))
    except (Undecodable, TooLarge):
        return response


def read_result(operation: OperationSpec[T], response: Response, strict: bool, about: About) -> T:
    """
    Read an answer as what the operation returns.

    Raises:
        ResponseDecodeError: it cannot be read.
        ContractViolationError: it breaks the contract.
    """
    spec = pick(operation.responses, response.status)
    kind: type[AnswerError] = ContractViolationError
    more: dict[str, Any] = {}
    if spec is None:
        more["detail"] = "the contract does not name this status"
    elif not spec.content:
        if not (strict and response.body):
            return cast("T", None)
        more["detail"] = "the contract gives this status no body"
    else:
        try:
            return _decode(spec, response, strict)
        except Undecodable as fault:
            kind, more["detail"] = ResponseDecodeError, str(fault)
        except Violations as fault:
            more["violations"] = fault.violations
    raise combined(operation.api.error, kind)(
        **about(), status=response.status, headers=response.headers, body=response.body, **more
    )


def _decode(spec: ResponseSpec[T], response: Response, strict: bool) -> T:
    content = spec.content
    body = response.body
    said = response.headers.get("content-type", "")
    kind = said.partition(";")[0].partition(",")[0].strip().lower()
    decoder = content.get(kind)
    if decoder is None and kind:
        decoder = content.get(f"{kind.partition('/')[0]}/*") or content.get("*/*")
    elif decoder is None and not strict:
        # No Content-Type at all: what the contract names first is the likeliest.
        decoder = next(iter(content.values()))
    if not body:
        raise Undecodable("the body is empty")
    if decoder is None:
        got = kind if kind in _KNOWN_TYPES else "another media type" if kind else "no media type"
        raise Undecodable(f"{got} came where the contract says {' or '.join(content)}")
    if ";" in said:
        kinds = ((JsonDecoder, json_of), (TextDecoder, text_of))
        recoded = next((undo for made, undo in kinds if issubclass(type(decoder), made)), None)
        body = body if recoded is None else recoded(body, said)
    return decoder(body, strict)


def error_for(
    operation: OperationSpec[Any],
    response: Response,
    limit: int,
    now: float,
    strict: bool,
    about: dict[str, Any],
    through: bool = False,
) -> CallError:
    """
    The error for an answer that is not a result.

    Args:
        through: a proxy may have written it, so no contract holds it and the error says so.
    """
    response = _legible(response, limit)
    family = operation.api.error
    status = response.status
    about = {**about, "status": status, "headers": response.headers, "body": response.body}
    if status < 400:
        return combined(family, UnexpectedRedirectError)(**about)
    plain = _json(response)
    problem = Problem.read(plain)
    kind = status_class(status)
    declared = operation.api.problems().get(problem.code) if problem.code else None
    if declared is not None and issubclass(declared, kind):
        kind = declared
    typed = plain
    spec = pick(operation.errors, status)
    if spec is not None and spec.content and not through:
        detail, violations = "", tuple[SchemaViolation, ...]()
        try:
            typed = _decode(spec, response, strict)
        except Undecodable as fault:
            detail = str(fault)
        except Violations as fault:
            violations = fault.violations
        if strict and (detail or violations):
            return combined(family, ContractViolationError)(**about, detail=detail, violations=violations)
    after = asked_to_wait(response.headers, now)
    if through:
        about["detail"] = "it came through the proxy, who may have written it"
    return combined(family, kind)(**about, problem=problem, error_body=typed, retry_after=after)


def _json(response: Response) -> object:
    body = response.body
    if not body:
        return None
    try:
        if ";" in (said := response.headers.get("content-type", "")):
            body = json_of(body, said)
        return json.loads(body)
    except (Undecodable, ValueError, RecursionError):
        return None
