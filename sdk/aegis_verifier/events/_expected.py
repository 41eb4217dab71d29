"""
From exchanges to the events that they must have caused: what ``x-emits`` says of each operation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from aegis_contracts import json_pointer
from aegis_verifier._names import IDEMPOTENCY, plain
from aegis_verifier._values import NOTHING, Exchange, Outcome

UNKNOWN: Any = type("Unknown", (), {"__repr__": lambda self: "UNKNOWN", "__bool__": lambda self: False})()


@dataclass(frozen=True)
class Expected:
    """
    One event that an exchange caused.

    Args:
        aggregate: whom it is about; empty where that is not known.
        data: the members that follow from the exchange.
        sure: it must be there; otherwise it may.
    """

    name: str
    topic: str
    aggregate: str
    data: Mapping[str, Any]
    exchange: Exchange
    sure: bool = True
    absent: frozenset[str] = field(default_factory=frozenset[str])


def expected(outcomes: list[Outcome]) -> list[Expected]:
    """
    Work out all events that the exchanges of a run caused.
    """
    found: list[Expected] = []
    kept: set[tuple[str, str, str, bytes]] = set()
    for outcome in outcomes:
        states: dict[str, Any] = {}
        made: set[str] = set()
        for exchange in outcome.exchanges:
            found += _of(exchange, kept, states, made)
            _remember(exchange, states, made)
    return found


def _of(
    exchange: Exchange, kept: set[tuple[str, str, str, bytes]], states: dict[str, Any], made: set[str]
) -> Iterator[Expected]:
    request = exchange.request
    given = request.operation.extensions.get("x-emits", ())
    if exchange.response is None or request.foreign:
        return
    if exchange.succeeded and _is_replay(exchange, kept):
        return
    for entry in given if isinstance(given, list) else [given]:
        if not isinstance(entry, dict) or not _on(entry, exchange.status):
            continue
        sure = True
        when = entry.get("when")
        if when is not None:
            value = evaluate(exchange, when)
            if value is UNKNOWN:
                changed = _changed(exchange, states, made) if str(when).startswith("$change") else None
                if changed is False:
                    continue
                sure = changed is True
            elif not value:
                continue
        aggregate = evaluate(exchange, entry.get("aggregate", ""))
        change = _change(exchange, states, made) if sure else None
        data = {
            name: _of_change(change, value) if str(value).startswith("$change#/") else evaluate(exchange, value)
            for name, value in (entry.get("data") or {}).items()
        }
        yield Expected(
            str(entry.get("event", "")),
            str(entry.get("topic", "")),
            "" if aggregate in (UNKNOWN, NOTHING) else str(aggregate),
            {name: value for name, value in data.items() if value not in (UNKNOWN, NOTHING)},
            exchange,
            sure,
            frozenset(name for name, value in data.items() if value is NOTHING),
        )


def _on(entry: Mapping[Any, Any], status: int) -> bool:
    # YAML 1.1 reads a bare `on` as true.
    statuses = {str(one).upper() for one in entry.get("on", entry.get(True, ["2XX"]))}
    return str(status) in statuses or f"{status // 100}XX" in statuses


def _is_replay(exchange: Exchange, kept: set[tuple[str, str, str, bytes]]) -> bool:
    request = exchange.request
    key = next((value for name, value in request.headers if plain(name) in IDEMPOTENCY), None)
    declared = any(plain(p.name) in IDEMPOTENCY for p in request.operation.parameters)
    if key is None or not declared:
        return False
    seen = (request.operation.key, key.strip('"'), request.target, request.body or b"")
    if seen in kept:
        return True
    kept.add(seen)
    return False


def _remember(exchange: Exchange, states: dict[str, Any], made: set[str]) -> None:
    """
    Keep what is known of an item that this case made, and nobody else changes.
    """
    if not exchange.succeeded:
        return
    path = exchange.request.target.partition("?")[0]
    if exchange.status == 201 and exchange.response is not None:
        location = exchange.response.headers.get("location", "")
        made.add(location.partition("?")[0])
    if exchange.request.method in {"GET", "PATCH", "PUT"} and isinstance(exchange.value, dict):
        states[path] = exchange.value


@dataclass(frozen=True)
class Changes:
    """
    What a patch changed: names of members, or values by name; written as the contract of the event likes to.
    """

    value: Any


def _of_change(change: dict[str, tuple[Any, Any]] | None, expression: str) -> Any:
    if change is None:
        return UNKNOWN
    match expression.removeprefix("$change#/"):
        case "fields":
            return Changes(sorted(change))
        case "old":
            return Changes({name: old for name, (old, _) in change.items()})
        case "new":
            return Changes({name: new for name, (_, new) in change.items()})
        case _:
            return UNKNOWN


def _changed(exchange: Exchange, states: dict[str, Any], made: set[str]) -> bool | None:
    """
    Say whether a patch changed anything; None where that is not known.
    """
    change = _change(exchange, states, made)
    return None if change is None else bool(change)


def _change(exchange: Exchange, states: dict[str, Any], made: set[str]) -> dict[str, tuple[Any, Any]] | None:
    """
    Return old and new value of each member that a patch changed; None where that is not known.
    """
    path = exchange.request.target.partition("?")[0]
    sent = _body(exchange)
    if path not in states or not any(place and path.endswith(place) for place in made) or not isinstance(sent, dict):
        return None
    before = states[path]
    return {name: (before.get(name), value) for name, value in sent.items() if before.get(name) != value}


def _body(exchange: Exchange) -> Any:
    try:
        return json.loads(exchange.request.body or b"")
    except ValueError:
        return NOTHING


def evaluate(exchange: Exchange, value: Any) -> Any:
    """
    Evaluate a literal or a runtime expression; ``UNKNOWN`` where only the provider knows, ``NOTHING`` where nothing is.
    """
    if not isinstance(value, str) or not value.startswith("$"):
        return value if not (isinstance(value, str) and "{$" in value) else UNKNOWN
    source, _, pointer = value.partition("#")
    match source.split("."):
        case ["$request", "body"]:
            return _pointed(_body(exchange), pointer)
        case ["$response", "body"]:
            return _pointed(exchange.value, pointer)
        case ["$request", "path", name]:
            raw = exchange.request.path_values.get(name)
            return NOTHING if raw is None else unquote(raw)
        case ["$request", "query", name]:
            query = dict(parse_qsl(exchange.request.target.partition("?")[2], keep_blank_values=True))
            return query.get(name, NOTHING)
        case ["$request", "header", name]:
            return exchange.request.header(name) or NOTHING
        case ["$statusCode"]:
            return exchange.status
        case ["$method"]:
            return exchange.request.method
        case _:
            return UNKNOWN


def _pointed(value: Any, pointer: str) -> Any:
    if value is NOTHING:
        return NOTHING
    try:
        return json_pointer.find(value, pointer, NOTHING)
    except json_pointer.InvalidPointerError:
        return UNKNOWN
