"""
Debezium's outbox event router in the relay's place: the same topics, keys, headers and bytes, from PostgreSQL's log.

A row belongs to the relay or to Debezium from its insert on, as ``aegis_outbox_meta.reader`` says at that moment. So
changing over loses nothing and doubles nothing: what is the relay's it publishes, what is Debezium's waits in the slot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aegis_sdk._databases._postgres import the_library
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.outbox._postgres_store import PostgresOutboxStore
from aegis_sdk.events.outbox._store import OutboxError

__all__ = ["DEBEZIUM", "HEADERS", "connector", "hand_over"]

DEBEZIUM = "aegis_outbox"
"""
What slot and publication are called, unless told otherwise.
"""
# What the contracts' events carry.
HEADERS = ("content-type", "event-type", "event-id")
_BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter"


def connector(
    dsn: str | None = None, *, headers: Sequence[str] = (), name: str = DEBEZIUM, schema: str = "public"
) -> dict[str, Any]:
    """
    The configuration of the connector, as Kafka Connect's REST interface takes it. It never holds the password.

    Args:
        dsn: where the service's database is; what it does not say is left to fill in.
        headers: the headers that events carry beside those of the contracts.
        name: of the slot and the publication.
        schema: where the table is.
    """
    parts = urlsplit(dsn or "")
    given = parse_qs(parts.query)
    carried = _columns(headers)
    return {
        "name": name.replace("_", "-"),
        "config": {
            "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
            "tasks.max": "1",
            "database.hostname": parts.hostname or given.get("host", ["HOST"])[0],
            "database.port": str(parts.port or given.get("port", ["5432"])[0]),
            "database.user": parts.username or given.get("user", ["USER"])[0],
            # Resolved by the worker: config.providers=env, EnvVarConfigProvider.
            "database.password": "${env:AEGIS_OUTBOX_PASSWORD}",
            "database.dbname": parts.path.strip("/") or "DATABASE",
            "topic.prefix": name,
            "plugin.name": "pgoutput",
            "slot.name": name,
            "publication.name": name,
            "publication.autocreate.mode": "disabled",
            # What was in the table before is the relay's.
            "snapshot.mode": "no_data",
            "table.include.list": f"{schema}.aegis_outbox",
            "skipped.operations": "u,d,t",
            "tombstones.on.delete": "false",
            "binary.handling.mode": "bytes",
            # Events have the headers that they were written with, and none of Debezium's.
            "extended.headers.enabled": "false",
            # A quiet outbox in a busy database lets the log be removed all the same. Heartbeats keep the connector's
            # own place up with that; they are no events, and go no further.
            "lsn.flush.mode": "connector_and_driver",
            "offset.mismatch.strategy": "trust_greater_lsn",
            "heartbeat.interval.ms": "60000",
            "exactly.once.support": "requested",
            "key.converter": _BYTES,
            "value.converter": _BYTES,
            "header.converter": _BYTES,
            "predicates": "heartbeat",
            "predicates.heartbeat.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
            "predicates.heartbeat.pattern": "__debezium-heartbeat.*",
            "transforms": "quiet,outbox,id",
            "transforms.quiet.type": "org.apache.kafka.connect.transforms.Filter",
            "transforms.quiet.predicate": "heartbeat",
            "transforms.outbox.type": "io.debezium.transforms.outbox.EventRouter",
            "transforms.outbox.table.op.invalid.behavior": "error",
            "transforms.outbox.table.field.event.id": "event_id",
            "transforms.outbox.table.field.event.key": "key",
            "transforms.outbox.table.field.event.payload": "value",
            "transforms.outbox.route.by.field": "topic",
            "transforms.outbox.route.topic.replacement": "${routedByValue}",
            "transforms.outbox.table.fields.additional.placement": ",".join(
                f"{column}:header:{header}" for header, column in carried.items()
            ),
            # The router adds the event's id under this name, too; it is in event-id already.
            "transforms.id.type": "org.apache.kafka.connect.transforms.DropHeaders",
            "transforms.id.headers": "id",
            # A producer that can be tried again and doubles nothing, in order.
            "producer.override.acks": "all",
            "producer.override.enable.idempotence": "true",
        },
    }


async def hand_over(
    dsn: str, *, headers: Sequence[str] = (), name: str = DEBEZIUM, timeout: float = 60.0, patience: float = 5.0
) -> None:
    """
    Give what is added from now on to Debezium, and wait until the relay has published what is its own.

    A relay must be running. When this returns, the connector may be started, and not before: it would pass the relay.

    Args:
        headers: the headers that events carry beside those of the contracts; an event with another one is refused at
            its insert, for Debezium would leave it out.
        timeout: seconds for the relay.
        patience: seconds to wait for transactions that are adding events; the others wait behind.

    Raises:
        OutboxError: it cannot be done, and why; it may be called again.
    """
    store = PostgresOutboxStore(dsn)
    await store.open()
    try:
        backlog = await store.backlog()
        if backlog.parked:
            raise OutboxError(
                f"{backlog.parked} events are parked, and Debezium would pass them: retry or drop them first"
            )
        await _prepare(dsn, headers, name, patience)
        waiting = 0
        try:
            async with asyncio.timeout(timeout):
                while waiting := (await store.backlog()).waiting:  # noqa: ASYNC110 — another process relays
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise OutboxError(
                f"{waiting} events still wait for the relay; is one running? Start the connector when none does"
            ) from None
        if parked := (await store.backlog()).parked:
            raise OutboxError(f"{parked} events were parked meanwhile: retry or drop them before the connector starts")
    finally:
        await store.aclose()


async def _prepare(dsn: str, headers: Sequence[str], name: str, patience: float) -> None:
    asyncpg = the_library("The outbox in PostgreSQL")
    connection = await asyncpg.connect(dsn, statement_cache_size=0)
    try:
        if (level := await connection.fetchval("SHOW wal_level")) != "logical":
            raise OutboxError(f"wal_level is {level}; Debezium reads the log when it is logical (and after a restart)")
        if int(await connection.fetchval("SHOW server_version_num")) < 150_000:
            raise OutboxError("Debezium's share of the rows is told apart by PostgreSQL 15 or later")
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = {int(patience * 1000)}")
            for statement in _preparation(headers, name):
                await connection.execute(statement)
        # The slot stands before the first row that is Debezium's: none is missed, however late the connector starts.
        await connection.execute(
            f"""
            SELECT pg_create_logical_replication_slot('{name}', 'pgoutput')
            WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '{name}')
            """  # noqa: S608 — a name of letters, held to that below
        )
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = {int(patience * 1000)}")
            # Whoever adds an event now comes to its end first; whoever comes later reads what is written here.
            await connection.execute("LOCK TABLE aegis_outbox IN SHARE ROW EXCLUSIVE MODE")
            await connection.execute("UPDATE aegis_outbox_meta SET reader = 'debezium'")
    except asyncpg.LockNotAvailableError:
        raise OutboxError(
            f"a transaction has been adding events for more than {patience:g} s; try again, or with more patience"
        ) from None
    except asyncpg.PostgresError as error:
        raise OutboxError(f"PostgreSQL refuses: {type(error).__name__}: {error}") from None
    finally:
        await connection.close()


def _preparation(headers: Sequence[str], name: str) -> list[str]:
    if not name.isascii() or not name.replace("_", "a").isalnum() or name != name.lower():
        raise ConfigurationError("slot and publication have a name of small letters, digits and _")
    carried = _columns(headers)
    cases = "\n".join(
        f"""
            WHEN '{header}' THEN
                IF NEW.{column} IS NOT NULL THEN
                    RAISE EXCEPTION 'the header {header} is there twice, and Debezium carries it once';
                END IF;
                NEW.{column} := convert_to(header->>1, 'LATIN1');"""
        for header, column in carried.items()
    )
    return [
        *(f"ALTER TABLE aegis_outbox ADD COLUMN IF NOT EXISTS {column} bytea" for column in carried.values()),
        f"""
CREATE OR REPLACE FUNCTION aegis_outbox_spread() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    header json;
BEGIN
    FOR header IN SELECT * FROM json_array_elements(CAST(NEW.headers AS json)) LOOP
        CASE header->>0{cases}
            ELSE
                RAISE EXCEPTION 'the outbox is read by Debezium, which does not carry the header %', header->>0
                    USING HINT = 'aegis events outbox hand-over --header ' || (header->>0);
        END CASE;
    END LOOP;
    RETURN NEW;
END $$""",  # noqa: S608 — names of letters, held to that in _columns
        """
CREATE OR REPLACE TRIGGER aegis_outbox_spread BEFORE INSERT ON aegis_outbox FOR EACH ROW
WHEN (NEW.reader = 'debezium') EXECUTE FUNCTION aegis_outbox_spread()""",
        f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = '{name}') THEN
        CREATE PUBLICATION {name} FOR TABLE aegis_outbox WHERE (reader = 'debezium') WITH (publish = 'insert');
    END IF;
END $$""",
    ]


def _columns(headers: Sequence[str]) -> dict[str, str]:
    """
    The column of each header.
    """
    found: dict[str, str] = {}
    for header in (*HEADERS, *headers):
        plain = header.replace("-", "_").replace(".", "_")
        if not header.isascii() or not plain.replace("_", "a").isalnum():
            raise ConfigurationError(f"Debezium carries headers of letters, digits, -, _ and .; {header!r} is another")
        column = f"header_{plain.lower()}"
        if column in found.values() and found.get(header) != column:
            raise ConfigurationError(f"the header {header!r} is too like another one")
        found[header] = column
    return found
