"""
The kit of one test: the Aegis APIs in a world of its own, and everything that looks at it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from aegis_mockserver import Fault, Site, World
from aegis_mockserver.adapters._httpx import MockTransport
from aegis_mockserver.pytest_plugin import Mocks, MockServer
from aegis_mockserver.world._nearest import meant
from aegis_runtime import ApiSpec, AsyncClient, Clock, SyncClient
from aegis_sdk import _generated
from aegis_testing.books import EventBook, Inbox, Journal, SeenEvent, SeenMessage
from aegis_testing.factories import make

if TYPE_CHECKING:
    import respx

    from aegis_sdk.events import EventConsumer
    from aegis_testing.consumer import ConsumerDriver
    from aegis_testing.routes import ContractRoutes

C = TypeVar("C", bound=SyncClient | AsyncClient)
T = TypeVar("T")
TOKEN = "test-key"


class Hasty(Clock):
    """
    A clock that passes over waits: what a client would wait for, it counts as waited.
    """

    __slots__ = ("_skipped",)

    def __init__(self) -> None:
        self._skipped = 0.0

    def monotonic(self) -> float:
        """
        Seconds, with everything that was passed over.
        """
        return time.monotonic() + self._skipped

    def wall(self) -> float:
        """
        Seconds since the epoch, likewise.
        """
        return time.time() + self._skipped

    def sleep(self, seconds: float) -> None:
        """
        Count the wait as over.
        """
        self._skipped += seconds

    async def asleep(self, seconds: float) -> None:
        """
        Count the wait as over.
        """
        self._skipped += seconds


class Kit:
    """
    The Aegis APIs in a world of one test.

    Args:
        site: what is served.
        world: what this test has done; no other test sees it.
        server: gives the server, which is started when the first address is asked for.
        seed: what factories make when a test names no seed of its own.
    """

    def __init__(self, site: Site, world: World, server: Callable[[], MockServer], *, seed: str = "") -> None:
        self.site = site
        self.world = world
        self._server = server
        self._seed = seed
        self._made = 0
        self._open = ExitStack()

    # Clients

    @property
    def url(self) -> str:
        """
        The address of this world: for clients, and for a service that can be told nothing but an address.
        """
        return self._server().url_of(self.world)

    @property
    def transport(self) -> MockTransport:
        """
        The way to this world without a socket, for our clients and for httpx's, sync and async.
        """
        return MockTransport(self.site, self.world.name)

    def client(self, kind: type[C], *, by: Literal["transport", "url"] = "transport", **options: Any) -> C:
        """
        Make a client of this world. It is strict, has no circuit breaker, and does not really wait between attempts;
        *options* of the client say otherwise.

        Synchronous ones are closed with the test; an asynchronous one by URL is for the test to close.

        Args:
            by: in this process, or over a socket.
        """
        given: dict[str, Any] = {"token": TOKEN, "strict": True, "circuit_breaker": False, "clock": Hasty(), **options}
        if by == "transport":
            given.setdefault("transport", self.transport)
        api: ApiSpec = getattr(kind, "_api")  # noqa: B009 -- every generated client has one, and shows it to nobody
        # The name leads nowhere: without its transport the client would meet nobody by mistake.
        client = kind((self.url if by == "url" else "http://aegis.invalid") + _path(api), **given)
        if isinstance(client, SyncClient):
            self._open.callback(client.close)
        return client

    @property
    def environment(self) -> dict[str, str]:
        """
        What a service that reads our variables must find in its environment to use this world.
        """
        found: dict[str, str] = {}
        for api in _apis():
            found[f"{api.env}_URL"] = self.url + _path(api)
            found[f"{api.env}_TOKEN"] = TOKEN
        return found

    # What happened

    @cached_property
    def journal(self) -> Journal:
        """
        What was asked of the mock.
        """
        return Journal(self.site, self.world)

    @cached_property
    def events(self) -> EventBook:
        """
        The events that operations caused.
        """
        return EventBook(
            lambda: [SeenEvent(one.name, one.topic, one.key, one.value) for one in self.world.events],
            (one.name for one in self.world.events),
        )

    @cached_property
    def inbox(self) -> Inbox:
        """
        The mails and texts that operations caused.
        """
        return Inbox(
            lambda: [
                SeenMessage(one.kind, one.to, one.subject, one.text, one.html, one.sender) for one in self.world.inbox
            ]
        )

    # Steering

    def fault(self, operation: str = "*", **members: Any) -> None:
        """
        Let an operation go wrong: ``fault("getUser", status=503, times=2)``, ``fault(latency=0.2)``.

        Raises:
            LookupError: there is no such operation; the nearest is named.
            ValueError: a member is unknown or impossible.
        """
        known = [one.key for one in self.site.operations]
        if operation != "*" and operation not in known:
            raise LookupError(f"no contract has an operation {operation!r}; {meant(operation, known)}")
        self.world.faults.add(Fault(operation, **members))

    def mend(self, operation: str | None = None) -> int:
        """
        Switch the faults of one operation off, or all; answers how many there were.
        """
        return self.world.faults.clear(operation)

    # Making and handling

    def make(self, model: type[T], /, *, seed: str | None = None, **overrides: Any) -> T:
        """
        Make an instance as ``aegis_testing.make`` does: another one each time, and the same ones in every run.
        """
        if seed is None:
            self._made += 1
            seed = f"{self._seed}|{self._made}"
        return make(model, seed=seed, **overrides)

    def drive(self, consumer: EventConsumer, *, timeout: float = 10.0) -> ConsumerDriver:
        """
        Hand events to a consumer without Kafka: ``async with kit.drive(consumer) as driver``.
        """
        from aegis_testing.consumer import ConsumerDriver

        return ConsumerDriver(consumer, timeout=timeout)

    def routes(self, router: respx.Router, base_url: str = "") -> ContractRoutes:
        """
        Give a respx router routes that answer from this world, and hold each request to its contract.

        Args:
            base_url: where the code under test sends to; the contracts' own servers if left out.
        """
        from aegis_testing.routes import ContractRoutes

        return ContractRoutes(router, self.site, self.world, (base_url,) if base_url else ())

    def close(self) -> None:
        """
        Close the clients, and forget the world.
        """
        self._open.close()
        self.site.worlds.drop(self.world.name)


def _apis() -> list[ApiSpec]:
    return [import_module(f"aegis_sdk._generated.{api}.api").API for api in _generated.APIS]


def _path(api: ApiSpec) -> str:
    # Where several contracts have the same path, the mock tells them apart by what stands before it.
    return urlsplit(api.server or "").path.rstrip("/")


@contextmanager
def open_kit(*documents: str | Path, seed: str = "", mocks: Mocks | None = None) -> Generator[Kit]:
    """
    Open a kit outside of a test, such as for a service that runs for the whole session.

    Args:
        documents: what the mock serves; the bundled Aegis contracts if left out.
        mocks: where loaded documents and servers are shared; those of this kit alone if left out.
    """
    shared = mocks if mocks is not None else Mocks()
    site = shared.site(*documents)
    kit = Kit(site, site.worlds.get(f"kit-{uuid4().hex}"), lambda: shared.server(site), seed=seed)
    try:
        yield kit
    finally:
        kit.close()
        if mocks is None:
            shared.close()
