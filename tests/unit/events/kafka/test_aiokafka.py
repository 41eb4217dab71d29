"""
aiokafka is known from inside in one file; this says when aiokafka has changed.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aegis_sdk import events
from aegis_sdk.events import KafkaConnection
from aegis_sdk.events.kafka import _aiokafka as inside
from aegis_sdk.events.kafka._library import require_aiokafka, require_aiokafka_module
from aegis_sdk.events.publisher.sending._engine import Engine

ROOMS = Path(events.__file__).parent
NOWHERE = KafkaConnection(bootstrap_servers="127.0.0.1:1")


async def test_trouble_with_a_partition_that_was_taken_away_is_its_next_owners() -> None:
    """
    An error that was fetched for a partition before a rebalance took it away is not met by its former owner.
    """
    library, parts = require_aiokafka(), require_aiokafka_module("consumer.fetcher")
    consumer: Any = library.AIOKafkaConsumer(**NOWHERE.client_options(), group_id="g")
    consumer.subscribe(["topic"])
    kept, taken = (library.TopicPartition("topic", number) for number in range(2))
    consumer._subscription.assign_from_subscribed({kept})
    consumer._subscription.subscription.assignment.state_value(kept).reset_to(0)
    consumer._coordinator = SimpleNamespace(check_errors=lambda: None)
    errors = {place: parts.FetchError(error=ValueError(), backoff=0) for place in (kept, taken)}
    still_fetching = SimpleNamespace(done=lambda: False)
    consumer._fetcher = SimpleNamespace(
        _records=errors, _fetch_task=still_fetching, _notify=lambda _: None, _wait_consume_future=None
    )
    found, troubled = await inside.fetched(consumer, (), 0.0, 10)
    assert (found, [(one.partition, one.offset) for one in troubled], errors) == ({}, [(0, 0)], {})


async def test_every_private_part_is_there() -> None:
    """
    Every private name that is used exists in the aiokafka that is installed.
    """
    options = NOWHERE.client_options()
    producer: Any = require_aiokafka().AIOKafkaProducer(**options)
    made = {
        "AIOKafkaConsumer": require_aiokafka().AIOKafkaConsumer(**options, group_id="g"),
        "AIOKafkaProducer": producer,
        "AIOKafkaAdminClient": require_aiokafka_module("admin").AIOKafkaAdminClient(**options),
        "AIOKafkaClient": producer.client,
        "MessageAccumulator": producer._message_accumulator,
        "Sender": producer._sender,
    }
    consumer: Any = made["AIOKafkaConsumer"]
    parts = require_aiokafka_module("consumer.fetcher")
    made["SubscriptionState"] = consumer._subscription
    group = require_aiokafka_module("consumer.group_coordinator")
    made["GroupCoordinator"] = group.GroupCoordinator(producer.client, consumer._subscription, group_id="g")
    fetcher = made["Fetcher"] = parts.Fetcher(producer.client, consumer._subscription)
    assert fetcher._records == {}
    await asyncio.sleep(0)
    assert fetcher._wait_consume_future is None  # set when there is an assignment
    assert not fetcher._fetch_task.done()
    record = parts.PartitionRecords(("t", 0), None, None, 3, None, None, True, 0)
    made["FetchResult"] = parts.FetchResult(("t", 0), assignment=None, partition_records=record, backoff=0)
    assert record.next_fetch_offset == 3
    made["FetchError"] = parts.FetchError(error=ValueError(), backoff=0)
    missing = [
        f"{name}.{part}" for name, parts in inside.PRIVATE.items() for part in parts if not hasattr(made[name], part)
    ]
    assert missing == []
    assert {name: type(one).__name__ for name, one in made.items()} == {name: name for name in inside.PRIVATE}
    assert list(inspect.signature(producer._message_accumulator.fail_all).parameters) == ["exception"]
    assert producer.client.cluster.unauthorized_topics == set()
    await fetcher.close()
    for one in ("AIOKafkaConsumer", "AIOKafkaProducer", "AIOKafkaAdminClient"):
        inside.end_now(made[one])


async def test_the_engine_of_a_publisher_ends_at_once_and_again() -> None:
    """
    An engine waits for acknowledgements as long as it lives, fills batches, and ends more than once without a word.
    """
    engine = Engine(NOWHERE, idempotent=True, options={})
    producer: Any = engine._producer
    assert producer._message_accumulator._batch_ttl == math.inf
    assert next(iter(inspect.signature(producer.client.ready).parameters)) == "node_id"
    batch = engine.batch()
    assert batch.append(timestamp=None, key=b"k", value=b"v", headers=[("h", b"1")]) is not None
    batch.close()
    assert batch.append(timestamp=None, key=b"k", value=b"v", headers=[]) is None
    await engine.abandon()
    assert not engine.usable
    await engine.abandon()
    assert await asyncio.wait_for(engine.learn_partitions("t", lambda: None), 20) == 0


class _Hanging:
    """
    Owns a task of its own, and waits for it when it is asked to stop.
    """

    def __init__(self) -> None:
        self._closed = False
        self.task = asyncio.create_task(self.work())

    async def work(self) -> None:
        await asyncio.get_running_loop().create_future()

    async def stop(self) -> None:
        await asyncio.shield(self.task)


async def test_a_client_that_hangs_is_ended() -> None:
    """
    A client that does not stop by itself is taken down with its tasks.
    """
    hanging = _Hanging()
    await asyncio.sleep(0)
    await inside.end(hanging, 0.05)
    await asyncio.wait([hanging.task])
    assert hanging.task.cancelled()
    assert hanging._closed


def _foreign(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not node.attr.startswith("_") or node.attr.startswith("__"):
            continue
        if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
            yield f"{ast.unparse(node)} in line {node.lineno}"


@pytest.mark.parametrize("room", ["cli", "consumer", "dead_letters", "kafka", "publisher", "outbox"])
def test_no_other_file_reaches_into_the_library(room: str) -> None:
    """
    What belongs to somebody else's inside is touched in one file and nowhere else.
    """
    found = {
        path.name: list(_foreign(ast.parse(path.read_text(encoding="utf-8"))))
        for path in (ROOMS / room).glob("*.py")
        if path.name != Path(inside.__file__).name
    }
    assert {name: places for name, places in found.items() if places} == {}


@pytest.mark.parametrize(
    ("codes", "gone"), [((0, 0), set[str]()), ((0, 3), {"b"}), ((3, 3), {"a", "b"}), ((16, 0), set[str]())]
)
async def test_a_commit_for_a_topic_that_is_not_there_is_heard(codes: tuple[int, int], gone: set[str]) -> None:
    """
    A broker that knows no such topic is heard at once: aiokafka would commit again as soon as there is another one.
    """

    async def send(node: int, request: object) -> SimpleNamespace:
        return SimpleNamespace(topics=[("a", [(0, codes[0])]), ("b", [(0, 0), (1, codes[1])])])

    consumer = SimpleNamespace(_client=SimpleNamespace(send=send))
    inside.hear_refusals(consumer)
    commit = require_aiokafka_module("protocol.commit").OffsetCommitRequest("group", 1, "member", -1, [])
    if gone:
        with pytest.raises(inside.TopicsGoneError) as raised:
            await consumer._client.send(1, commit)
        assert raised.value.topics == gone
    else:
        assert await consumer._client.send(1, commit)
