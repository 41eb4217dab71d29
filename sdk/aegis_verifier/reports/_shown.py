"""
Exchanges as reports show them: short, repeatable with curl, and without secrets.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote

from aegis_contracts import Contract
from aegis_contracts.exchange import kind
from aegis_verifier._names import SECRETS, TOKENS, plain
from aegis_verifier._values import Exchange, Request, Response

HIDDEN = "***"
MOST = 2_000
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key", "set-cookie"})


@lru_cache(maxsize=64)
def _sensitive(contract: Contract) -> tuple[frozenset[str], frozenset[str]]:
    """
    Name the members that are secret, and those that are personal.
    """
    secret: set[str] = set()
    personal: set[str] = set()
    for uri in contract.documents.uris():
        for name, schema in _properties(contract, uri):
            if schema.get("x-sensitive") == "personal":
                personal.add(plain(name))
            elif schema.get("x-sensitive") or schema.get("writeOnly") is True or schema.get("format") == "password":
                secret.add(plain(name))
    return frozenset(secret), frozenset(personal)


def _properties(contract: Contract, uri: str) -> Iterator[tuple[str, dict[str, Any]]]:
    from aegis_contracts import DanglingReferenceError, Place

    pending: list[tuple[Any, Any]] = [(contract.documents.node(Place(uri, "")), Place(uri, ""))]
    while pending:
        node, place = pending.pop()
        if isinstance(node, dict):
            for name, schema in (
                (node.get("properties") or {}).items() if isinstance(node.get("properties"), dict) else ()
            ):
                if isinstance(schema, dict):
                    try:
                        target, _ = contract.documents.follow(schema, place)
                    except DanglingReferenceError:
                        continue
                    yield name, {**target, **schema} if isinstance(target, dict) else schema
            pending += [(member, place) for member in node.values() if isinstance(member, dict | list)]
        elif isinstance(node, list):
            pending += [(member, place) for member in node if isinstance(member, dict | list)]


def _is_secret(contract: Contract, name: str, *, answered: bool) -> bool:
    secret, personal = _sensitive(contract)
    known = plain(name)
    return known in secret or known in SECRETS or known in TOKENS - {"code"} or (answered and known in personal)


def _masked(contract: Contract, value: Any, *, answered: bool, depth: int = 0) -> Any:
    if depth > 40:
        return HIDDEN
    if isinstance(value, dict):
        return {
            name: HIDDEN
            if isinstance(member, str | int | float)
            and not isinstance(member, bool)
            and _is_secret(contract, name, answered=answered)
            else _masked(contract, member, answered=answered, depth=depth + 1)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [_masked(contract, item, answered=answered, depth=depth + 1) for item in value]
    return value


def content(contract: Contract, body: bytes | None, media_type: str, *, answered: bool, most: int = MOST) -> str:
    """
    Write a body: members that are secret are hidden, what is long is cut.
    """
    if not body:
        return ""
    if kind(media_type) == "json":
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            pass
        else:
            text = json.dumps(_masked(contract, value, answered=answered), ensure_ascii=False)
            return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"
    if kind(media_type) == "form":
        pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True)
        return "&".join(
            f"{quote(k)}={HIDDEN if _is_secret(contract, k, answered=answered) else quote(v)}" for k, v in pairs
        )[:most]
    text = body[:most].decode("utf-8", "backslashreplace")
    return text if len(body) <= most else f"{text}… ({len(body)} bytes)"


def headers(request: Request) -> list[tuple[str, str]]:
    """
    Return a request's headers, credentials as a variable of the shell.
    """
    return [(name, _credential(request, name, value)) for name, value in request.headers]


def _credential(request: Request, name: str, value: str) -> str:
    own = _CREDENTIALS | {
        str(element.node.get("name", "")).lower()
        for element in request.operation.contract.security_schemes.values()
        if element.node.get("type") == "apiKey"
    }
    if name.lower() not in own or "invalid-" in value:
        return value
    word, blank, _ = value.partition(" ")
    return f"{word}{blank}$AEGIS_VERIFY_AUTH" if blank else "$AEGIS_VERIFY_AUTH"


def target(request: Request) -> str:
    """
    Return path and query; credentials in the query are hidden.
    """
    path, mark, query = request.target.partition("?")
    schemes = request.operation.contract.security_schemes.values()
    keys = {str(e.node.get("name")) for e in schemes if e.node.get("type") == "apiKey" and e.node.get("in") == "query"}
    parts = [
        part if part.partition("=")[0] not in keys else f"{part.partition('=')[0]}=$AEGIS_VERIFY_AUTH"
        for part in query.split("&")
    ]
    shown = f"{path}{mark}{'&'.join(parts)}"
    return shown if len(shown) <= MOST else f"{shown[:MOST]}…"


def body(request: Request) -> str:
    """
    Write a request's body.
    """
    return content(request.operation.contract, request.body, request.header("content-type") or "", answered=False)


def curl(exchange: Exchange, address: str) -> str:
    """
    Write a line that sends the request again; ``AEGIS_VERIFY_AUTH`` holds the credential.
    """
    request = exchange.request
    parts = ["curl", "-sS", "-i"]
    if request.method != "GET":
        parts += ["-X", request.method]
    parts.append(_word(f"{request.server or address}{target(request)}"))
    for name, value in headers(request):
        parts += ["-H", _word(f"{name}: {value}")]
    media_type = request.header("content-type") or ""
    if request.body is not None:
        shown = content(request.operation.contract, request.body, media_type, answered=False, most=20_000)
        parts += ["--data-binary", shlex.quote(shown)]
    return " ".join(parts)


def _word(text: str) -> str:
    if "$AEGIS_VERIFY_AUTH" not in text:
        return shlex.quote(text)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`")
    return f'"{escaped}"'


def answer(response: Response | None, contract: Contract) -> str:
    """
    Write a response: status, media type and body.
    """
    if response is None:
        return "no answer"
    media_type = response.headers.get("content-type", "")
    shown = content(contract, response.body, media_type, answered=True)
    return f"{response.status} {media_type}\n{shown}".rstrip()
