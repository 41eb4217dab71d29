"""
Exchanges are noted many at a time, and nobody who looks can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from aegis_mockserver import Worlds
from aegis_mockserver.world import Exchange, Journal
from aegis_mockserver.world._backlog import HEAVY, MANY
from aegis_mockserver.world._messages import Reply, Request


class Heard:
    """
    A listener that remembers, and lets itself be told when it is asked.
    """

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []
        self.times = 0
        self.soon: list[Callable[[], None]] = []

    def stir(self, tell: Callable[[], None]) -> None:
        self.soon.append(tell)

    def __call__(self, exchanges: Sequence[Exchange]) -> None:
        self.times += 1
        self.told += [(exchange.operation, exchange.number) for exchange in exchanges]


def _record(worlds: Worlds, name: str, times: int = 1, body: bytes = b"") -> None:
    for _ in range(times):
        worlds.get(name).record(0.0, Request("POST", "/x", body=body), Reply(200, [], b""), operation=name)


def test_listeners_are_told_all_in_order_and_few_times() -> None:
    """
    Whoever listens is told each exchange of each world once, as they happened, and not one after the other.
    """
    heard = Heard()
    worlds = Worlds(listeners=[heard])
    expected: list[tuple[str, int]] = []
    for number in range(1, 2 * MANY + 1):
        for name in ("a", "b"):
            _record(worlds, name)
            expected.append((name, number))
    _record(worlds, "a")
    assert heard.told == expected
    assert heard.times == 4
    for tell in heard.soon:
        tell()
    assert heard.told == [*expected, ("a", 2 * MANY + 1)]


def test_a_single_exchange_stirs_whoever_listens() -> None:
    """
    One exchange does not wait for others to come: whoever listens can have it told soon.
    """
    heard = Heard()
    worlds = Worlds(listeners=[heard])
    _record(worlds, "a", 3)
    assert len(heard.soon) == 1
    assert heard.told == []
    heard.soon[0]()
    assert heard.told == [("a", 1), ("a", 2), ("a", 3)]
    _record(worlds, "a")
    assert len(heard.soon) == 2


def test_a_journal_is_whole_whoever_looks_at_it() -> None:
    """
    What was just recorded is in the journal, by whichever way it is looked at, and what is cleared stays so.
    """
    worlds = Worlds()
    looks: list[Callable[[Journal], Iterable[Exchange | None]]] = [
        lambda journal: journal,
        lambda journal: reversed(list(journal.newest_first())),
        lambda journal: journal.since(0, 100),
        lambda journal: [journal.get(number) for number in range(1, len(journal) + 1)],
        lambda journal: [journal.get(number) for number in range(1, journal.total + 1)],
    ]
    for look in looks:
        worlds.reset()
        assert worlds.default.journal.weight == 0
        _record(worlds, "default", 5)
        assert worlds.default.journal.weight > 0
        _record(worlds, "default", 5)
        assert [one.number if one is not None else 0 for one in look(worlds.default.journal)] == [*range(1, 11)]
    _record(worlds, "default", 5)
    worlds.default.journal.clear()
    assert list(worlds.default.journal) == []
    assert worlds.default.journal.total == 15


def test_what_is_heavy_does_not_wait() -> None:
    """
    Bodies that take memory are counted at once: what waits is bounded in bytes, too.
    """
    heard = Heard()
    worlds = Worlds(listeners=[heard])
    _record(worlds, "a", 2, b"x" * (HEAVY + 1))
    assert heard.times == 2
    _record(worlds, "a", 2, b"x" * HEAVY)
    assert heard.times == 2


def test_a_forgotten_world_is_told_of_all_the_same() -> None:
    """
    The log has the last requests to a world that was dropped right after them.
    """
    heard = Heard()
    worlds = Worlds(listeners=[heard])
    _record(worlds, "a", 2)
    worlds.drop("a")
    assert heard.told == [("a", 1), ("a", 2)]
