"""
The stream: what happens is told as it happens, without secrets, to a bounded number of readers.
"""

from __future__ import annotations

import json
from typing import Any

from aegis_mockserver.control.journal._live import AT_ONCE, READERS, Live
from tests.unit.mockserver_control.conftest import Control


def _frames(content: bytes) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for part in content.decode().split("\n\n"):
        if part.startswith("event: "):
            event, data = part.split("\n")
            found.append((event.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_new_exchanges_come_once(control: Control) -> None:
    """
    Each exchange is told once, with what changed by it; when nothing happens nothing is sent.
    """
    live = Live(control.site, control.site.worlds.default, 0)
    assert [event for event, _ in _frames(live.poll())] == ["pulse"]
    assert live.poll() == b""
    control("GET", "/health")
    [(event, news), (_, pulse)] = _frames(live.poll())
    assert (event, [row["operation"] for row in news["exchanges"]]) == ("journal", ["getHealth"])
    assert pulse["exchanges"] == 1
    assert live.poll() == b""


def test_a_flood_is_told_in_part(control: Control) -> None:
    """
    When more happens than anybody could read, the last of it is told, and how much was left out.
    """
    live = Live(control.site, control.site.worlds.default, 0)
    for _ in range(AT_ONCE + 7):
        control("GET", "/health")
    [(_, news), _] = _frames(live.poll())
    assert (len(news["exchanges"]), news["skipped"]) == (AT_ONCE, 7)
    assert news["exchanges"][-1]["number"] == AT_ONCE + 7


def test_a_reset_is_told(control: Control) -> None:
    """
    A reader learns that the world is as new, or gone, and does not make it again by reading.
    """
    world = control.site.worlds.get("mine")
    live = Live(control.site, world, 0)
    live.poll()
    control("GET", "/health", x_mock_world="mine")
    live.poll()
    control.site.worlds.renew(world)
    assert [event for event, _ in _frames(live.poll())] == ["reset", "pulse"]
    control.site.worlds.drop("mine")
    frames = dict(_frames(live.poll()))
    assert frames["pulse"]["exists"] is False
    assert "mine" not in control.site.worlds


def test_secrets_in_queries_are_hidden(control: Control) -> None:
    """
    A key in a query never leaves through the stream.
    """
    live = Live(control.site, control.site.worlds.default, 0)
    control("GET", "/api/v1/business-info?businessRegNo=1248100998&serviceKey=canary-key")
    told = live.poll()
    assert b"business-info" in told
    assert b"canary" not in told


def test_readers_are_bounded(control: Control) -> None:
    """
    There are so many readers at once and no more; one that leaves makes room.
    """
    readers = [Live(control.site, control.site.worlds.default, 0) for _ in range(READERS)]
    assert control("GET", "/__mock__/stream").status == 503
    readers[0].close()
    assert control("GET", "/__mock__/stream").status == 200
