"""
The threads of plain handlers, by themselves.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from aegis_sdk.events.consumer.handling._threads import Threads


async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    """
    A call that is cancelled while it waits for a thread is passed over, and the thread goes on with the next one.
    """
    threads, begun, go_on, ran = Threads(1), threading.Event(), threading.Event(), list[int]()

    def hold() -> None:
        begun.set()
        go_on.wait(30)

    first = asyncio.ensure_future(threads.run(hold))
    cancelled, last = (
        asyncio.ensure_future(threads.run(lambda number=number: ran.append(number))) for number in (1, 2)
    )
    await asyncio.to_thread(begun.wait, 30)
    cancelled.cancel()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.wait_for(asyncio.gather(first, last), 30)
    threads.close()
    assert ran == [2]


def test_a_thread_that_outlives_its_loop_ends_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What a handler returns when its loop is closed interests nobody, and is no failure of the thread.
    """
    told: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    threads, begun, go_on, handlers = Threads(1), threading.Event(), threading.Event(), list[threading.Thread]()

    def hold() -> None:
        handlers.append(threading.current_thread())
        begun.set()
        go_on.wait(30)

    async def leave() -> None:
        running = asyncio.ensure_future(threads.run(hold))
        await asyncio.to_thread(begun.wait, 30)
        running.cancel()

    asyncio.run(leave())
    go_on.set()
    handlers[0].join(30)
    assert (handlers[0].is_alive(), told) == (False, [])
