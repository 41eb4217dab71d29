"""
4 · negotiate: what the client would like to be answered, and whether it can be.
"""

from __future__ import annotations

from aegis_contracts.exchange import Reading, kind
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core._route import Routed
from aegis_mockserver.core.contents._prefer import Preference, preference


def preferred(routed: Routed) -> Preference | None:
    """
    Read what ``Prefer``, or the query in its place, asks for.
    """
    request = routed.request
    fields = request.fields
    if "prefer" not in fields and b"__" not in request.query:
        return None
    return preference(fields.get("prefer", ""), routed.query)


def stream(routed: Routed, reading: Reading) -> None:
    """
    Let ``{"stream": true}`` choose server-sent events, where the contract offers them; else they are for who asks.
    """
    response = routed.operation.responses[routed.operation.answers.default_status]
    offered, events = response.offered, response.events
    if events is None:
        return
    wanted = isinstance(reading.body, dict) and reading.body.get("stream") is True
    if wanted or "text/event-stream" in routed.accept.lower():
        routed.accept, routed.streams = events, True
    elif not routed.accept or "*/*" in routed.accept:
        routed.accept = next((name for name in offered if kind(name) == "json"), routed.accept)
    routed.streams = routed.streams or len(offered) == 1


def magic(routed: Routed, reading: Reading) -> Preference | None:
    """
    Read what a magic value asks for (``x-mock-when``).
    """
    conditions = routed.operation.conditions
    return conditions.choose(reading, routed.request.fields) if conditions is not None else None


def negotiate(routed: Routed, wish: Preference | None, reading: Reading | None = None) -> Answer | Problem | None:
    """
    Answer what is wished, or refuse what cannot be sent as the client accepts it; None leaves it to behaviours.
    """
    answers = routed.operation.answers
    if wish is not None:
        return answers.preferred(wish, routed.accept, routed.seed, reading.path if reading is not None else {})
    try:
        answers.media_type(answers.default_status, routed.accept)
    except LookupError as error:
        if routed.operation.answers.refuses_unacceptable:
            return Problem("not_acceptable", 406, f"The response is offered as {error}.")
        routed.overlook("Accept", f"{routed.accept[:200]} is not offered; answered all the same (RFC 9110 12.5.1)")
    return None
