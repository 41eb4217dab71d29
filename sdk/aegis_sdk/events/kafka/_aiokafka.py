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
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from aegis_sdk.events.kafka._identity import topic_ids_of
from aegis_sdk.events.kafka._library import require_aiokafka, require_aiokafka_module

__all__ = [
    "PRIVATE",
    "FetchRefusedError",
    "OffsetsAstrayError",
    "TopicsGoneError",
    "Unreadable",
    "ask_for_topics",
    "cluster_of",
    "end",
    "end_now",
    "end_producer",
    "fetched",
    "hear_refusals",
    "is_sending",
    "member_id_of",
    "offsets_of",
    "partitions_of",
    "topic_ids",
    "wait_for_acknowledgement",
]

_log = logging.getLogger("aegis_sdk.events.kafka")
_ENDING = 1.0

PRIVATE = {
    "AIOKafkaConsumer": ("_client", "_closed", "_coordinator", "_fetcher", "_subscription"),
    "AIOKafkaProducer": ("_closed", "_message_accumulator", "_sender"),
    "AIOKafkaAdminClient": ("_client", "_closed"),
    "AIOKafkaClient": ("_conns", "_wait_on_metadata", "cluster", "get_random_node", "send"),
    "GroupCoordinator": ("check_errors", "fetch_committed_offsets", "member_id"),
    "MessageAccumulator": ("_batch_ttl", "_pending_batches", "fail_all"),
    "Sender": ("sender_task",),
    "SubscriptionState": ("fetch_context", "is_assigned", "reassignment_in_progress", "wait_for_assignment"),
    "Fetcher": (
        "_create_fetch_waiter",
        "_fetch_task",
        "_fetch_waiters",
        "_notify",
        "_records",
        "_set_error",
        "_wait_consume_future",
    ),
    "FetchResult": ("_partition_records", "_update_position", "check_assignment", "has_more"),
    "FetchError": ("_error",),
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


def member_id_of(consumer: Any) -> str:
    """
    What the group calls a consumer at this moment.
    """
    return str(getattr(consumer._coordinator, "member_id", ""))


async def offsets_of(consumer: Any, partitions: Collection[Any]) -> dict[Any, tuple[int, str]]:
    """
    What a consumer's group has committed, and what it has written beside it. aiokafka's public ``committed`` asks for
    one partition at a time, and tells the offset alone.
    """
    found = await consumer._coordinator.fetch_committed_offsets(list(partitions))
    return {one: (said.offset, said.metadata or "") for one, said in found.items() if said.offset >= 0}


async def topic_ids(consumer: Any, topics: Collection[str]) -> dict[str, str]:
    """
    Which topics these are, as ``topic_ids_of`` tells.
    """
    return await topic_ids_of(consumer._client, topics)


async def partitions_of(consumer: Any, topic: str) -> Collection[int]:
    """
    The partitions of a topic. aiokafka's public ``partitions_for_topic`` does not wait for them.
    """
    found: Collection[int] = await consumer._client._wait_on_metadata(topic)
    return found


async def ask_for_topics(
    options: Mapping[str, Any], host: str, port: int, topics: Sequence[str], *, create: bool
) -> Any:
    """
    Connect to one broker, sign in and ask for *topics*: the cluster as it answers. Every error comes out as it is,
    which aiokafka's clients only write into their log.

    Args:
        create: whether a cluster that makes topics when it is asked for them may do so.
    """
    library: Any = require_aiokafka_module("conn")
    settings = {name: value for name, value in options.items() if name != "bootstrap_servers"}
    connection: Any = await library.create_conn(host, port, **settings)
    try:
        request: Any = require_aiokafka_module("protocol.metadata").MetadataRequest(list(topics), create)
        cluster: Any = require_aiokafka_module("cluster").ClusterMetadata()
        cluster.update_metadata(await connection.send(request))
        return cluster
    finally:
        connection.close()


class FetchRefusedError(Exception):
    """
    A broker does not give out what stands at an offset; its own name for the reason.
    """


class TopicsGoneError(Exception):
    """
    The broker knows no such topics, for which offsets were to be committed; what it knows is committed.
    """

    def __init__(self, topics: frozenset[str]) -> None:
        super().__init__(f"there is no topic {', '.join(sorted(topics))}")
        self.topics = topics


class OffsetsAstrayError(Exception):
    """
    A batch says of its records that they stand behind the end of their partition.
    """


# What aiokafka does something about by itself.
_SEEN_TO = frozenset(
    {
        "NoError",
        "NotLeaderForPartitionError",
        "OffsetOutOfRangeError",
        "TopicAuthorizationFailedError",
        "UnknownTopicOrPartitionError",
    }
)


def hear_refusals(consumer: Any) -> None:
    """
    Let a consumer hear that a broker cannot give out a partition: ``fetched`` says so then.

    aiokafka asks again at once, thousands of times in a second, and nobody is told: a batch that is corrupt in its
    length, a disk that cannot be read. It commits again, too, until there is a topic of that name; but that one is
    another, whose first records would be passed over by whoever reads on from there: ``TopicsGoneError``.
    """
    client, errors = consumer._client, require_aiokafka_module("errors")
    is_fetch = require_aiokafka_module("protocol.fetch").FetchRequest
    is_commit = require_aiokafka_module("protocol.commit").OffsetCommitRequest
    unknown = errors.UnknownTopicOrPartitionError.errno
    send = client.send

    async def heard(node: Any, request: Any, **more: Any) -> Any:
        response = await send(node, request, **more)
        if isinstance(request, is_fetch):
            for topic, partitions in response.topics:
                for partition, code, *_ in partitions:
                    if code and (name := errors.for_code(code).__name__) not in _SEEN_TO:
                        _refused(consumer, topic, partition, name)
        elif isinstance(request, is_commit) and (
            gone := {topic for topic, partitions in response.topics if any(code == unknown for _, code in partitions)}
        ):
            raise TopicsGoneError(frozenset(gone))
        return response

    client.send = heard


def _refused(consumer: Any, topic: str, partition: int, name: str) -> None:
    fetcher = consumer._fetcher
    place = require_aiokafka().TopicPartition(topic, partition)
    # Its leader may have changed.
    consumer._client.force_metadata_update()
    if place not in fetcher._records and consumer._subscription.is_assigned(place):
        fetcher._set_error(place, FetchRefusedError(name))
        for waiter in list(fetcher._fetch_waiters):
            fetcher._notify(waiter)


class Unreadable(NamedTuple):
    """
    A partition whose next batch cannot be read.
    """

    topic: str
    partition: int
    offset: int
    error: Exception


async def fetched(
    consumer: Any, partitions: Collection[Any], timeout: float, limit: int
) -> tuple[dict[Any, list[Any]], list[Unreadable]]:
    """
    The next records of *partitions* (all, if none is given), and the partitions whose next batch cannot be read.

    aiokafka's own ``getmany`` raises what it meets in any batch: the records before it are lost with it, all other
    partitions stop, and nothing says which partition it was. Here each partition keeps its trouble to itself, its
    position stays at the batch in trouble, and the records before that are returned.
    """
    consumer._coordinator.check_errors()
    fetcher, subscription = consumer._fetcher, consumer._subscription
    drained: dict[Any, list[Any]] = {}
    troubled: list[Unreadable] = []
    if fetcher._fetch_task.done():
        fetcher._fetch_task.result()
    with subscription.fetch_context():
        for again in (True, False):
            if subscription.reassignment_in_progress:
                try:
                    async with asyncio.timeout(timeout):
                        await subscription.wait_for_assignment()
                except TimeoutError:
                    return {}, []
            for place in list(fetcher._records):
                if limit <= 0:
                    break
                if partitions and place not in partitions:
                    if not subscription.is_assigned(place):
                        del fetcher._records[place]
                    continue
                found = fetcher._records[place]
                state = subscription.subscription.assignment.state_value(place)
                if state is None:
                    # It was taken away meanwhile; what was met in it, records or trouble, is its next owner's.
                    del fetcher._records[place]
                    continue
                records, error, more = _taken(found, place, limit, state)
                if not more:
                    del fetcher._records[place]
                    fetcher._notify(fetcher._wait_consume_future)
                if records:
                    drained[place] = records
                    limit -= len(records)
                if error is not None:
                    position = state.position if state.has_valid_position else -1
                    troubled.append(Unreadable(place.topic, place.partition, position, error))
            if drained or troubled or not again or not timeout:
                break
            waiter = fetcher._create_fetch_waiter()
            _, pending = await asyncio.wait([waiter], timeout=timeout)
            for late in pending:
                late.cancel()
            if waiter.done() and not waiter.cancelled():
                # The group's coordinator may have put an error here.
                waiter.result()
    return drained, troubled


def _taken(found: Any, place: Any, limit: int, state: Any) -> tuple[list[Any], Exception | None, bool]:
    """
    Take records of one partition: these, what stopped it, and whether there are more.
    """
    if not hasattr(found, "_partition_records"):
        if type(found._error).__name__ == "RecordTooLargeError" and state.has_valid_position:
            # aiokafka goes on behind what it could not read.
            state.consumed_to(state.position - 1)
        return [], found._error, False
    if not found.has_more() or not found.check_assignment(place):
        return [], None, False
    before = state.position
    records: list[Any] = []
    take = records.append
    error: Exception | None = None
    more = False
    try:
        for record in found._partition_records:
            take(record)
            if len(records) >= limit:
                more = True
                break
    except Exception as raised:  # noqa: BLE001 — whatever a batch is made of, it is this partition's alone
        error = raised
    found._update_position()
    if state.highwater is not None and records and records[-1].offset >= state.highwater:
        records = [record for record in records if record.offset < state.highwater]
        state.consumed_to(records[-1].offset + 1 if records else before)
        return records, OffsetsAstrayError(), False
    return records, error, more


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
