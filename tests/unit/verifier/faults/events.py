"""
What a provider may do wrong with its events and its tokens.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from aegis_mockserver.world import World
from aegis_verifier.events import Record

Spoil = Callable[[Record], list[Record]]


class Topics:
    """
    What a mock in this process has published, spoiled on its way.
    """

    def __init__(self, world: World, spoil: Spoil = lambda record: [record]) -> None:
        self._world = world
        self._spoil = spoil
        self._read = 0
        self._records: list[Record] = []

    def all(self) -> list[Record]:
        """
        Return what was published.
        """
        events = list(self._world.events)
        for event in events[self._read :]:
            self._records += self._spoil(Record(event.topic, event.key.encode(), event.value))
        self._read = len(events)
        return list(self._records)


def only(name: str, change: Callable[[Record], list[Record]]) -> Spoil:
    return lambda record: change(record) if record.name == name else [record]


def changed(record: Record, **members: Any) -> Record:
    event = {**record.event, **members}
    return Record(record.topic, record.key, json.dumps(event, ensure_ascii=False).encode())


def without(record: Record, *names: str) -> Record:
    data = {k: v for k, v in record.event["data"].items() if k not in names}
    return changed(record, data=data)


def again(record: Record) -> Record:
    return changed(record, eventId=str(uuid4()))


EVENTS: dict[str, Spoil] = {
    "event missing": only("UserRegistered", lambda r: []),
    "event missing after a change": only("UserProfileUpdated", lambda r: []),
    "event missing after a deletion": only("UserDeleted", lambda r: []),
    "event missing after a confirmation": only("WelcomeNotificationRequested", lambda r: []),
    "event twice": only("UserRegistered", lambda r: [r, again(r)]),
    "event twice with the same id": only("UserDeleted", lambda r: [r, r]),
    "event on another topic": only("UserDeleted", lambda r: [Record("aegis.user.events", r.key, r.value)]),
    "event under no key": only("UserRegistered", lambda r: [Record(r.topic, None, r.value)]),
    "event under another key": only(
        "UserRegistered", lambda r: [Record(r.topic, r.event["eventId"].encode(), r.value)]
    ),
    "event of an unknown version": only("UserRegistered", lambda r: [changed(r, version=7)]),
    "event without a member": only("UserRegistered", lambda r: [without(r, "email")]),
    "event with the wrong data": only(
        "UserDeleted", lambda r: [changed(r, data={**r.event["data"], "deletionReason": "because"})]
    ),
    "event without version": only("UserProfileUpdated", lambda r: [changed(r, occurredAt="yesterday")]),
    "event with other names": only(
        "UserProfileUpdated", lambda r: [changed(r, data={**r.event["data"], "changedFields": ["status"]})]
    ),
    "event with the new for the old": only(
        "UserProfileUpdated",
        lambda r: [changed(r, data={**r.event["data"], "oldValues": r.event["data"]["newValues"]})],
    ),
    "event about another": only("UserDeleted", lambda r: [changed(r, aggregateId="somebody")]),
    "one id for all": lambda record: [changed(record, eventId="01998b1e-7c41-7d3e-9b52-6f1e2d3c4b5a")],
    "event is no JSON": only("UserRegistered", lambda r: [Record(r.topic, r.key, b"\x00\x01")]),
}
