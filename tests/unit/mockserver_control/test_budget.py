"""
Memory has a limit, however many worlds there are and whatever is sent to them.
"""

from __future__ import annotations

from aegis_mockserver import Worlds
from aegis_mockserver.world import Event
from aegis_mockserver.world._messages import Reply, Request
from tests.unit.mockserver_control.conftest import Control


def _busy(worlds: Worlds, name: str, times: int) -> None:
    world = worlds.get(name)
    for _ in range(times):
        request, reply = Request("POST", "/x", body=b"x" * 1_000), Reply(200, [], b"y" * 1_000)
        world.record(0.0, request, reply, origin="state")


def test_all_histories_together_are_bounded() -> None:
    """
    Exchanges of many worlds are held to one limit; the busiest forget first, and the quiet keep what they have.
    """
    worlds = Worlds(history=1_000_000)
    _busy(worlds, "quiet", 10)
    for number in range(20):
        _busy(worlds, f"busy-{number}", 200)
    assert sum(one.weight for world in worlds for one in world.histories) <= 1_000_000
    assert len(worlds.get("quiet").journal) == 10
    assert worlds.get("busy-19").journal.total == 200
    assert 0 < len(worlds.get("busy-19").journal) < 200


def test_events_and_messages_count_too() -> None:
    """
    A flood of events or mails is held to the limit as well.
    """
    worlds = Worlds(history=1_000_000)
    world = worlds.default
    for number in range(2_000):
        world.events.add(Event("Told", "topic", str(number), b"{}" * 500, "default", "tell"))
        world.mail("kim@example.com", "subject", "text" * 100)
    assert sum(one.weight for one in world.histories) <= 1_000_000
    assert world.events.total == 2_000
    assert 0 < len(world.events) < 2_000


def test_what_is_forgotten_counts_no_more() -> None:
    """
    Clearing, resetting and dropping give back what was taken, to the last byte.
    """
    worlds = Worlds(history=1_000_000)
    budget = worlds.default._budget
    for name in ("default", "a", "b"):
        _busy(worlds, name, 20)
        worlds.get(name).store("items").put("1", {"id": 1})
        worlds.get(name).mail("kim@example.com", "subject", "text")
    assert budget.used > 0
    worlds.get("a").journal.clear()
    worlds.get("a").inbox.clear()
    worlds.reset()
    assert (budget.used, budget.stored) == (0, 0)


def test_stored_items_of_all_worlds_are_bounded() -> None:
    """
    Worlds make room for a new one by going, the longest unused first, when they hold too much together.
    """
    worlds = Worlds(limit=100_000)
    for number in range(10):
        worlds.get(f"world-{number}").store("items").put("1", {"text": "x" * 30_000})
    assert len(worlds) < 6
    assert "world-9" in worlds
    assert "world-0" not in worlds


def test_heavy_headers_are_not_kept(control: Control) -> None:
    """
    Headers of many kilobytes are read, answered, and remembered in short.
    """
    reply = control("GET", "/health", x_heavy="x" * 60_000)
    assert reply.status == 200
    [exchange] = control.site.worlds.default.journal
    assert sum(len(name) + len(value) for name, value in exchange.request.headers) < 1_000
