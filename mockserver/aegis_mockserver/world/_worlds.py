"""
The worlds of a site: made at first use, bounded in number and memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from aegis_mockserver.world._backlog import Backlog, Listener
from aegis_mockserver.world._budget import LIMIT as HISTORY
from aegis_mockserver.world._budget import Budget
from aegis_mockserver.world._world import DEFAULT, LIMIT, World

NUMBER = 1_000


class Worlds:
    """
    Worlds by name. The default world stays; of the others the one that was unused for longest goes first.

    Args:
        number: how many there may be beside the default world.
        limit: bytes of stored items for all of them together.
        history: bytes of exchanges, events and messages for all of them together.
        prepare: called with every new world, and with one that is made as new: seed data, faults.
        listeners: told of every exchange.
    """

    def __init__(
        self,
        *,
        seed: str = "",
        number: int = NUMBER,
        limit: int = LIMIT,
        history: int = HISTORY,
        source: Callable[[], float] = time.time,
        prepare: Callable[[World], None] | None = None,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self._seed = seed
        self._number = number
        self._limit = limit
        self._source = source
        self._worlds: dict[str, World] = {}
        self._budget = Budget(history, lambda: (one for world in self for one in world.histories))
        self._prepare = prepare
        self._backlog = Backlog(listeners)
        self.default = self._new(DEFAULT)

    def __len__(self) -> int:
        return len(self._worlds) + 1

    def __iter__(self) -> Iterator[World]:
        yield self.default
        yield from tuple(self._worlds.values())

    def __contains__(self, name: object) -> bool:
        return name == DEFAULT or name in self._worlds

    def find(self, name: str) -> World | None:
        """
        Return the world *name* if there is one; looking at it does not make it used.
        """
        return self.default if name in {"", DEFAULT} else self._worlds.get(name)

    def get(self, name: str) -> World:
        """
        Return the world *name*, made now if there is none.
        """
        if name in {"", DEFAULT}:
            return self.default
        world = self._worlds.pop(name, None)
        if world is None:
            self._make_room()
            world = self._new(name)
        self._worlds[name] = world
        return world

    def settle(self) -> None:
        """
        Tell those who listen of all that happened.
        """
        self._backlog.settle()

    def drop(self, name: str) -> bool:
        """
        Forget a world; the default world is reset instead.
        """
        if name == DEFAULT:
            self.renew(self.default)
            return True
        world = self._worlds.pop(name, None)
        if world is not None:
            world.detach()
        return world is not None

    def renew(self, world: World) -> None:
        """
        Make a world as it was when it was made.
        """
        world.reset()
        if self._prepare is not None:
            self._prepare(world)

    def reset(self) -> None:
        """
        Forget all worlds, and make the default world as new.
        """
        for name in tuple(self._worlds):
            self.drop(name)
        self.drop(DEFAULT)

    def _new(self, name: str) -> World:
        world = World(
            name,
            seed=self._seed,
            limit=self._limit,
            source=self._source,
            budget=self._budget,
            backlog=self._backlog,
        )
        if self._prepare is not None:
            self._prepare(world)
        return world

    def _make_room(self) -> None:
        # Looked at only when a world is made: between two of them each is held to the limit by itself.
        budget, own = self._budget, self.default.size
        while self._worlds and (len(self._worlds) >= self._number or budget.stored - own > self._limit):
            self.drop(next(iter(self._worlds)))
