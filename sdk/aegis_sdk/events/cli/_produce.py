"""
``aegis events produce``: valid events that look like real ones.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from aegis_contracts.instances import generate
from aegis_sdk._generated.events import EventInfo, Model
from aegis_sdk._progress import Progress
from aegis_sdk.errors import AegisError
from aegis_sdk.events.cli._catalog import select
from aegis_sdk.events.cli._running import quiet
from aegis_sdk.events.codec._codec import encode, new, parse
from aegis_sdk.events.codec._generated import Generated
from aegis_shell import ENVIRONMENT, CommandError

__all__ = ["publish", "samples"]

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_BATCH = 500
_GENERATED = Generated("aegis_sdk._generated.events")
# What a schema cannot say: the names of the changed fields are the names of their values.
_CHANGES: tuple[dict[str, tuple[str | None, str | None]], ...] = (
    {"business_name": ("한빛전자", "한빛전자 주식회사")},
    {"phone_number": ("010-1234-5678", "010-9876-5432")},
    {"region": ("42", "51"), "industry_code": ("26429", "62010")},
    {"business_type": (None, "법인사업자")},
)


def samples(name: str, count: int, *, seed: str | None = None, users: int = 100) -> Iterator[bytes]:
    """
    Make *count* events of the type *name*, as the bytes to publish.

    Args:
        seed: the same one makes the same bytes; without it ids and times are new.
        users: how many users the events are about.

    Raises:
        CommandError: *name* is no declared event type.
    """
    info = select(name)[-1]
    return (encode(event) for event in _events(info, count, seed, users))


def _events(info: EventInfo, count: int, seed: str | None, users: int) -> Iterator[Model]:
    random = Random(f"{seed}:{info.id}" if seed is not None else None)
    root = str(seed) if seed is not None else str(random.getrandbits(64))
    known: dict[int, dict[str, Any]] = {}
    for number in range(count):
        user = number % users
        if user not in known:
            known[user] = _fields(info, f"{root}:{user}", user)
        fields = known[user]
        if seed is not None:
            event_id = str(UUID(int=random.getrandbits(128), version=4))
            fields = fields | {"event_id": event_id, "occurred_at": _BEGINNING + timedelta(seconds=number)}
        yield new(info.model, **fields)


def _fields(info: EventInfo, seed: str, user: int) -> dict[str, Any]:
    """
    Make what ``new`` asks for, and what of the rest the schema has; what it fills in itself is left to it.
    """
    data = generate(_GENERATED.schema(info.id), seed)
    typed: Any = parse(msgspec.json.encode(_consistent(data, user)))
    parameters = inspect.signature(typed.new).parameters
    parts = [typed, *(part for part in _values(typed) if isinstance(part, Model))]
    given = {name: getattr(part, name) for part in reversed(parts) for name in part.__struct_fields__}
    needed = {n for n, p in parameters.items() if p.default is p.empty}
    optional = {field.name for part in parts for field in msgspec.structs.fields(part) if not field.required}
    return {name: value for name, value in given.items() if name in parameters and name in needed | optional}


def _values(event: Model) -> list[Any]:
    return [getattr(event, name) for name in event.__struct_fields__]


def _consistent(event: Any, user: int) -> Any:
    data = event.get("data")
    if isinstance(data, dict) and {"changedFields", "oldValues", "newValues"} <= data.keys():  # pyright: ignore[reportUnknownMemberType]
        change = _CHANGES[user % len(_CHANGES)]
        data["changedFields"] = list(change)
        data["oldValues"] = {field: old for field, (old, _) in change.items()}
        data["newValues"] = {field: value for field, (_, value) in change.items()}
    return event  # pyright: ignore[reportUnknownVariableType]


def publish(messages: Iterator[bytes], count: int, bootstrap: str) -> int:
    """
    Publish *messages* and wait until Kafka has acknowledged each.

    Raises:
        CommandError: Kafka did not take them.
    """
    try:
        with quiet():
            asyncio.run(_publish(messages, count, bootstrap))
    except AegisError as error:
        raise CommandError(str(error), ENVIRONMENT) from None
    print(f"{count:,} events published")
    return 0


async def _publish(messages: Iterator[bytes], count: int, bootstrap: str) -> None:
    from aegis_sdk.events.publisher._publisher import EventPublisher

    progress = Progress("events published", count)
    try:
        async with EventPublisher(bootstrap) as publisher:
            while batch := [parse(message) for message in islice(messages, _BATCH)]:
                await publisher.publish_many(batch)
                progress.step(len(batch))
    finally:
        progress.close()
