"""
The exchanges of a world: read them, count them, take them elsewhere; their secrets stay hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from aegis_mockserver.control._routes import Call, control
from aegis_mockserver.control.journal import _render
from aegis_mockserver.control.journal._secrets import redacted, redacted_line, secrets_of
from aegis_mockserver.control.journal._verification import check, verify
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import Exchange

MANY = 1_000


@control.on("GET", "/journal")
def list_exchanges(call: Call) -> Answer:
    """
    List the exchanges, newest first; one by its number has headers and bodies too.

    Query:
        operation: only those of this operation.
        status: only those answered with this status, or with one of a class such as 4XX.
        origin: only those that this answered: example, generated, state, behaviour, problem, replay, …
        contains: only those whose method and path have this in them.
        violations: true for those with violations only.
        limit: how many at most; 100 if left out.

    Answers:
        200 {exchanges, total}: The exchanges, and how many there were since the world began.
    """
    found = [_render.summary(redacted_line(exchange, call.site)) for exchange in _chosen(call, 100)]
    return Answer(200, {"exchanges": found, "total": call.world.journal.total}, origin="control")


@control.on("GET", "/journal/har")
def export_har(call: Call) -> Answer:
    """
    Write the exchanges as an HTTP Archive, which browsers and other tools open.

    Query:
        operation: only those of this operation.
        status: only those answered with this status, or with one of a class such as 4XX.
        limit: how many of the latest at most; 1000 if left out.

    Answers:
        200 {log}: An HTTP Archive 1.2.
    """
    url = f"http://{call.request.fields.get('host', 'localhost')}"
    return Answer(200, _render.har(_oldest_first(call), url), origin="control")


@control.on("GET", "/journal/examples")
def export_examples(call: Call) -> Answer:
    """
    Write the answers as examples by operation and status, ready for a contract.

    Query:
        operation: only those of this operation.
        status: only those answered with this status, or with one of a class such as 4XX.
        limit: how many of the latest at most; 1000 if left out.

    Answers:
        200: Examples by operation, status and media type.
    """
    return Answer(200, _render.examples(_oldest_first(call)), origin="control")


@control.on("GET", "/journal/{number}")
def get_exchange(call: Call) -> Answer | Problem:
    """
    Read one exchange with headers and bodies.

    Answers:
        200 {number, request, response, violations, reply_violations}: The exchange, its secrets hidden.
        404: There is no such exchange (any more).
    """
    text = call.values["number"]
    exchange = call.world.journal.get(int(text)) if text.isdecimal() and len(text) < 16 else None
    if exchange is not None:
        return Answer(200, _render.whole(redacted(exchange, call.site)), origin="control")
    return Problem("no_such_exchange", 404, "GET /__mock__/journal lists the exchanges of this world.")


@control.on("POST", "/verify", makes=False)
def verify_exchanges(call: Call) -> Answer | Problem:
    """
    Say whether an operation was called as expected, how often, and what came nearest when it was not.

    Body:
        operation: key of the operation.
        method: of the request.
        path: of the request, with * for anything.
        status: of the answer.
        query: parameters that the request must have.
        headers: that the request must have.
        body: a part that the request's body must have; secrets are compared, and never told.
        exactly: true when body is the whole of it.
        times: how often, exactly.
        at_least: how often at least; once, if nothing says how often.
        at_most: how often at most.

    Answers:
        200 {ok, count, expected, exchanges}: Whether it is so; if not, what came nearest.
        404: There is no such world.
    """
    wanted = call.members()
    if isinstance(operation := wanted.get("operation"), str):
        call.knows_operation(operation)
    check(wanted)
    if call.site.worlds.find(call.world.name) is None:
        return call.no_world(call.world.name)
    found = verify(call.world.journal, wanted, lambda exchange: secrets_of(exchange, call.site))
    return Answer(200, found.as_value(), origin="control")


@control.on("DELETE", "/journal")
def clear_journal(call: Call) -> Answer:
    """
    Forget the exchanges.

    Answers:
        204: They are forgotten.
    """
    call.world.journal.clear()
    return Answer(204, origin="control")


def _oldest_first(call: Call) -> list[Exchange]:
    return [redacted(exchange, call.site) for exchange in _chosen(call, MANY)][::-1]


def _chosen(call: Call, default: int) -> Iterator[Exchange]:
    query, left = call.query, call.number("limit", default)
    if "operation" in query:
        call.knows_operation(query["operation"])
    wanted: dict[str, Any] = {name: query[name] for name in ("operation", "origin") if name in query}
    low, high = _statuses(query.get("status", ""))
    contains, broken = query.get("contains", ""), query.get("violations") == "true"
    for exchange in call.world.journal.newest_first():
        if left <= 0:
            return
        if any(getattr(exchange, name) != value for name, value in wanted.items()):
            continue
        if not low <= exchange.reply.status <= high:
            continue
        if broken and not exchange.violations and not exchange.reply_violations:
            continue
        if contains and contains not in f"{exchange.request.method} {exchange.request.path}":
            continue
        left -= 1
        yield exchange


def _statuses(text: str) -> tuple[int, int]:
    if not text:
        return 0, 999
    if re.fullmatch("[1-5][xX]{2}", text):
        return int(text[0]) * 100, int(text[0]) * 100 + 99
    if not re.fullmatch("[0-9]{1,3}", text):
        raise ValueError("status must be a status such as 404, or a class such as 4XX")
    return int(text), int(text)
