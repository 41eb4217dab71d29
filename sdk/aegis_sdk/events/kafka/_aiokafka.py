"""
Everything of aiokafka that is not public and that we touch, each with its reason; ``PRIVATE`` lists it for a test.

Two things of aiokafka's cannot be had from outside: a client that ends although its brokers never answer (its own
``stop`` waits for them), and a look at what a client knows of the cluster.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Collection, Sequence
from typing import Any

__all__ = [
    "PRIVATE",
    "cluster_of",
    "end",
    "end_now",
    "end_producer",
    "is_sending",
    "partitions_of",
    "wait_for_acknowledgement",
]

_log = logging.getLogger("aegis_sdk.events.kafka")
_ENDING = 1.0

PRIVATE = {
    "AIOKafkaConsumer": ("_client", "_closed", "_coordinator", "_fetcher"),
    "AIOKafkaProducer": ("_closed", "_message_accumulator", "_sender"),
    "AIOKafkaAdminClient": ("_client", "_closed"),
    "AIOKafkaClient": ("_conns", "_wait_on_metadata", "cluster"),
    "MessageAccumulator": ("_batch_ttl", "_pending_batches", "fail_all"),
    "Sender": ("sender_task",),
}
"""
The parts by class; every one is there from the moment when a client is made or, at the latest, started.
"""

_PARTS = ("_client", "client", "_coordinator", "_fetcher", "_sender", "_message_accumulator")


def cluster_of(kafka: Any) -> Any:
    """
    What a consumer knows of its cluster: ``brokers()`` and ``partitions_for_topic(topic)``, without waiting.
    """
    return kafka._client.cluster


async def partitions_of(consumer: Any, topic: str) -> Collection[int]:
    """
    The partitions of a topic. aiokafka's public ``partitions_for_topic`` does not wait for them.
    """
    found: Collection[int] = await consumer._client._wait_on_metadata(topic)
    return found


def wait_for_acknowledgement(producer: Any) -> None:
    """
    Let a producer try a batch for as long as it lives.

    aiokafka gives up a batch without a leader after one request timeout, even one that may have been stored and that
    only this producer could send again without a duplicate. When to give up is for the publisher to say.
    """
    producer._message_accumulator._batch_ttl = math.inf


def is_sending(producer: Any) -> bool:
    """
    Whether a producer still sends: aiokafka's own task can die.
    """
    task = producer._sender.sender_task
    return task is not None and not task.done()


async def end(kafka: Any, timeout: float) -> None:
    """
    End an aiokafka client (consumer, producer or admin): by itself within *timeout* seconds, else by force.
    """
    said = "did not end in time"
    try:
        async with asyncio.timeout(timeout):
            await (kafka.stop() if hasattr(kafka, "stop") else kafka.close())
        return
    except TimeoutError:
        pass
    except asyncio.CancelledError:
        # aiokafka lets the cancellation of its own tasks out of stop(); ours goes on.
        this = asyncio.current_task()
        if this is not None and this.cancelling():
            end_now(kafka)
            raise
        said = "cancelled itself"
    except Exception as error:  # noqa: BLE001 — whatever stopping says, the connection is to be gone
        said = f"raised {type(error).__name__}"
    _log.info("stopping the connection to Kafka %s; it was taken down", said)
    end_now(kafka)


def end_now(kafka: Any) -> set[asyncio.Task[Any]]:
    """
    Take an aiokafka client down by force: cancel its tasks, which are returned, and close its sockets.
    """
    # So that it does not complain when it is collected, and its stop() does nothing more.
    kafka._closed = True
    owners = [kafka, *(part for name in _PARTS if (part := getattr(kafka, name, None)) is not None)]
    here = asyncio.current_task()
    tasks = {task for task in asyncio.all_tasks() if task is not here and _belongs(task, owners)}
    for task in tasks:
        task.cancel()
    client = getattr(kafka, "_client", None) or getattr(kafka, "client", None)
    for connection in list(getattr(client, "_conns", {}).values()):
        connection.close()
    return tasks


async def end_producer(producer: Any, error: Exception) -> None:
    """
    Take a producer down by force; whatever is on its way fails with *error*, and is never sent again.
    """
    tasks = end_now(producer)
    if tasks:
        await asyncio.wait(tasks, timeout=_ENDING)
    accumulator = producer._message_accumulator
    accumulator.fail_all(error)
    for batch in list(accumulator._pending_batches):
        # Somebody has looked at it, else asyncio says that nobody has.
        batch.future.exception()
    with contextlib.suppress(Exception):
        await asyncio.wait_for(producer.client.close(), _ENDING)


def _belongs(task: asyncio.Task[Any], owners: Sequence[Any]) -> bool:
    """
    Say whether a task runs a method of one of *owners* (or of a handler that holds one): aiokafka keeps no list of
    them.
    """
    frame = getattr(task.get_coro(), "cr_frame", None)
    this = frame.f_locals.get("self") if frame is not None else None
    if this is None:
        return False
    held = (this, getattr(this, "_sender", None), getattr(this, "_coordinator", None))
    return any(one is owner for one in held if one is not None for owner in owners)
