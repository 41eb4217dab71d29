"""
Events that Kafka refuses: they are parked with the later ones of their key, named, and nothing else waits for them.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from aegis_sdk.events.outbox import (
    OutboxRelay,
    OutboxStore,
    PostgresOutbox,
    PostgresOutboxStore,
    RelaySettings,
    SqliteOutbox,
    SqliteOutboxStore,
)
from aegis_sdk.events.outbox._rows import Batch
from aegis_sdk.events.outbox.relay._refusals import RowsRefusedError
from tests.unit.events.outbox.harness import FakePublisher, FakeTransactions, deleted, numbers_by_key, until


class Picky(FakeTransactions):
    """
    A Kafka that refuses some events; it may not be able to say which of a batch it is.
    """

    def __init__(self, refuses: Collection[int], *, says_which: bool = True) -> None:
        super().__init__()
        self.refuses = set(refuses)
        self.says_which = says_which
        self.attempts = 0

    def publisher(self, name: str) -> FakePublisher:
        kafka = self

        class Publisher(FakePublisher):
            async def publish(self, batch: Batch) -> None:
                kafka.attempts += 1
                refused = {row.id: "too large" for row in batch.rows if int(row.event_id[-12:]) in kafka.refuses}
                if refused:
                    raise RowsRefusedError(refused if kafka.says_which or len(batch.rows) == 1 else {})
                await super().publish(batch)

        return Publisher(self, name)


def event_id(number: int) -> str:
    return deleted(number).event_id


@pytest.fixture(params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest) -> str | None:
    """
    The address of a PostgreSQL, or nothing for SQLite.
    """
    return str(request.getfixturevalue("postgres")) if request.param == "postgres" else None


@pytest.fixture
async def outbox(
    server: str | None, tmp_path: Path
) -> AsyncIterator[tuple[Callable[[], OutboxStore], Callable[[Collection[int]], Any]]]:
    """
    What opens a store of the outbox, and what adds events to it.
    """
    if server is None:
        path = tmp_path / "service.db"
        connection = sqlite3.connect(path)
        SqliteOutbox().create(connection)
        connection.commit()

        async def add(numbers: Collection[int]) -> None:
            with connection:
                SqliteOutbox().add_all(connection, [deleted(number) for number in numbers])

        yield (lambda: SqliteOutboxStore(path)), add
        connection.close()
        return
    import asyncpg

    admin = await asyncpg.connect(server)
    name = f"test_{uuid4().hex[:12]}"
    await admin.execute(f"CREATE DATABASE {name}")
    dsn = server.replace("/postgres?", f"/{name}?")
    writer = await asyncpg.connect(dsn)
    await PostgresOutbox().create_async(writer)

    async def add_there(numbers: Collection[int]) -> None:
        async with writer.transaction():
            await PostgresOutbox().add_all_async(writer, [deleted(number) for number in numbers])

    yield (lambda: PostgresOutboxStore(dsn)), add_there
    await writer.close()
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def relay_for(store: OutboxStore, kafka: FakeTransactions, **settings: Any) -> OutboxRelay:
    quick: dict[str, Any] = {"batch": 20, "lease": 1.0, "poll_interval": 0.02, "idle_interval": 0.1, **settings}
    return OutboxRelay(store, settings=RelaySettings(**quick), publisher=kafka.publisher)


@pytest.mark.parametrize("says_which", [True, False], ids=["named", "not named"])
async def test_a_refused_event_holds_up_its_key_alone(outbox: Any, says_which: bool) -> None:
    """
    Event 7 is refused: it and the later ones of its user are parked, the other users' events are all published, once.
    """
    opened, add = outbox
    kafka = Picky([7], says_which=says_which)
    await add(range(40))
    async with relay_for(opened(), kafka) as relay:
        assert await relay.drained(60)
        backlog = await relay.backlog()
        assert (backlog.waiting, backlog.parked) == (0, 7)
        # What comes later of that key waits behind it, too.
        await add(range(40, 45))
        assert await relay.drained(60)
        assert (await relay.backlog()).parked == 8
    seen = numbers_by_key(kafka.everything())
    assert seen.pop("user-2") == [2]
    assert sorted(number for numbers in seen.values() for number in numbers) == [n for n in range(45) if n % 5 != 2]
    assert all(numbers == sorted(numbers) for numbers in seen.values())


async def test_a_parked_event_is_named_everywhere(outbox: Any, caplog: pytest.LogCaptureFixture) -> None:
    """
    The log, the health, the statistics and the list say which event it is and why; none of them shows its key.
    """
    opened, add = outbox
    kafka = Picky([7])
    await add(range(10))
    with caplog.at_level(logging.ERROR):
        async with relay_for(opened(), kafka) as relay:
            assert await relay.drained(60)
            await until(lambda: not relay.health())
            health = relay.health()
            (one,) = await relay.parked()
            assert relay.stats.parked == 1
    assert (one.event_id, one.event_type, one.topic, one.reason) == (
        event_id(7),
        "UserDeleted",
        "aegis.user.deleted.v1",
        "too large",
    )
    assert event_id(7) in health.why
    assert "too large" in health.why
    (said,) = [record.getMessage() for record in caplog.records if event_id(7) in record.getMessage()]
    assert "too large" in said
    assert "user-2" not in said + health.why + repr(one)


async def test_retry_brings_them_in_their_order(outbox: Any) -> None:
    """
    When the reason is mended, the refused event goes first and those behind it follow.
    """
    opened, add = outbox
    kafka = Picky([7])
    await add(range(40))
    async with relay_for(opened(), kafka) as relay:
        assert await relay.drained(60)
        assert await relay.retry([event_id(12)]) == 0  # it only waits behind
        kafka.refuses.clear()
        assert await relay.retry() == 1
        assert await relay.drained(60)
        assert (await relay.backlog()).parked == 0
        await until(lambda: bool(relay.health()))
    assert numbers_by_key(kafka.everything())["user-2"] == list(range(2, 40, 5))


async def test_drop_lets_the_rest_of_the_key_go_on(outbox: Any) -> None:
    """
    A dropped event is never published; those behind it are, up to the next one that is refused.
    """
    opened, add = outbox
    kafka = Picky([7, 17])
    await add(range(40))
    async with relay_for(opened(), kafka) as relay:
        assert await relay.drained(60)
        assert await relay.drop([event_id(7), event_id(3)]) == 1
        assert await relay.drained(60)
        assert numbers_by_key(kafka.everything())["user-2"] == [2, 12]
        (one,) = await relay.parked()
        assert (one.event_id, one.behind) == (event_id(17), 4)
        assert await relay.drop([one.event_id]) == 1
        assert await relay.drained(60)
    assert numbers_by_key(kafka.everything())["user-2"] == [2, 12, 22, 27, 32, 37]


async def test_many_refused_events_cost_few_attempts(outbox: Any) -> None:
    """
    Those that are named together are parked together.
    """
    opened, add = outbox
    kafka = Picky(range(0, 200, 2))
    await add(range(200))
    async with relay_for(opened(), kafka, batch=200) as relay:
        assert await relay.drained(60)
        assert relay.stats.parked == 100
    assert kafka.attempts <= 12


async def test_relayed_events_are_cleared(outbox: Any) -> None:
    """
    What is known to be on its topic keeps neither key, value nor headers in the table, for they may hold secrets.
    """
    opened, add = outbox
    kafka = FakeTransactions()
    await add(range(6))
    store = opened()
    async with relay_for(store, kafka) as relay:
        assert await relay.drained(60)
        assert (await relay.backlog()).kept == 6
        rows = await _rows(store)
    assert {(key, bytes(value), headers) for key, value, headers in rows} == {(None, b"", "[]")}


async def _rows(store: Any) -> list[Any]:
    query = "SELECT key, value, headers FROM aegis_outbox"
    if isinstance(store, SqliteOutboxStore):
        return await store._file.run(lambda database: database.execute(query).fetchall())
    async with store._pool.transaction() as connection:
        return [tuple(row) for row in await connection.fetch(query)]


async def test_only_the_last_relayed_events_are_kept(outbox: Any) -> None:
    """
    The table is bounded by a count, whatever their age; what waits is never deleted.
    """
    opened, add = outbox
    kafka = Picky([3])
    await add(range(30))
    async with relay_for(opened(), kafka, keep=5, purge_interval=0.05) as relay:
        await until(lambda: relay.stats.purged == 19)
        backlog = await relay.backlog()
    assert (backlog.kept, backlog.parked) == (5, 6)


async def test_prometheus_sees_what_waits_and_what_is_parked(outbox: Any) -> None:
    """
    A relay that is watched tells its counts, its backlog with its age, and how many events are parked.
    """
    prometheus = pytest.importorskip("prometheus_client")
    from aegis_sdk.events.metrics import EventMetrics

    opened, add = outbox
    await add(range(10))
    registry = prometheus.CollectorRegistry()
    metrics = EventMetrics(registry)
    async with relay_for(opened(), Picky([7])) as relay:
        metrics.watch(relay, name="user-service")
        assert await relay.drained(60)
        assert (await relay.probe()).parked
        told = prometheus.generate_latest(registry).decode()
    assert 'aegis_outbox_parked{name="user-service"} 1.0' in told
    assert 'aegis_events_waiting{name="user-service",part="relay"} 0.0' in told
    assert 'aegis_relay_events_total{name="user-service",what="parked"} 1.0' in told
    assert 'aegis_events_healthy{name="user-service",part="relay"} 0.0' in told
