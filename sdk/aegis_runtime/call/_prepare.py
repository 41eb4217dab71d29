"""
From a call's arguments to what every one of its attempts sends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from aegis_runtime._omit import OMIT
from aegis_runtime.call._operation import OperationSpec, SecurityScheme
from aegis_runtime.call._settings import Options, Settings
from aegis_runtime.call._styles import checked, header_lines, header_value, target
from aegis_runtime.content._violations import Violations
from aegis_runtime.errors import InvalidRequestError, SchemaViolation, combined

__all__ = ["Prepared", "prepare"]

# RFC 9110 §5.1.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch


@dataclass(slots=True, eq=False, repr=False)
class Prepared:
    """
    What every attempt of a call sends.
    """

    request_id: str
    url: str = ""
    headers: list[tuple[str, str]] = None  # type: ignore[assignment]  # filled before anybody sees it
    body: bytes | None = None
    repeatable: bool = False


def prepare(
    settings: Settings,
    options: Options,
    operation: OperationSpec[Any],
    values: Sequence[object],
    body: object,
    headers: Mapping[str, str] | None,
    idempotency_key: str | None,
) -> Prepared:
    """
    Write the request.

    Raises:
        InvalidRequestError: an argument breaks the contract.
    """
    given = (*options.headers, *headers.items()) if headers else options.headers
    prepared = Prepared(_request_id(given))
    try:
        _write(prepared, settings, operation, values, body, given, idempotency_key)
    except Violations as found:
        violations = found.violations
    except UnicodeError:
        violations = (SchemaViolation("", "encoding", "every text must be encodable"),)
    else:
        return prepared
    # Raised out here, so that no traceback leads to the exception that quotes the value.
    raise combined(operation.api.error, InvalidRequestError)(
        operation=operation.operation_id,
        method=operation.method,
        path=operation.path,
        request_id=prepared.request_id,
        violations=violations,
    )


def _write(
    prepared: Prepared,
    settings: Settings,
    operation: OperationSpec[Any],
    values: Sequence[object],
    body: object,
    given: Sequence[tuple[str, str]],
    idempotency_key: str | None,
) -> None:
    if operation.checked:
        values = checked(operation, values)
    url = settings.base_url + target(operation, values)
    table: dict[str, tuple[str, str]] = {
        "user-agent": ("User-Agent", settings.user_agent),
        "accept-encoding": ("Accept-Encoding", "gzip"),
        "x-request-id": ("X-Request-Id", prepared.request_id),
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
    if operation.body is not None:
        if body is not OMIT:
            prepared.body = operation.body.encode(body)
            table["content-type"] = ("Content-Type", operation.body.media_type)
        elif operation.body.required:
            raise Violations([SchemaViolation("/body", "required", "a body must be given")])
    for name, value in given:
        table[name.lower()] = (_checked(name, value), value)
    repeatable = bool(operation.idempotent)
    header = operation.idempotency_header
    if header is not None:
        low = header.lower()
        if idempotency_key is not None:
            table[low] = (_checked(header, idempotency_key), idempotency_key)
        elif low not in table:
            table[low] = (header, str(uuid4()))
        repeatable = True
    prepared.url = url
    prepared.headers = list(table.values())
    prepared.repeatable = repeatable


def _scheme(settings: Settings, operation: OperationSpec[Any]) -> SecurityScheme | None:
    wanted = settings.auth
    for scheme in operation.security:
        if wanted is None or scheme.name == wanted:
            return scheme
    # The scheme that was asked for is not among this operation's: better its first one than none.
    return operation.security[0] if operation.security else None


def _checked(name: str, value: str) -> str:
    if not _NAME(name):
        raise Violations([SchemaViolation("/header", "header", "a header's name must be a token")])
    if not header_value(value):
        raise Violations([SchemaViolation(f"/header/{name}", "header", "must be printable text on one line")])
    return name


def _request_id(given: Sequence[tuple[str, str]]) -> str:
    for name, value in given:
        if name.lower() == "x-request-id" and _REQUEST_ID(value):
            return value
    return uuid4().hex
