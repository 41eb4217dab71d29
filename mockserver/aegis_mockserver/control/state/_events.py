"""
What a world has published: its events, by topic, key and type.
"""

from __future__ import annotations

from collections.abc import Mapping

from aegis_mockserver.control._routes import Call, control
from aegis_mockserver.core._messages import Answer
from aegis_mockserver.world._nearest import meant

MANY = 1_000


@control.on("GET", "/events")
def list_events(call: Call) -> Answer:
    """
    List the events, oldest first; those that broke their schema have violations and were not published.

    Query:
        type: only those of this event type.
        topic: only those of this topic.
        key: only those with this record key.
        limit: how many of the latest at most; 1000 if left out.

    Answers:
        200 {events, total}: The events.
    """
    query = call.query
    _knows_type(call, query)
    _knows_topic(call, query)
    found = call.world.events.find(name=query.get("type", ""), topic=query.get("topic", ""), key=query.get("key", ""))
    latest = found[-limit:] if (limit := call.number("limit", MANY)) else []
    return Answer(200, {"events": [event.as_value() for event in latest], "total": len(found)}, origin="control")


def _knows_topic(call: Call, query: Mapping[str, str]) -> None:
    """
    Do nothing if an event on the topic that is asked for can be there at all.

    Raises:
        ValueError: no operation causes one.
    """
    wanted = query.get("topic", "")
    if wanted and all(event.topic != wanted for event in call.world.events):
        catalog = call.site.rules.events
        topics = {emission.topic(catalog) for served in call.site.operations for emission in served.emissions}
        if wanted not in topics:
            raise ValueError(f"no operation causes events on the topic {wanted!r}; {meant(wanted, sorted(topics))}")


def _knows_type(call: Call, query: Mapping[str, str]) -> None:
    """
    Do nothing if an event of the type that is asked for can be there at all.

    Raises:
        ValueError: no operation causes one.
    """
    wanted = query.get("type", "")
    if wanted and all(event.name != wanted for event in call.world.events):
        caused = {emission.name for served in call.site.operations for emission in served.emissions}
        if wanted not in caused:
            raise ValueError(f"no operation causes events of the type {wanted!r}; {meant(wanted, sorted(caused))}")


@control.on("DELETE", "/events")
def clear_events(call: Call) -> Answer:
    """
    Forget the events; those on Kafka stay there.

    Answers:
        204: They are forgotten.
    """
    call.world.events.clear()
    return Answer(204, origin="control")
