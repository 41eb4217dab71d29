"""
From an answer to a result or an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from aegis_sdk._problem import Problem
from aegis_sdk._runtime._decode import Undecodable
from aegis_sdk._runtime._operation import OperationSpec, ResponseSpec
from aegis_sdk._runtime._retry import retry_after
from aegis_sdk._runtime._transport import Response
from aegis_sdk._runtime._violations import Violations, faults_of
from aegis_sdk.errors import (
    ApiError,
    CallError,
    ContractViolationError,
    ResponseDecodeError,
    UnexpectedRedirectError,
    combined,
    status_class,
)

__all__ = ["error_for", "is_result", "read_result"]

T = TypeVar("T")


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


def read_result(operation: OperationSpec[T], response: Response, strict: bool, about: dict[str, Any]) -> T:
    """
    Read an answer as what the operation returns.

    Raises:
        ResponseDecodeError: it cannot be read.
        ContractViolationError: it breaks the contract.
    """
    family = operation.api.error
    about = {**about, "status": response.status, "headers": response.headers, "body": response.body}
    spec = pick(operation.responses, response.status)
    if spec is None:
        raise combined(family, ContractViolationError)(**about, detail="the contract does not name this status")
    if not spec.content:
        return cast("T", None)
    try:
        return _decode(spec, response, strict)
    except Undecodable as fault:
        error: CallError = combined(family, ResponseDecodeError)(**about, detail=str(fault))
    except Violations as fault:
        error = combined(family, ContractViolationError)(**about, violations=fault.faults)
    except ValueError as fault:
        error = _validation(family, fault, about)
    raise error


def _validation(family: type[CallError], fault: ValueError, about: dict[str, Any]) -> CallError:
    from pydantic import ValidationError

    if not isinstance(fault, ValidationError):
        return combined(family, ResponseDecodeError)(**about, detail="the decoder failed")
    faults = faults_of(fault)
    if any(found.rule == "json_invalid" for found in faults):
        return combined(family, ResponseDecodeError)(**about, detail="the body is not JSON")
    return combined(family, ContractViolationError)(**about, violations=faults)


def _decode(spec: ResponseSpec[T], response: Response, strict: bool) -> T:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    decoder = spec.content.get(kind)
    if decoder is None:
        raise Undecodable("the media type is not the contract's")
    if not response.body:
        raise Undecodable("the body is empty")
    return decoder(response.body, strict)


def error_for(operation: OperationSpec[Any], response: Response, now: float, about: dict[str, Any]) -> CallError:
    """
    The error for an answer that is not a result.
    """
    family = operation.api.error
    status = response.status
    about = {**about, "status": status, "headers": response.headers, "body": response.body}
    if 300 <= status < 400:
        return combined(family, UnexpectedRedirectError)(**about)
    body: object = None
    try:
        body = json.loads(response.body)
    except ValueError:
        pass
    problem = Problem.read(body)
    kind: type[ApiError] = status_class(status)
    declared = operation.api.problems().get(problem.code) if problem.code else None
    if declared is not None and issubclass(declared, kind):
        kind = declared
    typed: object = body
    spec = pick(operation.errors, status)
    if spec is not None and spec.content:
        try:
            typed = _decode(spec, response, False)
        except (Undecodable, Violations, ValueError):
            typed = body
    after = retry_after(response.headers.get("retry-after"), now)
    return combined(family, kind)(**about, problem=problem, error_body=typed, retry_after=after)
