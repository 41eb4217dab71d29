"""
``aegis events relay``: a relay in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from aegis_sdk.events.cli._outbox import store_of
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.outbox import OutboxRelay, RelaySettings, RelayStoppedError
from aegis_shell import ENVIRONMENT, FOUND, OK, CommandError

__all__ = ["relay"]

_EVERY = 10.0


async def relay(connection: KafkaConnection, options: argparse.Namespace) -> int:
    """
    Relay until a signal comes, or until nothing waits any more.
    """
    made = _make(connection, options)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, made.stop)
        except NotImplementedError:  # Windows: Ctrl-C ends it as it ends any command
            break
    drained, left, parked = True, 0, 0
    try:
        async with made:
            drained = await _relayed(made, options)
            backlog = await made.backlog()
            left, parked = backlog.waiting, backlog.parked
    except RelayStoppedError:
        await made.aclose()
        print("stopped before it had started", file=sys.stderr)
        return OK
    told = made.stats.as_dict() | {"waiting": left, "left_parked": parked}
    if options.format == "json":
        print(json.dumps(told))
    else:
        refused = f", {parked:,} parked: see `aegis events outbox list`" if parked else ""
        print(f"{told['relayed']:,} events relayed in {told['batches']:,} transactions, {left:,} waiting{refused}")
    if not drained:
        raise CommandError(f"{left:,} events still wait after {options.timeout:g} s", ENVIRONMENT)
    return FOUND if options.once and parked else OK


def _make(connection: KafkaConnection, options: argparse.Namespace) -> OutboxRelay:
    settings = RelaySettings(batch=options.batch, retention=options.retention, keep=options.keep)
    return OutboxRelay(store_of(options), connection, settings=settings)


async def _relayed(made: OutboxRelay, options: argparse.Namespace) -> bool:
    """
    Relay until it is enough; False when that did not come in time.
    """
    reporting = asyncio.create_task(_report(made))
    waiting: asyncio.Task[bool | None] = asyncio.create_task(made.asked_to_stop())
    tasks = [waiting, asyncio.create_task(made.drained(options.timeout))] if options.once else [waiting]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if errors := [error for task in done if (error := task.exception()) is not None]:
            raise errors[0]
        return all(task.result() is not False for task in done)
    finally:
        for task in (reporting, *tasks):
            task.cancel()


async def _report(made: OutboxRelay) -> None:
    while True:
        await asyncio.sleep(_EVERY)
        backlog = await made.backlog()
        said = f"{made.stats.relayed:,} relayed, {backlog.waiting:,} waiting, the oldest for {backlog.oldest:.0f} s"
        print("; ".join([said, *made.health().reasons]), file=sys.stderr, flush=True)
