"""
Exchanges without their secrets: what the control API gives out of the journal.

Hidden is every value that the contract marks ``x-sensitive: secret`` and every one that has a name such as ``password``
or ``Authorization``, whether or not an operation was found.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec.structs import replace

from aegis_contracts import MediaType, Operation, Parameter
from aegis_contracts.exchange import kind
from aegis_contracts.json_pointer import unescape
from aegis_mockserver.control.journal._render import media_type_of
from aegis_mockserver.control.journal._secret_names import HIDDEN, is_well_known, scrubbed
from aegis_mockserver.core._provider import Provider
from aegis_mockserver.world import Exchange
from aegis_mockserver.world._messages import RawHeaders, Reply, Request

Directed = tuple[MediaType, Literal["request", "response"]]
UNREADABLE = b"[hidden: a body that cannot be read cannot be searched for secrets either]"
_NAME = re.compile(rb'[;\s]name\s*=\s*(?:"([^"]*)"|([^\s;]+))', re.IGNORECASE)


class Secrets:
    """
    Names whose values are hidden: those that a contract marks, and those that everybody uses.

    Args:
        marked: by the contract, as they stand and in lower case.
        segments: positions of path segments that hold a secret, from the end.
    """

    def __init__(self, marked: Iterable[str] = (), segments: Iterable[int] = ()) -> None:
        self.marked = frozenset(marked)
        self.segments = frozenset(segments)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self.marked or is_well_known(name))


NOBODYS = Secrets()


def redacted(exchange: Exchange, site: Provider) -> Exchange:
    """
    Return the exchange with its secrets hidden.
    """
    secrets = secrets_of(exchange, site)
    request, reply = exchange.request, exchange.reply
    path, query = _path(request.path, secrets.segments), _query(request.query, secrets)
    sent = Request(
        request.method, path, query, _headers(request.headers, secrets), _body(request.body, request.headers, secrets)
    )
    lines = tuple(reply.headers)
    received = Reply(reply.status, list(_headers(lines, secrets)), _body(reply.body, lines, secrets))
    return replace(exchange, request=sent, reply=received)


def redacted_line(exchange: Exchange, site: Provider) -> Exchange:
    """
    Return the exchange without headers and bodies, the secrets in its target hidden: what one line of a list needs.
    """
    request = exchange.request
    secrets = secrets_of(exchange, site)
    sent = Request(request.method, _path(request.path, secrets.segments), _query(request.query, secrets))
    return replace(exchange, request=sent, reply=Reply(exchange.reply.status, [], b""))


def hidden(value: Any, secrets: Secrets) -> Any:
    """
    Return *value* with the members of these names hidden.
    """
    if isinstance(value, dict):
        return {name: HIDDEN if name in secrets and item else hidden(item, secrets) for name, item in value.items()}
    if isinstance(value, list):
        return [hidden(item, secrets) for item in value]
    return value


def secrets_of(exchange: Exchange, site: Provider) -> Secrets:
    """
    Return the names that are secret in an exchange.
    """
    served = site.find(exchange.contract, exchange.operation)
    return secret_names(served.declared) if served is not None else NOBODYS


def hider(contract: str, operation: str, site: Provider) -> Callable[[str], str] | None:
    """
    Return what hides the secrets in the paths of an operation; None where there are none.
    """
    found = site.find(contract, operation)
    secret = secret_segments(found.declared) if found is not None else NOBODYS.segments
    return (lambda path: _path(path, secret)) if secret else None


def _path(path: str, secret: frozenset[int]) -> str:
    if not secret:
        return path
    segments = path.split("/")
    return "/".join(HIDDEN if index - len(segments) in secret else part for index, part in enumerate(segments))


@lru_cache(maxsize=4096)
def secret_segments(operation: Operation) -> frozenset[int]:
    """
    Return the positions, from the end, of the path's segments that hold a secret.
    """
    if "{" not in operation.path:
        return frozenset()
    names = {
        f"{{{parameter.name}}}"
        for parameter in operation.parameters
        if parameter.location == "path" and (is_well_known(parameter.name) or _is_marked(parameter))
    }
    segments = operation.path.split("/")
    return frozenset(i - len(segments) for i, part in enumerate(segments) if any(name in part for name in names))


def _is_marked(parameter: Parameter) -> bool:
    return parameter.schema is not None and _is_secret(parameter.schema.projected("request"))


def _query(query: bytes, secrets: Secrets) -> bytes:
    if not query:
        return query
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    if not any(name in secrets for name, _ in pairs):
        return query
    return urlencode([(name, HIDDEN if name in secrets else value) for name, value in pairs]).encode()


def _headers(headers: RawHeaders, secrets: Secrets) -> RawHeaders:
    mask = HIDDEN.encode()
    return tuple((n, mask if n.decode("latin-1") in secrets else _line(value)) for n, value in headers)


def _line(value: bytes) -> bytes:
    text = value.decode("latin-1")
    return scrubbed(text).encode("latin-1") if "=" in text or " " in text else value


def _body(content: bytes, headers: RawHeaders, secrets: Secrets) -> bytes:
    if not content:
        return content
    media_type = media_type_of(headers)
    match kind(media_type or "application/json"):
        case "form":
            return _query(content, secrets)
        case "multipart":
            return b"\r\n--".join(_part(part, secrets) for part in content.split(b"\r\n--"))
        case "json":
            try:
                value = msgspec.json.decode(content)
            except (msgspec.DecodeError, RecursionError):
                return UNREADABLE if secrets.marked else _text(content)
            shown = hidden(value, secrets)
            return content if shown == value else msgspec.json.encode(shown)
        case _:
            return UNREADABLE if secrets.marked else _text(content)


def _text(content: bytes) -> bytes:
    for charset in ("utf-8", "latin-1"):
        with contextlib.suppress(UnicodeDecodeError):
            return scrubbed(content.decode(charset)).encode(charset)
    return UNREADABLE


def _part(part: bytes, secrets: Secrets) -> bytes:
    head, between, _ = part.partition(b"\r\n\r\n")
    name = _NAME.search(head[:2_000])
    if between and name is not None and (name[1] or name[2]).decode("utf-8", "replace") in secrets:
        return head + between + HIDDEN.encode()
    return part


@lru_cache(maxsize=4096)
def secret_names(operation: Operation) -> Secrets:
    """
    Return the names that the contract marks secret (``x-sensitive: secret``, ``format: password``), and those of keys.
    """
    names = {str(scheme.get("name", "")) for scheme in _schemes(operation) if scheme.get("type") == "apiKey"}
    names.update(parameter.name for parameter in operation.parameters if _is_marked(parameter))
    bodies = [operation.request_body] if operation.request_body is not None else []
    sent: list[Directed] = [(media, "request") for body in bodies for media in body.content.values()]
    answers = operation.responses.values()
    answered: list[Directed] = [(media, "response") for answer in answers for media in answer.content.values()]
    for media, direction in (*sent, *answered):
        if media.schema is not None:
            names.update(_marked(media.schema.projected(direction)))
    return Secrets({*names, *(name.lower() for name in names)} - {""}, secret_segments(operation))


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
    return isinstance(schema, dict) and (schema.get("x-sensitive") == "secret" or schema.get("format") == "password")
