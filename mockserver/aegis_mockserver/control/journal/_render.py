"""
Exchanges as JSON, as HAR and as examples; whoever renders them has hidden their secrets.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from aegis_contracts import Violation
from aegis_contracts.exchange import kind
from aegis_mockserver.world import Exchange

SHOWN = 65_536


def moment(seconds: float) -> str:
    """
    Write seconds since 1970 as RFC 3339.
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def headers_of(lines: Any) -> list[dict[str, str]]:
    """
    List headers.
    """
    return [{"name": name.decode("latin-1"), "value": value.decode("latin-1")} for name, value in lines]


def body_of(content: bytes, media_type: str) -> Any:
    """
    Return a body as JSON if it is, else as text.
    """
    if not content:
        return None
    if kind(media_type or "application/json") == "json":
        try:
            return msgspec.json.decode(content)
        except (msgspec.DecodeError, RecursionError):
            pass
    return content[:SHOWN].decode("utf-8", "replace")


def media_type_of(lines: Any) -> str:
    """
    Return the Content-Type among raw headers.
    """
    return next((value.decode("latin-1") for name, value in lines if name == b"content-type"), "")


def violation_value(violation: Violation) -> dict[str, str]:
    """
    Return a violation as JSON.
    """
    return {name: getattr(violation, name) for name in ("pointer", "rule", "message", "schema", "mend")}


def summary(exchange: Exchange) -> dict[str, Any]:
    """
    Return an exchange in one line.
    """
    return {
        "number": exchange.number,
        "at": moment(exchange.at),
        "ms": round(exchange.seconds * 1000, 3),
        "contract": exchange.contract,
        "operation": exchange.operation,
        "origin": exchange.origin,
        "method": exchange.request.method,
        "path": exchange.request.path,
        "query": exchange.request.query.decode("latin-1"),
        "status": exchange.reply.status,
        "violations": [violation_value(violation) for violation in exchange.violations],
        "reply_violations": [violation_value(violation) for violation in exchange.reply_violations],
    }


def whole(exchange: Exchange) -> dict[str, Any]:
    """
    Return an exchange with headers and bodies.
    """
    request, reply = exchange.request, exchange.reply
    return {
        **summary(exchange),
        "request": {
            "headers": headers_of(request.headers),
            "body": body_of(request.body, media_type_of(request.headers)),
        },
        "response": {"headers": headers_of(reply.headers), "body": body_of(reply.body, media_type_of(reply.headers))},
    }


def har(exchanges: list[Exchange], url: str) -> dict[str, Any]:
    """
    Write exchanges as an HTTP Archive 1.2.
    """
    creator = {"name": "aegis mock", "version": "1"}
    return {"log": {"version": "1.2", "creator": creator, "entries": [_entry(e, url) for e in exchanges]}}


def _entry(exchange: Exchange, url: str) -> dict[str, Any]:
    request, reply = exchange.request, exchange.reply
    ms = round(exchange.seconds * 1000, 3)
    sent: dict[str, Any] = {
        "method": request.method,
        "url": url + request.target,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers_of(request.headers),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(request.query.decode("latin-1"), keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        text = request.body.decode("utf-8", "replace")
        sent["postData"] = {"mimeType": media_type_of(request.headers), "text": text}
    content = {
        "size": len(reply.body),
        "mimeType": media_type_of(reply.headers),
        "text": reply.body.decode("utf-8", "replace"),
    }
    received = {
        "status": reply.status,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers_of(reply.headers),
        "content": content,
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": len(reply.body),
    }
    return {
        "startedDateTime": moment(exchange.at),
        "time": ms,
        "request": sent,
        "response": received,
        "cache": {},
        "timings": {"send": 0, "wait": ms, "receive": 0},
    }


def examples(exchanges: list[Exchange]) -> dict[str, Any]:
    """
    Turn exchanges into examples by operation and status, ready for a contract.
    """
    out: dict[str, Any] = {}
    for exchange in exchanges:
        if not exchange.operation or exchange.reply_violations:
            continue
        media_type = media_type_of(exchange.reply.headers).split(";")[0]
        body = body_of(exchange.reply.body, media_type)
        if body is None:
            continue
        status = out.setdefault(exchange.operation, {}).setdefault(str(exchange.reply.status), {})
        known = status.setdefault(media_type, {})
        if not any(example["value"] == body for example in known.values()):
            known[f"recorded_{exchange.number}"] = {"value": body}
    return out
