"""
A relay ends when it is told to, whatever it waits for.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from aegis_sdk.events.outbox import OutboxRelay, RelaySettings, RelayStoppedError, SqliteOutbox, SqliteOutboxStore
from aegis_sdk.events.outbox._store import Leases
from tests.unit.events.outbox.harness import FakeTransactions, deleted, until


class Silent(SqliteOutboxStore):
    """
    A database that does not answer.
    """

    async def open(self) -> str:
        await asyncio.sleep(3600)
        return ""

    async def lease(self, owner: str, seconds: float) -> Leases:
        raise AssertionError


async def test_a_stop_ends_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    ``stop()`` while the database does not answer ends ``run()`` at once, and ``start()`` with an error that says so;
    nothing is complained of.
    """
    relay = OutboxRelay(Silent(tmp_path / "none.db"), publisher=FakeTransactions().publisher)
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0.05)
    relay.stop()
    async with asyncio.timeout(30):
        await running
    relay = OutboxRelay(Silent(tmp_path / "none.db"), publisher=FakeTransactions().publisher)
    relay.stop()
    with pytest.raises(RelayStoppedError):
        await relay.start()
    await relay.aclose()
    assert "did not end cleanly" not in caplog.text


async def test_a_stop_does_not_wait_for_a_kafka_that_is_not_there(tmp_path: Path) -> None:
    """
    Connecting to Kafka and waiting for the next attempt are given up; only a batch on its way is waited for.
    """
    with sqlite3.connect(tmp_path / "service.db") as connection:
        SqliteOutbox().create(connection)
        SqliteOutbox().add(connection, deleted(1))
    reached = asyncio.Event()

    def trouble(place: str) -> object:
        reached.set()
        return asyncio.sleep(3600)

    kafka = FakeTransactions(trouble=trouble)
    quick = RelaySettings(poll_interval=0.02)
    store = SqliteOutboxStore(tmp_path / "service.db")
    relay = OutboxRelay(store, settings=quick, publisher=kafka.publisher)
    await relay.start()
    async with asyncio.timeout(30):
        await reached.wait()
    async with asyncio.timeout(30):
        await relay.aclose()


async def test_a_probe_looks_now(tmp_path: Path) -> None:
    """
    The age of what waits is that of this moment, and a database that cannot be asked is no health.
    """
    with sqlite3.connect(tmp_path / "service.db") as connection:
        SqliteOutbox().create(connection)
    store = SqliteOutboxStore(tmp_path / "service.db")
    kafka = FakeTransactions(trouble=lambda place: asyncio.sleep(3600))
    async with OutboxRelay(store, settings=RelaySettings(poll_interval=0.02), publisher=kafka.publisher) as relay:
        await until(lambda: relay.health().backlog is not None)
        with connection:
            SqliteOutbox().add(connection, deleted(1))
        said = await relay.probe()
        assert said.backlog is not None
        assert said.backlog.waiting == 1
        later = relay.health().backlog
        assert later is not None
        assert later.oldest >= said.backlog.oldest
        with connection:
            connection.execute("ALTER TABLE aegis_outbox RENAME TO gone")
        assert not await relay.probe()
        assert "could not be looked at" in (await relay.probe()).why
    connection.close()
