"""
What happens in a world, as it happens: server-sent events for the page and for anybody with ``curl -N``.

Nobody is called when an exchange happens: a stream is asked a few times a second what is new, while it is read.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import msgspec

from aegis_mockserver.control._routes import Call, control
from aegis_mockserver.control.journal import _render
from aegis_mockserver.control.journal._secrets import redacted_line
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core._provider import Provider
from aegis_mockserver.world import World

READERS = 32
AT_ONCE = 100
HEARTBEAT = 15.0
STARTED = uuid4().hex[:12]  # a reader that comes back learns from it that this is another mock, or another world


class Live:
    """
    One reader of a world; an ``aegis_mockserver.core._messages.Stream``.

    Args:
        after: number of the last exchange that the reader knows.
    """

    def __init__(self, site: Provider, world: World, after: int) -> None:
        self._site = site
        self._name = world.name
        self._world: World | None = world
        self._seen = after
        self._pulse: dict[str, Any] = {}
        self._beat = time.monotonic()
        site.streams.add(self)

    def poll(self) -> bytes:
        """
        Return the frames of what is new.
        """
        world = self._site.worlds.find(self._name)
        frames: list[bytes] = []
        total = world.journal.total if world is not None else 0
        if world is not self._world or total < self._seen:
            self._world, self._seen = world, 0
            frames.append(_frame("reset", {"world": self._name}))
        if world is not None and total > self._seen:
            frames.append(_frame("journal", self._news(world, total)))
            self._seen = total
        pulse = _pulse(self._site, world)
        if pulse != self._pulse:
            self._pulse = pulse
            frames.append(_frame("pulse", pulse))
        now = time.monotonic()
        if frames:
            self._beat = now
        elif now - self._beat > HEARTBEAT:
            self._beat = now
            return b":\n\n"
        return b"".join(frames)

    def close(self) -> None:
        """
        Let another reader in.
        """
        self._site.streams.discard(self)

    def _news(self, world: World, total: int) -> dict[str, Any]:
        rows = [redacted_line(exchange, self._site) for exchange in world.journal.since(self._seen, AT_ONCE)]
        return {
            "exchanges": [_render.summary(row) for row in rows],
            "skipped": total - self._seen - len(rows),
            "total": total,
        }


@control.on("GET", "/stream", absent=True)
def stream(call: Call) -> Answer | Problem:
    """
    Follow the world as server-sent events: journal (new exchanges), pulse (what changed), reset.

    Query:
        after: number of the last exchange that is known; left out, only what is new comes.

    Answers:
        200 text/event-stream: Events, until the reader leaves.
        503: There are as many readers as are let in at once.
    """
    if len(call.site.streams) >= READERS:
        return Problem("too_many_readers", 503, f"At most {READERS} streams are read at once.")
    live = Live(call.site, call.world, call.number("after", call.world.journal.total))
    content = b"retry: 1000\n\n" + live.poll()
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    if call.request.method == "HEAD":
        live.close()
        return Answer(200, headers=headers, media_type="text/event-stream", content=b"", origin="control")
    return Answer(200, headers=headers, media_type="text/event-stream", content=content, origin="control", stream=live)


def _pulse(site: Provider, world: World | None) -> dict[str, Any]:
    figures: dict[str, Any] = {"edition": site.edition, "trouble": site.trouble, "worlds": len(site.worlds)}
    if world is None:
        return {**figures, "exists": False, "mock": STARTED}
    clock = world.clock.state
    return {
        **figures,
        "exists": True,
        "mock": f"{STARTED}-{id(world):x}",
        "exchanges": world.journal.total,
        "kept": len(world.journal),
        "events": world.events.total,
        "messages": len(world.inbox),
        "version": world.version,
        "faults": len(world.faults.active),
        "stores": len(world.stores),
        "offset": clock["offset"],
        "frozen": clock["frozen"] is not None,
    }


def _frame(event: str, data: Any) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (event.encode(), msgspec.json.encode(data))
