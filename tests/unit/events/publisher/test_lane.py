"""
What a batch takes of the events that wait for a partition.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aegis_sdk.events import Published, Record
from aegis_sdk.events.publisher.sending._lane import Entry, Lane, Topic


class Batch:
    """
    Takes so many records.
    """

    def __init__(self, room: int = 100) -> None:
        self.values: list[bytes] = []
        self._room = room

    def append(self, *, timestamp: None, key: bytes | None, value: bytes, headers: list[Any]) -> object:
        assert isinstance(headers, list)
        if len(self.values) == self._room:
            return None
        self.values.append(value)
        return self


def waiting(lane: Lane, *numbers: int) -> list[Entry]:
    loop = asyncio.get_running_loop()
    made: list[Entry] = []
    for number in numbers:
        future: asyncio.Future[Published] = loop.create_future()
        entry = Entry(Record("t", b"%d" % number, None, (("h", b"1"),)), 10, 0.0, 1.0, future)
        lane.add(entry)
        made.append(entry)
    return made


async def test_what_nobody_waits_for_is_dropped_and_takes_no_place() -> None:
    """
    Cancelled events leave the lane, wherever they stand in it, and the others travel in their order.
    """
    lane, batch, dropped = Lane(Topic("t"), 0), Batch(), []
    entries = waiting(lane, 0, 1, 2, 3, 4)
    for cancelled in (entries[0], entries[3]):
        cancelled.future.cancel()
    assert lane.fill(batch, dropped.append)
    assert batch.values == [b"1", b"2", b"4"]
    assert dropped == [entries[0], entries[3]]
    assert (list(lane.queue), lane.on_its_way) == ([], [entries[1], entries[2], entries[4]])


async def test_a_lane_of_cancelled_events_has_nothing_to_send() -> None:
    """
    When nobody waits for any of them, there is no batch.
    """
    lane, batch = Lane(Topic("t"), 0), Batch()
    for entry in waiting(lane, 0, 1):
        entry.future.cancel()
    assert not lane.fill(batch, lambda _: None)
    assert (batch.values, list(lane.queue)) == ([], [])


@pytest.mark.parametrize(("room", "limit"), [(2, 0), (100, 2)])
async def test_a_batch_takes_what_it_may_and_what_it_could_not_send_stands_first_again(room: int, limit: int) -> None:
    """
    A batch that is full, or that may hold no more, leaves the rest; put back, its events stand before those.
    """
    lane, batch = Lane(Topic("t"), 0), Batch(room)
    lane.limit = limit
    entries = waiting(lane, 0, 1, 2, 3)
    assert lane.fill(batch, lambda _: None)
    assert batch.values == [b"0", b"1"]
    assert list(lane.queue) == entries[2:]
    lane.put_back()
    assert list(lane.queue) == entries
