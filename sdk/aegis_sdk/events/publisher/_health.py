"""
Whether a publisher gets its events through.
"""

from __future__ import annotations

import asyncio

from aegis_sdk.events.publisher._types import PublisherHealth
from aegis_sdk.events.publisher.sending._dispatch import Dispatcher
from aegis_sdk.events.publisher.sending._engines import EngineRoom
from aegis_sdk.events.publisher.sending._room import Room

__all__ = ["NOT_OPEN", "health_of"]

NOT_OPEN = PublisherHealth(False, ("the publisher is not open",), 0, 0, 0.0, 0, 0)

_STALLED = 5.0


def health_of(engines: EngineRoom, room: Room, waiting: Dispatcher) -> PublisherHealth:
    """
    Judge a publisher by its progress: it may wait, and it may be slow, as long as something is acknowledged, or
    nothing waits and the last broker that was asked has answered.
    """
    now = asyncio.get_running_loop().time()
    wait = now - (waiting.oldest or now)
    idle = now - waiting.progressed_at
    why: tuple[str, ...] = ()
    engine = engines.current
    if engine is None:
        why = (f"not connected ({waiting.trouble or 'connecting'})",)
    elif engine.silent:
        why = ("no broker answers",)
    elif wait > _STALLED and idle > _STALLED:
        said = f" ({waiting.trouble})" if waiting.trouble else ""
        why = (f"{room.events} events wait, none was acknowledged for {idle:.0f} s{said}",)
    return PublisherHealth(not why, why, room.events, room.bytes, wait, waiting.published, waiting.failed)
