"""
From an exchange to events: what ``x-emits`` says of an operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from aegis_contracts import Operation
from aegis_contracts.events import Emission as Said
from aegis_contracts.events import read_emissions
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

    __slots__ = ("_aggregate", "_answers", "_data", "_topic", "_version", "_when", "name", "uses_change")

    def __init__(self, said: Said) -> None:
        for fault in said.faults:
            raise ValueError(f"x-emits: {fault.member or 'an entry'} {fault.message}; {fault.mend}")
        self.name = said.name
        self._answers = said.answers
        self._topic = said.topic
        self._version = said.version
        self._aggregate: Evaluate = compile_value(said.aggregate)
        self._data: Evaluate = compile_value(said.data)
        self._when: Evaluate | None = compile_value(said.when) if said.when is not None else None
        self.uses_change = "$change" in str((said.aggregate, said.data, said.when))

    def applies(self, scene: Scene) -> bool:
        """
        Say whether this exchange causes the event.
        """
        if not self._answers(str(scene.status)):
            return False
        return self._when is None or bool(self._when(scene))

    def topic(self, catalog: EventTypes | None) -> str:
        """
        Return where the event goes.
        """
        event_type = _declared(catalog, self.name, self._version)
        return self._topic or (event_type.topic if event_type is not None else "") or self.name

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
        if event_type is not None and not event_type.is_valid(envelope):
            violations = tuple(map(str, event_type.violations(envelope)))
        value = msgspec.json.encode(envelope)
        key = envelope.get("aggregateId", envelope["eventId"])
        return Event(self.name, self.topic(catalog), key, value, world.name, cause, violations)


def _declared(catalog: EventTypes | None, name: str, version: int) -> EventType | None:
    return catalog.get((name, version)) if catalog is not None else None


def emissions_of(operation: Operation) -> tuple[Emission, ...]:
    """
    Compile the operation's ``x-emits``.

    Raises:
        ValueError: an entry is not what ``x-emits`` may say.
    """
    given = operation.extensions.get("x-emits")
    return tuple(Emission(said) for said in read_emissions(given)) if given else ()
