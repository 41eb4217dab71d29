"""
How an exchange of the journal is shown: readable, and without its secrets.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from aegis_contracts import Operation, Violation
from aegis_mockserver.world import Exchange

if TYPE_CHECKING:
    from aegis_mockserver.core._site import Site

HIDDEN = "[hidden]"
SHOWN = 100_000
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie", "x-api-key"})


def shown(exchange: Exchange, site: Site) -> dict[str, Any]:
    """
    Write an exchange as JSON; values that the contract marks ``x-sensitive: secret`` are hidden, as are credentials.
    """
    request, reply = exchange.request, exchange.reply
    secrets = _secrets_of(exchange, site)
    query = [(k, HIDDEN if k in secrets else v) for k, v in parse_qsl(request.query.decode("latin-1"), True)]
    moment = datetime.fromtimestamp(exchange.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "number": exchange.number,
        "at": moment,
        "seconds": round(exchange.seconds, 6),
        "contract": exchange.contract,
        "operation": exchange.operation,
        "origin": exchange.origin,
        "request": {
            "method": request.method,
            "target": f"{request.path}?{urlencode(query, safe='[]')}" if query else request.path,
            "headers": _headers(request.headers, secrets),
            "body": _body(request.body, secrets),
        },
        "response": {
            "status": reply.status,
            "headers": _headers(tuple(reply.headers), secrets),
            "body": _body(reply.body, secrets),
        },
        "violations": [_violation(violation) for violation in exchange.violations],
        "faults": [_violation(violation) for violation in exchange.faults],
    }


def _violation(violation: Violation) -> dict[str, str]:
    return {"pointer": violation.pointer, "rule": violation.rule, "message": violation.message, "mend": violation.mend}


def _headers(headers: tuple[tuple[bytes, bytes], ...], secrets: frozenset[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1")
        found[name] = HIDDEN if name in SECRET_HEADERS or name in secrets else raw_value.decode("latin-1")
    return found


def _body(content: bytes, secrets: frozenset[str]) -> Any:
    if not content:
        return None
    if len(content) > SHOWN:
        return f"[{len(content)} bytes]"
    try:
        return _hidden(msgspec.json.decode(content), secrets)
    except (msgspec.DecodeError, RecursionError):
        # What cannot be read cannot be searched for secrets either.
        return f"[{len(content)} bytes that are no JSON]"


def _hidden(value: Any, secrets: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {name: HIDDEN if name in secrets else _hidden(item, secrets) for name, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item, secrets) for item in value]
    return value


def _secrets_of(exchange: Exchange, site: Site) -> frozenset[str]:
    for served in site.served:
        if served.key == exchange.operation and served.title == exchange.contract:
            return secret_names(served.operation)
    return frozenset()


@lru_cache(maxsize=4096)
def secret_names(operation: Operation) -> frozenset[str]:
    """
    Return the names of parameters and members that the contract marks secret, and of keys that travel in the query.
    """
    names = {scheme.get("name", "") for scheme in _schemes(operation) if scheme.get("type") == "apiKey"}
    for parameter in operation.parameters:
        if parameter.schema is not None and _is_secret(parameter.schema.projected("request")):
            names.add(parameter.name)
    if operation.request_body is not None:
        for media in operation.request_body.content.values():
            if media.schema is not None:
                names.update(_marked(media.schema.projected("request")))
    return frozenset({*names, *(name.lower() for name in names)} - {""})


def _schemes(operation: Operation) -> Iterator[dict[str, Any]]:
    document = operation.contract.document
    for node in document.get("components", {}).get("securitySchemes", {}).values():
        resolved = operation.contract.resolve(node)
        if isinstance(resolved, dict):
            yield resolved


def _marked(root: Any) -> Iterator[str]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            for name, schema in _properties(node):
                if _is_secret(_followed(schema, root)):
                    yield name
            waiting += node.values()


def _properties(node: dict[str, Any]) -> list[tuple[str, Any]]:
    properties = node.get("properties")
    return list(properties.items()) if isinstance(properties, dict) else []


def _followed(schema: Any, root: Any) -> Any:
    for _ in range(8):
        reference = schema.get("$ref") if isinstance(schema, dict) and not _is_secret(schema) else None
        if not isinstance(reference, str) or not reference.startswith("#/$defs/"):
            return schema
        name = reference.removeprefix("#/$defs/").replace("~1", "/").replace("~0", "~")
        schema = root.get("$defs", {}).get(name) if isinstance(root, dict) else None
    return schema


def _is_secret(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("x-sensitive") == "secret"
