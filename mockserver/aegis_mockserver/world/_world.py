"""
A world: everything that the mock remembers for one test, one team or one browser tab.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from hashlib import blake2b
from typing import Any
from uuid import UUID

from aegis_contracts import Violation
from aegis_mockserver.world._backlog import Backlog
from aegis_mockserver.world._budget import Budget, History
from aegis_mockserver.world._clock import Clock
from aegis_mockserver.world._events import Events
from aegis_mockserver.world._exchange import Exchange
from aegis_mockserver.world._inbox import Inbox, Message
from aegis_mockserver.world._journal import Journal
from aegis_mockserver.world._messages import Reply, Request
from aegis_mockserver.world._stores import Store
from aegis_mockserver.world.faults import Faults

DEFAULT = "default"
LIMIT = 24 * 1024 * 1024


class World:
    """
    State, clock, inbox, events, journal and faults under one name.

    Args:
        name: what ``X-Mock-World`` says.
        seed: changes every generated value and id.
        limit: bytes of stored items; beyond it the oldest items are dropped.
        source: the machine's clock.
        budget: what all worlds together may remember of what happened.
        backlog: where exchanges wait for the journal, and for who listens.
    """

    __slots__ = (
        "_backlog",
        "_budget",
        "_drawn",
        "_stores",
        "begun",
        "clock",
        "dropped",
        "events",
        "facts",
        "faults",
        "inbox",
        "journal",
        "limit",
        "name",
        "replies",
        "seed",
        "settings",
        "size",
        "version",
    )

    def __init__(
        self,
        name: str = DEFAULT,
        *,
        seed: str = "",
        limit: int = LIMIT,
        source: Callable[[], float] = time.time,
        budget: Budget | None = None,
        backlog: Backlog | None = None,
    ) -> None:
        self._budget = budget = budget if budget is not None else Budget()
        self.name = name
        self.seed = seed
        self.limit = limit
        self.clock = Clock(source)
        self.inbox = Inbox(budget)
        self.events = Events(budget)
        self._backlog = backlog = backlog if backlog is not None else Backlog()
        self.journal = Journal(budget=budget, backlog=backlog)
        self.faults = Faults(self._changed)
        self.facts: dict[str, Any] = {}  # what behaviours remember beside stores; JSON, part of snapshots
        self.settings: dict[str, Any] = {}  # what the control API says for this world, such as a running scenario
        self.replies: OrderedDict[Hashable, Any] = OrderedDict()  # first answers by their Idempotency-Key, the core's
        self.version = 0  # grows with every change, so that a kept answer knows that it is stale
        self.size = 0
        self.dropped = 0
        self._stores: dict[str, Store] = {}
        # By name of a kind of stores: whether one of them was ever written to. Whoever finds out may note it here.
        self.begun: dict[str, bool] = {}
        self._drawn = 0

    def __repr__(self) -> str:
        return f"<World {self.name}>"

    @property
    def stores(self) -> dict[str, Store]:
        """
        The stores by name.
        """
        return self._stores

    @property
    def histories(self) -> tuple[History, ...]:
        """
        What the world remembers of what happened.
        """
        return self.journal, self.events, self.inbox

    def detach(self) -> None:
        """
        Count no more: the world is forgotten, and whoever still looks at it may do so.
        """
        for history in self.histories:
            history.detach()
        self._budget.stored -= self.size
        self._budget = Budget()
        self.version += 1

    def record(
        self,
        seconds: float,
        request: Request,
        reply: Reply,
        contract: str = "",
        operation: str = "",
        origin: str = "problem",
        violations: tuple[Violation, ...] = (),
        reply_violations: tuple[Violation, ...] = (),
    ) -> None:
        """
        Put an exchange into the journal, and tell those who listen.
        """
        journal, at = self.journal, self.clock.timestamp()
        journal.total = number = journal.total + 1
        size = len(request.body) + len(reply.body)
        exchange = Exchange(
            number, at, seconds, contract, operation, origin, request, reply, violations, reply_violations, size
        )
        self._backlog.add(journal, exchange)

    def store(self, name: str) -> Store:
        """
        Return the store *name*, new and empty at first use.
        """
        found = self._stores.get(name)
        if found is None:
            found = self._stores[name] = Store(name, self._touch, self.begun.clear)
        return found

    def new_uuid(self) -> UUID:
        """
        Draw a version 4 UUID; the same seed and world give the same row of them.
        """
        self._drawn += 1
        digest = blake2b(f"{self.seed}|{self.name}|{self._drawn}".encode(), digest_size=16).digest()
        return UUID(bytes=digest, version=4)

    def new_token(self, length: int = 32) -> str:
        """
        Draw a token of lower-case hexadecimal digits.
        """
        self._drawn += 1
        source = f"{self.seed}|{self.name}|token|{self._drawn}".encode()
        return blake2b(source, digest_size=min(64, (length + 1) // 2)).hexdigest()[:length]

    def new_code(self, digits: int = 6) -> str:
        """
        Draw a code of decimal digits.
        """
        return str(int(self.new_token(16), 16) % 10**digits).zfill(digits)

    def mail(
        self,
        to: str,
        subject: str,
        text: str = "",
        *,
        html: str = "",
        sender: str = "",
        template: str = "",
        variables: dict[str, Any] | None = None,
    ) -> Message:
        """
        Put a mail into the inbox.
        """
        return self.inbox.add(
            "mail",
            to,
            self.clock.text(),
            subject=subject,
            text=text,
            html=html,
            sender=sender,
            template=template,
            variables=variables or {},
        )

    def sms(self, to: str, text: str, *, sender: str = "", variables: dict[str, Any] | None = None) -> Message:
        """
        Put an SMS into the inbox.
        """
        return self.inbox.add("sms", to, self.clock.text(), text=text, sender=sender, variables=variables or {})

    def reset(self) -> None:
        """
        Make the world as new.
        """
        for store in self._stores.values():
            store.clear()
        self._stores.clear()
        self.inbox.clear()
        self.events.clear()
        self.journal.clear()
        self.journal.total = 0
        self.faults.clear()
        self.clock.reset()
        self.facts.clear()
        self.settings.clear()
        self.replies.clear()
        self._drawn = 0
        self._budget.stored -= self.size
        self.size = 0
        self._changed()

    def snapshot(self) -> dict[str, Any]:
        """
        Return the state as JSON: stores, facts, clock; not inbox, events and journal, which are history.
        """
        return {
            "stores": {name: store.state for name, store in self._stores.items()},
            "facts": dict(self.facts),
            "clock": self.clock.state,
            "drawn": self._drawn,
        }

    def restore(self, snapshot: dict[str, Any]) -> None:
        """
        Go back to what ``snapshot()`` returned.
        """
        for store in self._stores.values():
            store.clear()
        for name, state in snapshot.get("stores", {}).items():
            self.store(name).state = state
        self.facts = dict(snapshot.get("facts", {}))
        if "clock" in snapshot:
            self.clock.state = snapshot["clock"]
        self._drawn = int(snapshot.get("drawn", self._drawn))
        self._changed()

    def _changed(self) -> None:
        self.version += 1

    def _touch(self, grown: int) -> None:
        self.version += 1
        self.size += grown
        self._budget.stored += grown
        while self.size > self.limit:
            fullest = max(self._stores.values(), key=len)
            dropped = fullest.drop_oldest()
            if not dropped:
                break
            self.dropped += dropped
