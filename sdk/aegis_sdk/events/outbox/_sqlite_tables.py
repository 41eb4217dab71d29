"""
The tables of an outbox in SQLite, and how those of earlier versions become them.
"""

from __future__ import annotations

import sqlite3

TABLES = (
    """
    CREATE TABLE IF NOT EXISTS aegis_outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        event_id TEXT NOT NULL UNIQUE,
        event_type TEXT NOT NULL,
        topic TEXT NOT NULL,
        key BLOB,
        value BLOB NOT NULL,
        headers TEXT NOT NULL,
        shard INTEGER NOT NULL,
        batch INTEGER,
        added_at REAL NOT NULL,
        parked TEXT,
        parked_at REAL
    )
    """,
    "CREATE INDEX IF NOT EXISTS aegis_outbox_taken ON aegis_outbox (shard, batch) WHERE batch IS NOT NULL",
    """
    CREATE TABLE IF NOT EXISTS aegis_outbox_shard (
        shard INTEGER PRIMARY KEY,
        owner TEXT,
        fence INTEGER NOT NULL DEFAULT 0,
        lease_until REAL NOT NULL DEFAULT 0,
        taken INTEGER NOT NULL DEFAULT 0,
        taken_at REAL NOT NULL DEFAULT 0,
        confirmed INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE TABLE IF NOT EXISTS aegis_outbox_relay (owner TEXT PRIMARY KEY, alive_until REAL NOT NULL)",
    "CREATE TABLE IF NOT EXISTS aegis_outbox_meta (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT, shards INTEGER)",
)

_UPGRADES = (
    ("parked", "ALTER TABLE aegis_outbox ADD COLUMN parked TEXT"),
    ("parked_at", "ALTER TABLE aegis_outbox ADD COLUMN parked_at REAL"),
)

_INDEXES = (
    "DROP INDEX IF EXISTS aegis_outbox_waiting",
    "CREATE INDEX IF NOT EXISTS aegis_outbox_next ON aegis_outbox (shard, id) WHERE batch IS NULL AND parked IS NULL",
    "CREATE INDEX IF NOT EXISTS aegis_outbox_parked ON aegis_outbox (key, id) WHERE parked IS NOT NULL",
)


def upgrade(connection: sqlite3.Connection) -> None:
    """
    Give an outbox of an earlier version what it lacks.
    """
    present = {row[1] for row in connection.execute("PRAGMA table_info(aegis_outbox)")}
    for column, statement in _UPGRADES:
        if column not in present:
            connection.execute(statement)
    for statement in _INDEXES:
        connection.execute(statement)
