"""
A service in a process of its own: a member of a consumer group whose effects stand in a SQLite file.

Arguments: bootstrap servers, topic, group, file, name.
"""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys

from aegis_sdk._generated.events import UserRegistered
from aegis_sdk.events.consumer._consumer import EventConsumer
from aegis_sdk.events.consumer.handling._settings import ConsumerSettings
from aegis_sdk.events.dedupe._sqlite import SqliteDedupe

SCHEMA = """
CREATE TABLE IF NOT EXISTS effects (place INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER, user TEXT, member TEXT);
CREATE TABLE IF NOT EXISTS deliveries (number INTEGER, member TEXT);
"""


def database(path: str) -> sqlite3.Connection:
    """
    Open the file that holds what the service has done.
    """
    connection = sqlite3.connect(path, timeout=60.0, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    # A killed process loses nothing that it has written; only a power cut would, and none is tested here.
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(SCHEMA)
    SqliteDedupe.create(connection)
    return connection


async def main(bootstrap_servers: str, topic: str, group: str, path: str, name: str) -> None:
    effects = database(path)
    dedupe = SqliteDedupe(path, group)
    consumer = EventConsumer(
        bootstrap_servers,
        group_id=group,
        topics=[topic],
        dedupe=dedupe,
        settings=ConsumerSettings(
            commit_interval=0.2,
            drain_timeout=4.0,
            request_timeout=5.0,
            stall_after=15.0,
            client_options={"session_timeout_ms": 2500, "heartbeat_interval_ms": 500},
        ),
    )

    @consumer.on(UserRegistered)
    async def handle(event: UserRegistered) -> None:
        # Give other keys their turn in the middle, as a real handler would.
        await asyncio.sleep(0)
        number = int(event.event_id[-12:])
        effects.execute("BEGIN IMMEDIATE")
        effects.execute("INSERT INTO deliveries VALUES (?, ?)", (number, name))
        if dedupe.mark(effects, event.event_id):
            effects.execute(
                "INSERT INTO effects (number, user, member) VALUES (?, ?, ?)", (number, event.aggregate_id, name)
            )
        effects.execute("COMMIT")

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, consumer.stop)
    await consumer.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
