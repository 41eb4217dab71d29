"""
Handlers that use Django go on with it when PostgreSQL was restarted, and hold no connection longer than Django would.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from aegis_sdk.events import HandledEvents
from aegis_sdk.events.consumer.handling import _django
from aegis_sdk.events.consumer.handling._retry import HandlerRetry
from tests.postgres_server import Server, own, skip_without_postgres
from tests.unit.events.consumer.harness import FakeKafka, Happened, make_consumer, until

HANDLED = HandledEvents("tests")


@pytest.fixture
def server() -> Iterator[Server]:
    if reason := skip_without_postgres():
        pytest.skip(reason)
    with own() as made:
        yield made


class Django:
    """
    Django's connections to one server, each thread with its own.
    """

    def __init__(self, alias: str) -> None:
        from django.db import connections

        self.alias = alias
        self.all: Any = connections

    @property
    def own(self) -> Any:
        return self.all[self.alias]

    def effect(self, event: Happened) -> None:
        """
        What a handler does, once for each event.
        """
        from django.db import transaction

        with transaction.atomic(using=self.alias):
            if HANDLED.mark(self.own, event.event_id):
                self.own.cursor().execute("INSERT INTO effects VALUES (%s)", [event.number])

    def asked(self, statement: str) -> list[int]:
        with self.own.cursor() as cursor:
            cursor.execute(statement)
            found = [int(row[0]) for row in cursor.fetchall()]
        self.own.close()
        return found

    def effects(self) -> list[int]:
        return self.asked("SELECT number FROM effects ORDER BY number")


@pytest.fixture
def django(server: Server) -> Iterator[Django]:
    """
    Django's connections, one of which leads to the server and is kept for good.
    """
    library = pytest.importorskip("django")
    from django.conf import settings

    # Others use Django in this process, too: its settings are made once.
    if not settings.configured:
        settings.configure(DATABASES={}, USE_TZ=True)
    library.setup()
    from django.db import ConnectionHandler, connections

    folder = server.dsn.partition("host=")[2]
    engine = "django.db.backends.postgresql"
    where = {"ENGINE": engine, "NAME": "postgres", "USER": "tests", "HOST": folder, "CONN_MAX_AGE": None}
    # Threads that outlive a test have its connections still, so each test has a name of its own for them.
    made = Django(folder)
    connections.settings[made.alias] = ConnectionHandler({"default": where}).settings["default"]
    HANDLED.create(made.own)
    made.own.cursor().execute("CREATE TABLE effects (number integer)")
    made.own.close()
    yield made
    del connections.settings[made.alias]


@pytest.mark.parametrize("kind", ["thread", "loop"])
async def test_a_restart_of_postgresql_is_not_noticed(
    django: Django, server: Server, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A connection that stood while PostgreSQL was restarted is replaced before the next event: no handler fails.
    """
    monkeypatch.setattr(_django, "_STOOD", 0.05)
    kafka = FakeKafka()
    consumer = make_consumer(kafka, settings={"concurrency": 1})
    if kind == "thread":

        @consumer.on(Happened)
        def handle(event: Happened) -> None:
            django.effect(event)
    else:
        from asgiref.sync import sync_to_async

        @consumer.on(Happened)
        async def handle_on_the_loop(event: Happened) -> None:
            await sync_to_async(django.effect)(event)

    async with consumer:
        for number in range(3):
            kafka.send("user-1", number)
            await until(lambda wanted=number + 1: consumer.stats.handled == wanted)
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)
        assert consumer.stats.failures == 0
    assert await asyncio.to_thread(django.effects) == [0, 1, 2]


@pytest.mark.parametrize("kind", ["thread", "loop"])
async def test_a_connection_that_breaks_in_a_handler_fails_it_once(
    django: Django, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    PostgreSQL ends a handler's connection: the next attempt has a new one, and the effect is there once.
    """
    monkeypatch.setattr(_django, "_STOOD", 3600.0)
    kafka = FakeKafka()
    consumer = make_consumer(kafka, settings={"concurrency": 1}, retry=HandlerRetry(base=0.01))
    broken: list[int] = []

    def work(event: Happened) -> None:
        with django.own.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [pid] = cursor.fetchone()
        if not broken:
            broken.append(pid)
            other = django.all.create_connection(django.alias)
            other.cursor().execute("SELECT pg_terminate_backend(%s)", [pid])
            other.close()
            # Outside of a transaction, where Django does not look at what is left of its connection.
            django.own.cursor().execute("SELECT 1")
        django.effect(event)

    if kind == "thread":

        @consumer.on(Happened)
        def handle(event: Happened) -> None:
            work(event)
    else:
        from asgiref.sync import sync_to_async

        @consumer.on(Happened)
        async def handle_on_the_loop(event: Happened) -> None:
            await sync_to_async(work)(event)

    async with consumer:
        for number in range(3):
            kafka.send("user-1", number)
        await until(lambda: consumer.stats.handled == 3)
        assert consumer.stats.failures == 1
    assert await asyncio.to_thread(django.effects) == [0, 1, 2]


async def test_connections_end_with_their_age(django: Django) -> None:
    """
    ``CONN_MAX_AGE`` of 0, Django's default, keeps no connection open between events.
    """
    django.all.settings[django.alias]["CONN_MAX_AGE"] = 0
    kafka = FakeKafka()
    consumer = make_consumer(kafka)

    @consumer.on(Happened)
    def handle(event: Happened) -> None:
        django.effect(event)

    others = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    async with consumer:
        for number in range(20):
            kafka.send(f"user-{number}", number)
        await until(lambda: consumer.stats.handled == 20)
        while await asyncio.to_thread(django.asked, others):  # noqa: ASYNC110 -- a server ends sessions in its own time
            await asyncio.sleep(0.01)
    assert len(await asyncio.to_thread(django.effects)) == 20


async def test_who_comes_while_connections_are_looked_at_waits_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    No handler runs beside the look at the connections; those that wait for it go on in the order in which they came.
    """
    looking, order = False, list[int]()

    def look(*, ask: bool) -> None:
        nonlocal looking
        looking = True
        time.sleep(0.05)
        looking = False

    async def handle(number: int) -> None:
        assert not looking
        order.append(number)

    monkeypatch.setitem(sys.modules, "django", ModuleType("django"))
    monkeypatch.setattr(_django, "_refresh", look)
    call = _django.for_loop(handle)
    await asyncio.gather(*(call(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]


async def test_a_look_that_fails_is_told_to_who_waits_and_is_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What the look at the connections raises fails the handlers that wait for it; the next one looks again.
    """
    failing = [True]

    def look(*, ask: bool) -> None:
        if failing.pop() if failing else False:
            raise ConnectionError("away")

    async def handle(number: int) -> int:
        return number

    monkeypatch.setitem(sys.modules, "django", ModuleType("django"))
    monkeypatch.setattr(_django, "_refresh", look)
    call = _django.for_loop(handle)
    results = await asyncio.gather(call(0), call(1), return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError, ConnectionError]
    assert await call(2) == 2


async def test_who_is_cancelled_while_connections_are_looked_at_takes_nobody_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    A handler that is cancelled before its turn leaves the look at the connections to those that wait with it.
    """
    looked = threading.Event()
    call = _looking(monkeypatch, looked)
    first, second = asyncio.ensure_future(call(0)), asyncio.ensure_future(call(1))
    await asyncio.sleep(0)
    first.cancel()
    looked.set()
    assert await second == 1
    assert first.cancelled()


def test_a_look_that_ended_with_its_loop_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A consumer that is started again in another event loop does not wait for what its first one began.
    """
    looked = threading.Event()
    call = _looking(monkeypatch, looked)
    loop = asyncio.new_event_loop()
    began = loop.create_task(call(0))
    loop.run_until_complete(asyncio.sleep(0.01))
    assert not began.done()
    loop.close()
    looked.set()
    assert asyncio.run(call(1)) == 1


def _looking(monkeypatch: pytest.MonkeyPatch, looked: threading.Event) -> Any:
    """
    A handler that answers with what it is called with, after a look that lasts until *looked*.
    """

    async def handle(number: int) -> int:
        return number

    monkeypatch.setitem(sys.modules, "django", ModuleType("django"))
    monkeypatch.setattr(_django, "_refresh", lambda *, ask: looked.wait(30))
    return _django.for_loop(handle)


class Connection:
    """
    One of Django's connections, as it is looked at.
    """

    def __init__(self, *, in_atomic_block: bool = False, connection: object = 1, usable: bool = True) -> None:
        self.in_atomic_block, self.connection, self.usable = in_atomic_block, connection, usable
        self.done: list[str] = []

    def close_if_unusable_or_obsolete(self) -> None:
        self.done.append("aged")

    def is_usable(self) -> bool:
        self.done.append("asked")
        return self.usable

    def close(self) -> None:
        self.done.append("closed")


@pytest.mark.parametrize("ask", [True, False])
def test_each_connection_is_looked_at_by_itself(ask: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    One in a transaction is let alone, wherever it stands; of the others those that stood are asked, and closed where
    they do not answer. Nothing is done where Django is not set up.
    """
    held = [
        Connection(in_atomic_block=True),
        Connection(usable=False),
        Connection(connection=None),
        Connection(),
    ]
    settings = SimpleNamespace(configured=False)
    every = SimpleNamespace(all=lambda *, initialized_only: held if initialized_only else [])
    monkeypatch.setitem(sys.modules, "django.conf", cast("Any", SimpleNamespace(settings=settings)))
    monkeypatch.setitem(sys.modules, "django.db", cast("Any", SimpleNamespace(connections=every)))
    _django._refresh(ask=ask)
    assert [one.done for one in held] == [[], [], [], []]
    settings.configured = True
    _django._refresh(ask=ask)
    asked = ["aged", "asked"] if ask else ["aged"]
    assert [one.done for one in held] == [[], [*asked, "closed"] if ask else asked, ["aged"], asked]


@pytest.mark.parametrize("kind", ["thread", "loop"])
def test_a_connection_is_asked_once_it_has_stood(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    One that was used within the last second is known to work, unless its handler has failed on the loop.
    """
    clock, asked, failing = SimpleNamespace(now=0.0, monotonic=lambda: clock.now), list[bool](), list[bool]()

    def work() -> None:
        if failing:
            raise ConnectionError

    async def awaited() -> None:
        work()

    monkeypatch.setitem(sys.modules, "django", ModuleType("django"))
    monkeypatch.setattr(_django, "time", clock)
    monkeypatch.setattr(_django, "_thread", threading.local())
    monkeypatch.setattr(_django, "_refresh", lambda *, ask: asked.append(ask))
    on_the_loop, in_a_thread = _django.for_loop(awaited), _django.for_thread(work)
    seen: list[bool] = []
    for clock.now, fails in ((0.0, False), (1.0, False), (2.5, True), (2.6, False)):
        failing[:] = [True] * fails
        asked.clear()
        with pytest.raises(ConnectionError) if fails else nullcontext():
            if kind == "loop":
                asyncio.run(cast("Any", on_the_loop()))
            else:
                in_a_thread()
                assert asked.pop() is False
        seen.append(any(asked))
    assert seen == [True, False, True, kind == "loop"]
