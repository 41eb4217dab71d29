"""
The event types of a folder of contracts: what is published where, under which key, and with which schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from aegis_contracts._violation import Violation
from aegis_contracts.events._examples import EventExample, examples_of
from aegis_contracts.events._unidentified import nearest, unidentified
from aegis_contracts.events._verdict import EventVerdict


@dataclass(frozen=True, slots=True)
class Channel:
    """
    One Kafka topic as the contract wants it.

    Args:
        name: the channel's key in the AsyncAPI document.
        address: the topic.
        partitions, replicas: how the topic is to be made.
        retention_ms: how long records are kept; ``None`` when the contract leaves it to the broker.
        configuration: the topic's whole configuration, ``retention.ms`` among it.
        consumers: who reads it, as the contract names them.
    """

    name: str
    address: str
    title: str = ""
    description: str = ""
    partitions: int = 1
    replicas: int = 1
    retention_ms: int | None = None
    configuration: Mapping[str, Any] = field(default_factory=dict[str, Any])
    consumers: tuple[str, ...] = ()


@dataclass(frozen=True)
class EventType:
    """
    One event type in one major version.

    Args:
        name: the value that events carry, such as ``UserRegistered``.
        version: the major version of the schema.
        channel: the topic that it is published on.
        key: JSON pointer to the property that is the record key; empty when the contract names none.
        schema: flattened and self-contained, JSON Schema 2020-12.
        sources: where each keyword of *schema* stands in the source, by pointer.
        source: the schema's file, such as ``schemas/user.registered.v1.json``.
        folder: where the examples are.
        content_type: media type of the message.
    """

    name: str
    version: int
    channel: Channel
    key: str
    schema: Mapping[str, Any] = field(repr=False)
    sources: Mapping[str, str] = field(repr=False)
    source: str
    folder: Path = field(repr=False)
    content_type: str = "application/json"

    @property
    def id(self) -> str:
        """
        Name and version in one word: ``UserRegistered.v1``.
        """
        return f"{self.name}.v{self.version}"

    @property
    def topic(self) -> str:
        """
        The topic that it is published on.
        """
        return self.channel.address

    @property
    def title(self) -> str:
        """
        The schema's title.
        """
        return str(self.schema.get("title", self.name))

    @property
    def description(self) -> str:
        """
        What the event tells, in the contract's words.
        """
        return str(self.schema.get("description", ""))

    @cached_property
    def verdict(self) -> EventVerdict:
        """
        The compiled schema.
        """
        return EventVerdict(self.schema, self.sources)

    @cached_property
    def examples(self) -> tuple[EventExample, ...]:
        """
        The examples beside the schemas, valid ones first.
        """
        return examples_of(self.folder, self.id)

    def is_valid(self, instance: Any) -> bool:
        """
        Tell whether *instance*, decoded from JSON, is an event of this type.
        """
        return self.verdict.is_valid(instance)

    def violations(self, instance: Any) -> list[Violation]:
        """
        List every rule that *instance* breaks, value-free, with the place of the rule in the source file.
        """
        return self.verdict.violations(instance)


class EventCatalog(Mapping[tuple[str, int], EventType]):
    """
    All event types, by ``(name, version)``; a bare name finds the newest version.

    Args:
        event_types: in the order of the contract.
        channels: every topic, by its key in the AsyncAPI document.
        discriminator: the property that tells event types apart.
        version_property: the property that tells versions apart; empty when the contract has none.
        envelope: what every event has in common, flattened.
    """

    def __init__(
        self,
        event_types: list[EventType],
        channels: Mapping[str, Channel],
        *,
        discriminator: str,
        version_property: str = "",
        envelope: EventVerdict | None = None,
        title: str = "",
        folder: Path | None = None,
    ) -> None:
        ordered = sorted(event_types, key=lambda e: e.version)
        first = {event.name: index for index, event in reversed(list(enumerate(event_types)))}
        self._by_key = {(e.name, e.version): e for e in sorted(ordered, key=lambda e: first[e.name])}
        self._newest = {event.name: event for event in ordered}
        self.channels = channels
        self.discriminator = discriminator
        self.version_property = version_property
        self.envelope = envelope
        self.title = title
        self.folder = folder

    @overload
    def __getitem__(self, key: str) -> EventType: ...
    @overload
    def __getitem__(self, key: tuple[str, int]) -> EventType: ...
    def __getitem__(self, key: str | tuple[str, int]) -> EventType:
        return self._newest[key] if isinstance(key, str) else self._by_key[key]

    def __contains__(self, key: object) -> bool:
        return key in self._newest if isinstance(key, str) else key in self._by_key

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    def __repr__(self) -> str:
        return f"<EventCatalog {', '.join(event.id for event in self.values())}>"

    @property
    def names(self) -> tuple[str, ...]:
        """
        Every event type's name, once.
        """
        return tuple(dict.fromkeys(name for name, _ in self._by_key))

    def versions(self, name: str) -> tuple[EventType, ...]:
        """
        All versions of an event type, oldest first.
        """
        return tuple(event for event in self._by_key.values() if event.name == name)

    def nearest(self, name: str) -> str | None:
        """
        Name the declared event type that *name* was most likely meant to be.
        """
        return nearest(name, self.names)

    def identify(self, instance: Any) -> EventType | None:
        """
        Find what *instance* says it is: version 1 without a version, the newest when it names one that is not declared.
        """
        if not isinstance(instance, Mapping):
            return None
        name = instance.get(self.discriminator)
        if not isinstance(name, str) or name not in self._newest:
            return None
        version = instance.get(self.version_property, 1) if self.version_property else 1
        if isinstance(version, int | float) and (name, version) in self._by_key:
            return self._by_key[(name, int(version))]
        return self._newest[name]

    def violations(self, instance: Any) -> list[Violation]:
        """
        Judge *instance* as the event type that it says it is.
        """
        if event := self.identify(instance):
            return event.violations(instance)
        return unidentified(instance, self.discriminator, self.names, self.envelope, self._declared())

    def _declared(self) -> str:
        return f"{self.folder.name if self.folder else 'schemas'}#"
