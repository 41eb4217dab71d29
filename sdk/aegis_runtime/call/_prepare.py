"""
From a call's arguments to what every one of its attempts sends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote
from uuid import uuid4

from aegis_runtime._numbers import LONGEST, number_fault, seconds_fault
from aegis_runtime._omit import OMIT
from aegis_runtime.call._operation import OperationSpec, SecurityScheme
from aegis_runtime.call._options import header_fault
from aegis_runtime.call._settings import Options, Settings
from aegis_runtime.call._styles import checked, header_lines, target
from aegis_runtime.content._violations import Violations
from aegis_runtime.errors import InvalidRequestError, SchemaViolation, combined

__all__ = ["Prepared", "prepare"]

_LONGEST_URL = 65_000
"""What every transport takes."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch


@dataclass(slots=True, eq=False, repr=False)
class Prepared:
    """
    What every attempt of a call sends.
    """

    request_id: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes | None
    repeatable: bool


def prepare(
    settings: Settings,
    options: Options,
    operation: OperationSpec[Any],
    values: Sequence[object],
    body: object,
    headers: Mapping[str, str] | None,
    idempotency_key: str | None,
    timeout: float | None = None,
) -> Prepared:
    """
    Write the request.

    Raises:
        InvalidRequestError: an argument breaks the contract.
    """
    given = _given(options, headers)
    request_id = _request_id(given)
    try:
        # No time left is no mistake: who hands its own rest of time on is told that the deadline passed.
        if timeout is not None and number_fault(timeout, -LONGEST):
            raise Violations([SchemaViolation("/timeout", "timeout", seconds_fault(timeout))])
        return _written(request_id, settings, operation, values, body, given, idempotency_key)
    except Violations as found:
        violations = found.violations
    except UnicodeError:
        violations = (SchemaViolation("", "encoding", "every text must be encodable"),)
    except (TypeError, AttributeError, LookupError, ValueError, RecursionError):
        # An argument of a kind that nobody thought of; what it was is not told.
        violations = (SchemaViolation("", "type", "every argument must be of the type that its method names"),)
    # Raised out here, so that no traceback leads to the exception that quotes the value.
    raise combined(operation.api.error, InvalidRequestError)(
        operation=operation.operation_id,
        method=operation.method,
        path=operation.path,
        request_id=request_id,
        violations=violations,
    )


def _written(
    request_id: str,
    settings: Settings,
    operation: OperationSpec[Any],
    values: Sequence[object],
    body: object,
    given: Sequence[tuple[str, str]],
    idempotency_key: str | None,
) -> Prepared:
    if operation.parameters:
        values = checked(operation, values)
    url = settings.base_url + target(operation, values)
    table: dict[str, tuple[str, str]] = {
        "user-agent": ("User-Agent", settings.user_agent),
        "accept-encoding": ("Accept-Encoding", "gzip"),
        "x-request-id": ("X-Request-Id", request_id),
    }
    if operation.accept:
        table["accept"] = ("Accept", operation.accept)
    scheme = _scheme(settings, operation)
    if scheme is not None and settings.token is not None:
        if scheme.location == "header":
            table[scheme.parameter.lower()] = (scheme.parameter, scheme.prefix + settings.token.reveal())
        else:
            joint = "&" if "?" in url else "?"
            url = f"{url}{joint}{quote(scheme.parameter, safe='')}={quote(settings.token.reveal(), safe='')}"
    if operation.others:
        for name, value in header_lines(operation, values):
            table[name.lower()] = (name, value)
    written: bytes | None = None
    if operation.body is not None:
        if body is not OMIT:
            written = operation.body.encode(body)
            table["content-type"] = ("Content-Type", operation.body.media_type)
        elif operation.body.required:
            raise Violations([SchemaViolation("/body", "required", "a body must be given")])
    for name, value in given:
        if fault := header_fault(name, value):
            raise Violations([fault])
        table[name.lower()] = (name, value)
    repeatable = bool(operation.idempotent)
    header = operation.idempotency_header
    if header is not None:
        low = header.lower()
        if idempotency_key is not None:
            table[low] = (header, idempotency_key)
        if low in table:
            table[low] = (header, _key(operation, header, table[low][1]))
        else:
            table[low] = (header, str(uuid4()))
        repeatable = True
    elif idempotency_key is not None:
        raise Violations([SchemaViolation("/idempotency_key", "idempotency", "this operation takes none")])
    if len(url) > _LONGEST_URL:
        words = f"the address must have at most {_LONGEST_URL} characters"
        raise Violations([SchemaViolation("", "uri", words)])
    return Prepared(request_id, url, list(table.values()), written, repeatable)


def _scheme(settings: Settings, operation: OperationSpec[Any]) -> SecurityScheme | None:
    wanted = settings.auth
    for scheme in operation.security:
        if wanted is None or scheme.name == wanted:
            return scheme
    # The scheme that was asked for is not among this operation's: better its first one than none.
    return operation.security[0] if operation.security else None


def _key(operation: OperationSpec[Any], header: str, key: object) -> str:
    if not isinstance(key, str) or not key:
        raise Violations([SchemaViolation(f"/header/{header}", "minLength", "must be a text that is not empty")])
    if operation.idempotency_check is not None:
        operation.idempotency_check(key, f"/header/{header}")
    if fault := header_fault(header, key):
        raise Violations([fault])
    return key


def _given(options: Options, headers: object) -> tuple[tuple[str, str], ...]:
    if not headers:
        return options.headers
    if not isinstance(headers, Mapping):
        return (*options.headers, ("", ""))  # refused as a header without a name
    return (*options.headers, *cast("Mapping[str, str]", headers).items())


def _request_id(given: Sequence[tuple[str, str]]) -> str:
    for name, value in given:
        if str(name).lower() == "x-request-id" and _REQUEST_ID(str(value)):
            return value
    return uuid4().hex
