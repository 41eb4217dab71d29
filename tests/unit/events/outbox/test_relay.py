"""
The relay between an outbox in SQLite and a Kafka in memory: once, in order, whatever fails.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aegis_sdk.events.kafka import KafkaAuthenticationError, KafkaAuthorizationError
from aegis_sdk.events.outbox import OutboxError, OutboxRelay, RelaySettings, SqliteOutbox, SqliteOutboxStore
from aegis_sdk.events.outbox._rows import Batch
from aegis_sdk.events.outbox._store import LeaseLostError
from tests.unit.events.outbox.harness import FakePublisher, FakeTransactions, deleted, numbers_by_key, until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "service.db"


@pytest.fixture
def database(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    SqliteOutbox().create(connection)
    connection.commit()
    yield connection
    connection.close()


def add(database: sqlite3.Connection, numbers: Any) -> None:
    with database:
        SqliteOutbox().add_all(database, [deleted(number) for number in numbers])


def relay_for(path: Path, kafka: FakeTransactions, **settings: Any) -> OutboxRelay:
    quick: dict[str, Any] = {"batch": 7, "lease": 0.5, "poll_interval": 0.02, "publish_timeout": 2.0, **settings}
    return OutboxRelay(SqliteOutboxStore(path), settings=RelaySettings(**quick), publisher=kafka.publisher)


def once_and_in_order(kafka: FakeTransactions, count: int) -> None:
    """
    Every event was published once, and those of a key in the order in which they were added.
    """
    by_key = numbers_by_key(kafka.everything())
    assert sorted(number for numbers in by_key.values() for number in numbers) == list(range(count))
    assert all(numbers == sorted(numbers) for numbers in by_key.values())


async def test_events_are_relayed_once_and_in_order(path: Path, database: sqlite3.Connection) -> None:
    """
    What was committed is published; what is added later follows.
    """
    kafka = FakeTransactions()
    add(database, range(50))
    async with relay_for(path, kafka) as relay:
        assert await relay.drained(60)
        add(database, range(50, 80))
        assert await relay.drained(60)
        assert relay.stats.relayed == 80
        assert (await relay.backlog()).kept == 80
        assert relay.health()
    once_and_in_order(kafka, 80)


async def test_a_transaction_is_bounded_in_bytes(path: Path, database: sqlite3.Connection) -> None:
    """
    One transaction takes rows up to the bytes that it may have; a row that is larger goes by itself.
    """
    sizes: list[list[int]] = []

    class Weighing(FakePublisher):
        async def publish(self, batch: Batch) -> None:
            sizes.append([len(row.value or b"") for row in batch.rows])
            await super().publish(batch)

    kafka = FakeTransactions()
    add(database, range(12))
    (one,) = {len(value) for (value,) in database.execute("SELECT value FROM aegis_outbox")}
    for begin, most, rows in ((12, one * 3 + 1, 3), (24, 1, 1)):
        sizes.clear()
        settings = RelaySettings(batch=100, batch_bytes=most, lease=0.5, poll_interval=0.02)
        relay = OutboxRelay(SqliteOutboxStore(path), settings=settings, publisher=lambda name: Weighing(kafka, name))
        async with relay:
            assert await relay.drained(60)
        assert max(map(len, sizes)) == rows
        add(database, range(begin, begin + 12))


@pytest.mark.parametrize("place", ["open", "begin", "sent", "committed", "proof"])
async def test_a_failure_at_any_step_neither_loses_nor_repeats(
    path: Path, database: sqlite3.Connection, place: str
) -> None:
    """
    Before the transaction, inside it, and after its commit when only the answer is lost.
    """
    failures = 3

    def trouble(at: str) -> None:
        nonlocal failures
        if at == place and failures:
            failures -= 1
            raise ConnectionError

    kafka = FakeTransactions(trouble=trouble)
    add(database, range(30))
    async with relay_for(path, kafka) as relay:
        if place == "proof":
            # Doubts come from lost answers; make one.
            kafka.trouble = _first("committed", trouble)
        assert await relay.drained(60)
        assert relay.stats.failures >= 3
    once_and_in_order(kafka, 30)


def _first(place: str, then: Any) -> Any:
    lost = False

    def trouble(at: str) -> None:
        nonlocal lost
        if at == place and not lost:
            lost = True
            raise ConnectionError
        then(at)

    return trouble


@pytest.mark.parametrize("seed", range(12))
async def test_relays_killed_at_random_leave_every_event_once_and_in_order(
    path: Path, database: sqlite3.Connection, seed: int
) -> None:
    """
    Two relays at a time, killed anywhere and replaced, with writers that commit and roll back in between.
    """
    chance = random.Random(seed)

    def trouble(at: str) -> Any:
        if chance.random() < 0.05:
            raise ConnectionError
        return asyncio.sleep(0.3) if chance.random() < 0.02 else None

    kafka = FakeTransactions(trouble=trouble)
    running: list[OutboxRelay] = []
    added = 0
    for _ in range(14):
        while len(running) < 2:
            relay = relay_for(path, kafka, lease=0.2)
            await relay.start()
            running.append(relay)
        count = chance.randint(1, 25)
        add(database, range(added, added + count))
        added += count
        SqliteOutbox().add(database, deleted(1_000_000 + added))
        database.rollback()
        await asyncio.sleep(chance.random() * 0.1)
        if chance.random() < 0.7:
            kill(running.pop(chance.randrange(2)))
    kafka.trouble = lambda place: None
    last = relay_for(path, kafka, lease=0.2)
    await last.start()
    assert await last.drained(60)
    await last.aclose()
    for relay in running:
        await relay.aclose()
    once_and_in_order(kafka, added)


def kill(relay: OutboxRelay) -> None:
    """
    Stop a relay as kill -9 would: nothing is ended, released or closed.
    """
    for _, task in relay._shards.runners.values():
        task.cancel()
    for task in relay._tasks:
        task.cancel()
    relay._closed = True


async def test_relays_share_the_shards_and_take_over_from_the_dead(path: Path, database: sqlite3.Connection) -> None:
    """
    Two relays hold half each; when one falls silent, the other takes its shards after the lease.
    """
    kafka = FakeTransactions()
    one, two = relay_for(path, kafka), relay_for(path, kafka)
    async with one:
        await until(lambda: len(one.health().shards) == 4)
        await two.start()
        await until(lambda: (len(one.health().shards), len(two.health().shards)) == (2, 2))
        assert not set(one.health().shards) & set(two.health().shards)
        kill(two)
        await until(lambda: len(one.health().shards) == 4)
        add(database, range(20))
        assert await one.drained(60)
    once_and_in_order(kafka, 20)


async def test_a_relay_that_was_paused_can_do_no_harm(path: Path, database: sqlite3.Connection) -> None:
    """
    A relay that stops between taking a batch and publishing it, loses its lease and wakes up, is fenced off.
    """
    asleep, wake = asyncio.Event(), asyncio.Event()

    def trouble(at: str) -> Any:
        if at == "sent" and not asleep.is_set():
            asleep.set()
            return wake.wait()
        return None

    kafka = FakeTransactions(trouble=trouble)
    add(database, range(10))
    paused = relay_for(path, kafka, lease=0.2, publish_timeout=60.0, batch=100)
    await paused.start()
    await asleep.wait()
    # As if the whole process stood still: it does not renew its leases either.
    for task in paused._tasks:
        task.cancel()
    async with relay_for(path, kafka, lease=0.2) as other:
        assert await other.drained(60)
        wake.set()
        await until(lambda: paused.stats.leases_lost >= 1)
        once_and_in_order(kafka, 10)
        assert await other.drained(60)
    await paused.aclose(1.0)
    once_and_in_order(kafka, 10)


async def test_a_database_restored_from_a_copy_loses_nothing(path: Path, database: sqlite3.Connection) -> None:
    """
    Kafka knows more batches than the database: what waits is published, if need be again, and the relay goes on.
    """
    kafka = FakeTransactions()
    add(database, range(20))
    async with relay_for(path, kafka) as relay:
        assert await relay.drained(60)
    with database:
        database.execute("UPDATE aegis_outbox SET batch = NULL WHERE batch > 1")
        database.execute("UPDATE aegis_outbox_shard SET taken = 1, confirmed = 1 WHERE taken > 1")
    add(database, range(20, 30))
    async with relay_for(path, kafka) as relay:
        assert await relay.drained(60)
    assert {int(event_id[-12:]) for _, event_id in kafka.everything()} == set(range(30))


async def test_relayed_events_are_deleted_after_their_retention(path: Path, database: sqlite3.Connection) -> None:
    """
    The table does not grow for ever, and only what is published for certain is deleted.
    """
    kafka = FakeTransactions()
    add(database, range(10))
    async with relay_for(path, kafka, retention=0.0, purge_interval=0.05) as relay:
        await until(lambda: relay.stats.purged == 10)
    assert database.execute("SELECT count(*) FROM aegis_outbox").fetchone() == (0,)
    once_and_in_order(kafka, 10)


async def test_a_batch_holds_so_many_events_and_bytes(path: Path, database: sqlite3.Connection) -> None:
    """
    A batch ends at its number of events or of bytes, and one event is always taken.
    """
    add(database, [0, 5, 10, 15, 20])
    store = SqliteOutboxStore(path)
    await store.open()
    leases = await store.lease("me", 10)
    (shard,) = await store.waiting(leases.held)
    fence = leases.held[shard]
    first = await store.advance(shard, fence, confirmed=None, rows=3, size=1_000_000)
    assert first is not None
    again = await store.advance(shard, fence, confirmed=None, rows=3, size=1_000_000)
    assert again is not None
    assert (len(first.rows), first.in_doubt, again.in_doubt, again.rows) == (3, False, True, first.rows)
    second = await store.advance(shard, fence, confirmed=1, rows=3, size=1)
    assert second is not None
    assert (second.number, len(second.rows)) == (2, 1)
    await store.aclose()


async def test_a_lost_lease_stops_every_change(path: Path, database: sqlite3.Connection) -> None:
    """
    After a shard has changed hands, its former owner can neither take nor confirm.
    """
    add(database, range(5))
    store = SqliteOutboxStore(path)
    await store.open()
    old = await store.lease("one", -1.0)
    new = await store.lease("two", 10.0)
    assert set(old.held) == set(new.held)
    for shard, fence in old.held.items():
        with pytest.raises(LeaseLostError):
            await store.advance(shard, fence, confirmed=None, rows=1, size=1000)
        with pytest.raises(LeaseLostError):
            await store.skip_to(shard, fence, 7)
    await store.aclose()


async def test_a_relay_without_an_outbox_says_what_is_missing(path: Path, tmp_path: Path) -> None:
    """
    A wrong file is named at the start.
    """
    sqlite3.connect(path).close()
    with pytest.raises(OutboxError, match="has no outbox"):
        await OutboxRelay.sqlite(path, "nowhere:9092").start()
    with pytest.raises(OutboxError, match="does not exist"):
        await OutboxRelay.sqlite(tmp_path / "none.db", "nowhere:9092").start()


async def test_health_names_the_shard_that_fails(path: Path, database: sqlite3.Connection) -> None:
    """
    When nothing can be published for a while, the relay is not healthy and says which shard and why.
    """

    def trouble(at: str) -> None:
        raise ConnectionError

    kafka = FakeTransactions(trouble=trouble)
    add(database, [0])
    async with relay_for(path, kafka, stall_after=0.2) as relay:
        await until(lambda: any("ConnectionError" in reason for reason in relay.health().reasons))
        assert not relay.health()
        assert (await relay.backlog()).waiting == 1
        assert (await relay.backlog()).oldest > 0


@pytest.mark.parametrize("waits_in", ["run", "drained"])
async def test_a_relay_that_is_refused_from_the_beginning_ends(
    path: Path, database: sqlite3.Connection, waits_in: str
) -> None:
    """
    What no waiting mends is an error of its own at once, where the relay has never published anything.
    """

    def trouble(at: str) -> None:
        raise KafkaAuthenticationError("Kafka refuses to sign us in")

    add(database, [0])
    relay = relay_for(path, FakeTransactions(trouble=trouble))
    if waits_in == "run":
        with pytest.raises(KafkaAuthenticationError):
            await asyncio.wait_for(relay.run(), 30)
        return
    async with relay:
        with pytest.raises(KafkaAuthenticationError):
            await relay.drained(5)
        assert relay.health().reasons == ("Kafka refuses to sign us in",)


async def test_a_relay_that_is_refused_later_goes_on(path: Path, database: sqlite3.Connection) -> None:
    """
    A refusal after something was published is told by health, and over as soon as Kafka takes events again.
    """
    refuses = False

    def trouble(at: str) -> None:
        if refuses:
            raise KafkaAuthorizationError("rights on the group are missing")

    kafka = FakeTransactions(trouble=trouble)
    add(database, [0])
    async with relay_for(path, kafka) as relay:
        assert await relay.drained(60)
        refuses = True
        add(database, [5])
        relay.wake()
        await until(lambda: "rights on the group are missing" in relay.health().reasons)
        running = asyncio.create_task(relay.asked_to_stop())
        refuses = False
        assert await relay.drained(60)
        assert relay.health().reasons == ()
        assert not running.done()
        running.cancel()
