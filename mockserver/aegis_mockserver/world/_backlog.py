"""
Exchanges that just happened: journals take them, and listeners are told of them, many at a time.

What is done for one exchange after the other costs a third of what it costs between two requests, where all that it
touches has to be fetched anew. Who looks at a journal sees all that happened: it takes what waits before it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from aegis_mockserver.world._exchange import Exchange

MANY = 64  # exchanges taken at once: others wait for 0.11 ms of the processor, 0.4 at most (40,000 POSTs)
HEAVY = 16_384  # bytes of bodies that do not wait: all that waits takes a megabyte at most


class Listener(Protocol):
    """
    Who is told of exchanges; the access log is one.
    """

    def stir(self, tell: Callable[[], None]) -> None:
        """
        Note that an exchange waits, and let *tell* be called soon.
        """
        ...

    def __call__(self, exchanges: Sequence[Exchange]) -> None:
        """
        Note exchanges, in the order in which they happened.
        """
        ...


class Taker(Protocol):
    """
    Who takes exchanges of one world: its journal.
    """

    def take(self, recorded: Sequence[Exchange]) -> None:
        """
        Take exchanges, oldest first.
        """
        ...


class Backlog:
    """
    What waits for the journals of some worlds.
    """

    __slots__ = ("_journals", "_listeners", "_waiting")

    def __init__(self, listeners: Sequence[Listener] = ()) -> None:
        self._listeners = tuple(listeners)
        self._waiting: list[Exchange] = []
        self._journals: list[Taker] = []  # for which they wait

    def add(self, journal: Taker, exchange: Exchange) -> None:
        """
        Let an exchange wait for its journal.
        """
        waiting = self._waiting
        waiting.append(exchange)
        self._journals.append(journal)
        number = len(waiting)
        if number >= MANY or exchange.size > HEAVY:
            self.settle()
        elif number == 1:
            for listener in self._listeners:
                listener.stir(self.settle)

    def settle(self) -> None:
        """
        Let nothing wait any longer.
        """
        waiting, journals = self._waiting, self._journals
        if not waiting:
            return
        self._waiting, self._journals = [], []
        if journals.count(journals[0]) == len(journals):
            journals[0].take(waiting)
        else:
            taken: dict[Taker, list[Exchange]] = {}
            for journal, exchange in zip(journals, waiting, strict=True):
                taken.setdefault(journal, []).append(exchange)
            for journal, exchanges in taken.items():
                journal.take(exchanges)
        for listener in self._listeners:
            listener(waiting)
