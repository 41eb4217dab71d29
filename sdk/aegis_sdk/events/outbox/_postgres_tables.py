"""
The tables of an outbox in PostgreSQL.
"""

from __future__ import annotations

__all__ = ["CHANNEL", "STATEMENTS", "TABLES", "WAITS"]

CHANNEL = "aegis_outbox"
# What stands in the table and is the relay's to publish.
WAITS = "batch IS NULL AND parked IS NULL AND reader = 'relay'"

STATEMENTS = (
    """
CREATE TABLE IF NOT EXISTS aegis_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text NOT NULL UNIQUE,
    event_type text NOT NULL,
    topic text NOT NULL,
    key bytea,
    value bytea NOT NULL,
    headers text NOT NULL,
    shard integer NOT NULL,
    batch bigint,
    added_at timestamptz NOT NULL DEFAULT now(),
    parked text,
    parked_at timestamptz,
    reader text NOT NULL DEFAULT 'relay'
)""",
    "CREATE INDEX IF NOT EXISTS aegis_outbox_taken ON aegis_outbox (shard, batch) WHERE batch IS NOT NULL",
    """
CREATE TABLE IF NOT EXISTS aegis_outbox_shard (
    shard integer PRIMARY KEY,
    owner text,
    fence bigint NOT NULL DEFAULT 0,
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    taken bigint NOT NULL DEFAULT 0,
    taken_at timestamptz NOT NULL DEFAULT '-infinity',
    confirmed bigint NOT NULL DEFAULT 0
)""",
    "CREATE TABLE IF NOT EXISTS aegis_outbox_relay (owner text PRIMARY KEY, alive_until timestamptz NOT NULL)",
    """
CREATE TABLE IF NOT EXISTS aegis_outbox_meta (
    one integer PRIMARY KEY DEFAULT 1 CHECK (one = 1), id text NOT NULL, shards integer NOT NULL,
    reader text NOT NULL DEFAULT 'relay'
)""",
    # Outboxes of 0.1.0 lack some columns. Asked first, for ALTER TABLE stops everybody even when nothing is to do.
    """
DO $$ BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = to_regclass('aegis_outbox') AND attname = 'reader'
    ) THEN
        ALTER TABLE aegis_outbox ADD COLUMN parked text, ADD COLUMN parked_at timestamptz,
            ADD COLUMN reader text NOT NULL DEFAULT 'relay';
        ALTER TABLE aegis_outbox_meta ADD COLUMN reader text NOT NULL DEFAULT 'relay';
        DROP INDEX IF EXISTS aegis_outbox_waiting;
    END IF;
END $$""",
    # The key itself stood in it, and an index takes no long ones: their events could not be parked.
    "DROP INDEX IF EXISTS aegis_outbox_parked",
    f"CREATE INDEX IF NOT EXISTS aegis_outbox_next ON aegis_outbox (shard, id) WHERE {WAITS}",
    "CREATE INDEX IF NOT EXISTS aegis_outbox_refused ON aegis_outbox (sha256(key), id) WHERE parked IS NOT NULL",
)
TABLES = ";\n".join(statement.strip() for statement in STATEMENTS) + ";\n"
