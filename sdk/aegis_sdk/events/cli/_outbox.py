"""
``aegis events outbox``: what waits in an outbox, and what becomes of the events that Kafka refused.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict

from aegis_sdk.events.outbox import (
    OutboxBacklog,
    OutboxStore,
    ParkedEvent,
    PostgresOutboxStore,
    SqliteOutboxStore,
)
from aegis_shell import FOUND, OK, CommandError

__all__ = ["drop", "retry", "show", "store_of"]


def store_of(options: argparse.Namespace) -> OutboxStore:
    """
    The outbox that the options or ``AEGIS_OUTBOX_DSN`` name.
    """
    if options.sqlite:
        return SqliteOutboxStore(options.sqlite)
    if dsn := options.postgres or os.environ.get("AEGIS_OUTBOX_DSN"):
        return PostgresOutboxStore(dsn)
    raise CommandError("which outbox? --sqlite FILE, --postgres DSN or AEGIS_OUTBOX_DSN")


async def show(options: argparse.Namespace) -> int:
    """
    Tell what waits and what is parked; 1 when something is parked.
    """
    async with _opened(options) as store:
        backlog, parked = await store.backlog(), await store.parked(options.limit)
    if options.format == "json":
        print(json.dumps({**asdict(backlog), "refused": [asdict(one) for one in parked]}, ensure_ascii=False))
    else:
        print("\n".join(_lines(backlog, parked)))
    return FOUND if backlog.parked else OK


async def retry(options: argparse.Namespace) -> int:
    """
    Let refused events wait for their turn again.
    """
    if bool(options.event_id) == options.all:
        raise CommandError("which events? their ids, or --all")
    async with _opened(options) as store:
        count = await store.retry(None if options.all else options.event_id)
    return _done(count, "refused events wait for their turn again", options.event_id)


async def drop(options: argparse.Namespace) -> int:
    """
    Delete refused events.
    """
    async with _opened(options) as store:
        count = await store.drop(options.event_id)
    return _done(count, "events deleted; they will never be published", options.event_id)


async def debezium_config(options: argparse.Namespace) -> int:
    """
    Print the connector's configuration.
    """
    from aegis_sdk.events.outbox import connector

    dsn = options.postgres or os.environ.get("AEGIS_OUTBOX_DSN")
    print(json.dumps(connector(dsn, headers=options.header, name=options.name, schema=options.schema), indent=2))
    return OK


async def hand_over(options: argparse.Namespace) -> int:
    """
    Change over to Debezium.
    """
    from aegis_sdk.events.outbox import hand_over as change

    dsn = options.postgres or os.environ.get("AEGIS_OUTBOX_DSN")
    if not dsn:
        raise CommandError("which outbox? --postgres DSN or AEGIS_OUTBOX_DSN")
    await change(dsn, headers=options.header, name=options.name, timeout=options.timeout)
    print("The relay has published what is its own; start the connector (aegis events outbox debezium-config).")
    return OK


def _done(count: int, what: str, asked: Sequence[str]) -> int:
    print(f"{count:,} {what}")
    return FOUND if count < len(set(asked)) else OK


@asynccontextmanager
async def _opened(options: argparse.Namespace) -> AsyncGenerator[OutboxStore]:
    store = store_of(options)
    try:
        await store.open()
        yield store
    finally:
        await store.aclose()


def _lines(backlog: OutboxBacklog, parked: Sequence[ParkedEvent]) -> list[str]:
    oldest = f", the oldest for {backlog.oldest:,.0f} s" if backlog.waiting else ""
    said = [f"{backlog.waiting:,} waiting{oldest}; {backlog.parked:,} parked; {backlog.kept:,} relayed and kept"]
    for one in parked:
        behind = f", {one.behind:,} behind it" if one.behind else ""
        said.append(f"  {one.event_id} {one.event_type} for {one.topic}: {one.reason}, {one.since:,.0f} s{behind}")
    return said
