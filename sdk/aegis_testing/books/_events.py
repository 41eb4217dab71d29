"""
Events that a world's operations caused, or that a publisher was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from aegis_mockserver.world._nearest import meant
from aegis_sdk._generated.events import EVENT_TYPES
from aegis_testing.books._counting import Near, Times, differences, told


@dataclass(frozen=True, repr=False)
class SeenEvent:
    """
    One event as Kafka would carry it; ``repr`` shows nothing of its data.

    Attributes:
        name: the event type.
        value: its bytes; ``envelope`` is what they say, ``event`` the typed model.
    """

    name: str
    topic: str
    key: str
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()

    @cached_property
    def envelope(self) -> dict[str, Any]:
        """
        What the bytes say.
        """
        found: dict[str, Any] = msgspec.json.decode(self.value)
        return found

    @cached_property
    def event(self) -> Any:
        """
        The typed event, read as a consumer reads it.
        """
        from aegis_sdk.events import parse

        return parse(self.value)

    @property
    def data(self) -> dict[str, Any]:
        """
        What the event tells.
        """
        found: dict[str, Any] = self.envelope.get("data", {})
        return found

    def __repr__(self) -> str:
        return f"<{self.name} on {self.topic}>"


class EventBook:
    """
    Events in the order in which they happened.

    Args:
        events: what there is at the moment of looking.
        known: names of event types beside those of the SDK.
    """

    def __init__(self, events: Callable[[], Iterable[SeenEvent]], known: Iterable[str] = ()) -> None:
        self._events = events
        self._known = frozenset(known) | {info.name for info in EVENT_TYPES}

    def __iter__(self) -> Iterator[SeenEvent]:
        return iter(list(self._events()))

    def __len__(self) -> int:
        return len(list(self._events()))

    def find(
        self,
        name: str | type[Any] | None = None,
        *,
        topic: str | None = None,
        key: str | None = None,
        data: Mapping[str, Any] | None = None,
        envelope: Mapping[str, Any] | None = None,
    ) -> list[SeenEvent]:
        """
        Find events; everything that is said must be so.

        Args:
            name: the event type, or its model.
            data: a part of what it tells, by the names of the wire.
            envelope: a part of the whole message, likewise.

        Raises:
            LookupError: there is no such event type; the nearest is named.
        """
        wanted = self._wanted(name, topic, key, data, envelope)
        return [event for event in self._events() if not _differences(event, wanted)]

    def verify(
        self,
        name: str | type[Any] | None = None,
        *,
        topic: str | None = None,
        key: str | None = None,
        data: Mapping[str, Any] | None = None,
        envelope: Mapping[str, Any] | None = None,
        times: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
    ) -> list[SeenEvent]:
        """
        Return the events that are meant, if there are as many as wanted; at least one, if nothing says how many.

        Raises:
            AssertionError: there are not; what came nearest is told.
            LookupError: there is no such event type; the nearest is named.
        """
        counted = Times.of(times, at_least, at_most)
        wanted = self._wanted(name, topic, key, data, envelope)
        found: list[SeenEvent] = []
        near: list[Near] = []
        for event in self._events():
            if differing := _differences(event, wanted):
                near.append(Near(f"{event.name} on {event.topic}", differing))
            else:
                found.append(event)
        if not counted.fits(len(found)):
            what = wanted.get("name", "an event")
            raise AssertionError(told(f"{what} was published", len(found), counted, near, [e.name for e in self]))
        return found

    def _wanted(self, name: Any, topic: Any, key: Any, data: Any, envelope: Any) -> dict[str, Any]:
        if isinstance(name, type):
            name = next((info.name for info in EVENT_TYPES if info.model is name), name.__name__)
        if name is not None and name not in self._known:
            raise LookupError(f"no contract has an event type {name!r}; {meant(name, sorted(self._known))}")
        given = (("name", name), ("topic", topic), ("key", key), ("data", data), ("envelope", envelope))
        return {word: value for word, value in given if value is not None}


def _differences(event: SeenEvent, wanted: Mapping[str, Any]) -> list[str]:
    found = [
        f"{word} is {getattr(event, word)}, not {wanted[word]}"
        for word in ("name", "topic", "key")
        if word in wanted and getattr(event, word) != wanted[word]
    ]
    if "data" in wanted:
        found += differences(wanted["data"], event.data, "/data")
    if "envelope" in wanted:
        found += differences(wanted["envelope"], event.envelope, "")
    return found
