"""
Exchanges without their secrets: what the control API gives out of the journal.

Hidden are credentials, and every value that the contract marks ``x-sensitive: secret``, by the name of its member.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from aegis_contracts import Operation
from aegis_contracts.json_pointer import unescape
from aegis_mockserver.control.journal._render import HIDDEN, SECRET
from aegis_mockserver.core._provider import Provider
from aegis_mockserver.world import Exchange
from aegis_mockserver.world._messages import RawHeaders, Reply, Request

UNREADABLE = b"[hidden: a body that cannot be read cannot be searched for secrets either]"


def redacted(exchange: Exchange, site: Provider) -> Exchange:
    """
    Return the exchange with its secrets hidden.
    """
    secrets = secrets_of(exchange, site)
    request, reply = exchange.request, exchange.reply
    headers = _headers(request.headers, secrets)
    sent = Request(request.method, request.path, _query(request, secrets), headers, _body(request.body, secrets))
    received = Reply(reply.status, list(_headers(tuple(reply.headers), secrets)), _body(reply.body, secrets))
    return exchange._replace(request=sent, reply=received)


def redacted_line(exchange: Exchange, site: Provider) -> Exchange:
    """
    Return the exchange without headers and bodies, the secrets in its query hidden: what one line of a list needs.
    """
    request = exchange.request
    query = _query(request, secrets_of(exchange, site)) if request.query else b""
    sent = Request(request.method, request.path, query)
    return exchange._replace(request=sent, reply=Reply(exchange.reply.status, [], b""))


def hidden(value: Any, secrets: frozenset[str]) -> Any:
    """
    Return *value* with the members of these names hidden.
    """
    if isinstance(value, dict):
        return {name: HIDDEN if name in secrets else hidden(item, secrets) for name, item in value.items()}
    if isinstance(value, list):
        return [hidden(item, secrets) for item in value]
    return value


def secrets_of(exchange: Exchange, site: Provider) -> frozenset[str]:
    """
    Return the names that are secret in an exchange.
    """
    served = site.find(exchange.contract, exchange.operation)
    return secret_names(served.declared) if served is not None else frozenset()


def all_secrets(exchanges: Iterable[Exchange], site: Provider) -> frozenset[str]:
    """
    Return the names that are secret in any of some exchanges.
    """
    operations = {(exchange.contract, exchange.operation): exchange for exchange in exchanges}
    return frozenset().union(*(secrets_of(exchange, site) for exchange in operations.values()))


def _query(request: Request, secrets: frozenset[str]) -> bytes:
    if not secrets or not request.query:
        return request.query
    pairs = parse_qsl(request.query.decode("latin-1"), keep_blank_values=True)
    return urlencode([(name, HIDDEN if name in secrets else value) for name, value in pairs]).encode()


def _headers(headers: RawHeaders, secrets: frozenset[str]) -> RawHeaders:
    mask = HIDDEN.encode()
    names = {name.encode() for name in SECRET | secrets}
    return tuple((name, mask if name in names else value) for name, value in headers)


def _body(content: bytes, secrets: frozenset[str]) -> bytes:
    if not content or not secrets:
        return content
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return UNREADABLE
    return msgspec.json.encode(hidden(value, secrets))


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
        name = unescape(reference.removeprefix("#/$defs/"))
        schema = root.get("$defs", {}).get(name) if isinstance(root, dict) else None
    return schema


def _is_secret(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("x-sensitive") == "secret"
