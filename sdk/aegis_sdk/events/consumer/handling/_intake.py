"""
From fetched records to events that may be handled: read, held against the dedupe store, put behind others of their key.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Literal, Protocol

from typing_extensions import TypeVar

from aegis_contracts import Violation
from aegis_sdk.errors import EventError, EventValidationError
from aegis_sdk.events.consumer.handling._failures import ends
from aegis_sdk.events.consumer.handling._handlers import Handlers, Tombstone
from aegis_sdk.events.consumer.handling._lanes import AssignedPartition, InFlight
from aegis_sdk.events.consumer.handling._ledger import Ledger
from aegis_sdk.events.dead_letters._letter import REPLAY_GROUP
from aegis_sdk.events.kafka._record import FetchedRecord

__all__ = ["Fetched", "Intake", "Reader"]

_E_co = TypeVar("_E_co", covariant=True, default=Any)
Fetched = Iterable[tuple[AssignedPartition, Sequence[FetchedRecord]]]


class Reader(Protocol[_E_co]):
    """
    How bytes become events.
    """

    def parse(self, data: bytes, /) -> _E_co:
        """
        Return a typed event with an id, or raise ``EventValidationError``. A reader may name the id's attribute as its
        ``event_id``, and the classes that it makes as its ``models``.
        """
        ...

    def is_unknown(self, error: Exception, /) -> bool:
        """
        Say whether a refusal means that nobody declared the event type.
        """
        ...


class Intake:
    """
    Takes records in.

    Args:
        ready: where events go that are the first of their key.
        later: later versions of what is handled, and why their events are kept as dead letters.
    """

    def __init__(
        self,
        reader: Reader,
        handlers: Handlers,
        ledger: Ledger,
        ready: deque[InFlight],
        unknown: Literal["skip", "dlq"],
        tombstones: Literal["skip", "refuse"],
        group_id: str,
        later: Mapping[type[Any], Exception],
    ) -> None:
        self._parse = reader.parse
        self._is_unknown = reader.is_unknown
        self._handlers = handlers
        self._ledger = ledger
        self._ready = ready
        self._later = later
        self._skips_unknown = unknown == "skip"
        self._group = group_id.encode()
        self._skips_tombstones = tombstones == "skip"
        self._id_of: Callable[[Any], str] = attrgetter(getattr(reader, "event_id", None) or "event_id")

    async def accept(self, fetched: Fetched) -> None:
        """
        Take records in. Their offsets count as taken before anything is waited for.
        """
        groups = [(partition, self._read(partition, records)) for partition, records in fetched]
        ids = [item.event_id for _, items in groups for item in items if item.refusal is None]
        ledger = self._ledger
        try:
            seen = await ledger.known(ids) if ids else frozenset[str]()
        except BaseException:
            for _, items in groups:
                ledger.release(items)
            raise
        left_out: list[InFlight] = []
        for partition, items in groups:
            if partition.active:
                self._put(partition, items, seen, left_out)
            else:
                ledger.release(items)
        if left_out:
            ledger.done(left_out)

    def _read(self, partition: AssignedPartition, records: Sequence[FetchedRecord]) -> list[InFlight]:
        now = time.monotonic()
        partition.fetched_at = now
        if partition.tracker.idle:
            partition.moved_at = now
        partition.tracker.take([record.offset for record in records])
        parse, id_of = self._parse, self._id_of
        items: list[InFlight] = []
        for record in records:
            value = record.value
            headers = record.headers
            if headers and headers[-1][0] == REPLAY_GROUP and headers[-1][1] != self._group:
                items.append(_for_another_group(partition, record))
                continue
            if value is None:
                items.append(self._without_value(partition, record))
                continue
            try:
                event = parse(value)
                items.append(InFlight(partition, record, record.offset, len(value), event, id_of(event)))
            except BaseException as error:
                # A record that breaks even the reader must not stop the partition.
                if ends(error):
                    raise
                item = InFlight(partition, record, record.offset, len(value), None, "")
                item.refusal = (
                    error if isinstance(error, Exception) else EventError(f"the reader raised {type(error).__name__}")
                )
                items.append(item)
        self._ledger.take(items)
        return items

    def _without_value(self, partition: AssignedPartition, record: FetchedRecord) -> InFlight:
        tombstone = Tombstone.of(record)
        item = InFlight(partition, record, record.offset, 0, tombstone, tombstone.event_id)
        if Tombstone not in self._handlers.calls and not self._skips_tombstones:
            item.event = None
            item.refusal = EventValidationError("tombstone", [Violation("", "json", "has no value")])
        return item

    def _put(
        self,
        partition: AssignedPartition,
        items: Sequence[InFlight],
        seen: set[str] | frozenset[str],
        left_out: list[InFlight],
    ) -> None:
        """
        Put what is to be handled or buried behind the others of its key; the rest is left out.
        """
        claims, handlers, stats = self._ledger.claims, self._handlers.calls, self._ledger.stats
        tails, ready = partition.tails, self._ready
        before = len(left_out)
        for item in items:
            if item.refusal is None:
                event_id = item.event_id
                # Who has claimed the id is being handled at this moment, and this is a duplicate of it; unless its log
                # is no more: then it may never be handled.
                held = claims.get(event_id)
                if event_id in seen or (held is not None and (held.partition.active or held.finished)):
                    stats.duplicates += 1
                    left_out.append(item)
                    continue
                item.call = handlers.get(item.event.__class__)
                if item.call is not None:
                    claims[event_id] = item
                elif (later := self._later.get(item.event.__class__)) is not None:
                    item.refusal = later
                else:
                    stats.skipped += 1
                    left_out.append(item)
                    continue
            elif self._skips_unknown and self._is_unknown(item.refusal):
                stats.skipped += 1
                left_out.append(item)
                continue
            lane = item.lane
            last = tails.get(lane)
            tails[lane] = item
            if last is None:
                ready.append(item)
            else:
                last.next = item
        partition.unfinished += len(items) - (len(left_out) - before)


def _for_another_group(partition: AssignedPartition, record: FetchedRecord) -> InFlight:
    """
    A dead letter that was published again for another group: it has no handler here.
    """
    place = f"{record.topic}/{record.partition}/{record.offset}"
    return InFlight(partition, record, record.offset, len(record.value or b""), None, place)
