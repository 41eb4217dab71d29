"""
From an exchange to events: what ``x-emits`` says of an operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from aegis_contracts import Operation
from aegis_mockserver.core.operations._expressions import MISSING, Evaluate, Scene, compile_value
from aegis_mockserver.core.ports._events import EventTypes
from aegis_mockserver.world import Event, World

if TYPE_CHECKING:
    from aegis_contracts.events import EventType


class Emission:
    """
    One entry of ``x-emits``, compiled.

    Raises:
        ValueError: it is not what ``x-emits`` may say; the message names the member.
    """

    __slots__ = ("_aggregate", "_data", "_statuses", "_topic", "_version", "_when", "name", "uses_change")

    def __init__(self, node: Mapping[str, Any]) -> None:
        name = node.get("event")
        if not isinstance(name, str) or not name:
            raise ValueError("x-emits: event must name an event type")
        self.name = name
        # YAML 1.1 reads a bare `on` as true; documents that came that way are understood as well.
        statuses = node.get("on", node.get(True, ["2XX"]))  # type: ignore[call-overload]  # a key that is no text
        self._statuses = frozenset(str(status).upper() for status in statuses)
        self._topic = str(node.get("topic", ""))
        self._version = int(node.get("version", 1))
        self._aggregate: Evaluate = compile_value(node.get("aggregate", ""))
        self._data: Evaluate = compile_value(node.get("data", {}))
        self._when: Evaluate | None = compile_value(node["when"]) if "when" in node else None
        self.uses_change = "$change" in str(node)

    def applies(self, scene: Scene) -> bool:
        """
        Say whether this exchange causes the event.
        """
        status = str(scene.status)
        if status not in self._statuses and f"{status[0]}XX" not in self._statuses:
            return False
        return self._when is None or bool(self._when(scene))

    def event(self, scene: Scene, world: World, cause: str, catalog: EventTypes | None) -> Event:
        """
        Build the event, and check it against its schema when there is one.
        """
        event_type = _declared(catalog, self.name, self._version)
        # A behaviour that read the clock says so, so that what it answered and what the event says are one moment.
        told = scene.facts.get("occurred_at") if isinstance(scene.facts, Mapping) else None
        occurred_at = str(told) if told else world.clock.text()
        scene.event = {"occurredAt": occurred_at}
        data = self._data(scene)
        aggregate = self._aggregate(scene)
        envelope: dict[str, Any] = {
            "eventId": str(world.new_uuid()),
            "eventType": self.name,
            "occurredAt": occurred_at,
            "version": self._version,
            "data": data,
        }
        if aggregate is not MISSING and aggregate != "":
            envelope["aggregateId"] = str(aggregate)
        violations: tuple[str, ...] = ()
        topic = self._topic
        if event_type is not None:
            topic = topic or event_type.topic
            if not event_type.is_valid(envelope):
                violations = tuple(map(str, event_type.violations(envelope)))
        value = msgspec.json.encode(envelope)
        key = envelope.get("aggregateId", envelope["eventId"])
        return Event(self.name, topic or self.name, key, value, world.name, cause, violations)


def _declared(catalog: EventTypes | None, name: str, version: int) -> EventType | None:
    return catalog.get((name, version)) if catalog is not None else None


def emissions_of(operation: Operation) -> tuple[Emission, ...]:
    """
    Compile the operation's ``x-emits``.

    Raises:
        ValueError: an entry is not what ``x-emits`` may say.
    """
    given = operation.extensions.get("x-emits", ())
    entries = given if isinstance(given, list) else [given]
    return tuple(Emission(entry) for entry in entries if isinstance(entry, dict))
