"""
The room for events that wait.
"""

from __future__ import annotations

import asyncio

import pytest

from aegis_sdk.events.publisher.sending._room import Room, RoomClosedError


def soon(seconds: float = 5.0) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_it_is_full_by_count_and_by_size() -> None:
    """
    Either limit closes the door; leaving opens it.
    """
    room = Room(max_events=2, max_bytes=10)
    assert room.take(4)
    assert not room.take(7)
    assert room.take(6)
    assert not room.take(0)
    room.leave(4)
    assert (room.events, room.bytes) == (1, 6)
    assert room.take(4)


async def test_what_is_larger_than_the_room_enters_when_it_is_empty() -> None:
    """
    One event may be larger than the whole room, else it would wait for ever.
    """
    room = Room(max_events=2, max_bytes=10)
    assert room.take(50)
    assert not room.take(1)


async def test_those_who_wait_enter_in_their_order() -> None:
    """
    Nobody overtakes, not even who would fit.
    """
    room = Room(max_events=3, max_bytes=10)
    assert room.take(10)
    entered: list[str] = []

    async def enter(name: str, size: int) -> None:
        await room.wait(size, soon())
        entered.append(name)

    tasks = [asyncio.ensure_future(enter(*who)) for who in (("large", 9), ("small", 1), ("third", 1))]
    await asyncio.sleep(0)
    assert not room.take(0)
    room.leave(10)
    await asyncio.wait(tasks[:2])
    assert entered == ["large", "small"]
    room.leave(9)
    await tasks[2]
    assert entered == ["large", "small", "third"]


async def test_waiting_ends_at_its_deadline_and_by_cancelling() -> None:
    """
    Who gives up is not let in afterwards, and stands in nobody's way.
    """
    room = Room(max_events=1, max_bytes=10)
    assert room.take(1)
    with pytest.raises(TimeoutError):
        await room.wait(1, soon(0.01))
    cancelled = asyncio.ensure_future(room.wait(1, soon()))
    last = asyncio.ensure_future(room.wait(1, soon()))
    await asyncio.sleep(0)
    cancelled.cancel()
    room.leave(1)
    await last
    assert (room.events, room.bytes) == (1, 1)


async def test_who_is_let_in_and_called_away_at_once_leaves_again() -> None:
    """
    No room is lost when a cancellation comes together with the permission.
    """
    room = Room(max_events=1, max_bytes=10)
    assert room.take(1)
    waiting = asyncio.ensure_future(room.wait(1, soon()))
    await asyncio.sleep(0)
    room.leave(1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (room.events, room.bytes) == (0, 0)


async def test_closing_sends_everybody_away_and_empty_is_told() -> None:
    """
    A closed room lets nobody in, and says when the last has left.
    """
    room = Room(max_events=1, max_bytes=10)
    await room.empty()
    assert room.take(1)
    waiting = asyncio.ensure_future(room.wait(1, soon()))
    empty = asyncio.ensure_future(room.empty())
    await asyncio.sleep(0)
    room.close()
    with pytest.raises(RoomClosedError):
        await waiting
    with pytest.raises(RoomClosedError):
        await room.wait(1, soon())
    assert not empty.done()
    room.leave(1)
    await empty
