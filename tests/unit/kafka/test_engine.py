"""
The publisher knows aiokafka from inside; this says when aiokafka has changed.
"""

from __future__ import annotations

import inspect
import math
from typing import Any

from aegis_sdk.events import KafkaConnection
from aegis_sdk.events._publisher_engine import Engine


async def test_aiokafka_is_made_inside_as_the_engine_takes_it_to_be() -> None:
    """
    Every private name that the engine uses exists, and means what it meant.
    """
    engine = Engine(KafkaConnection(bootstrap_servers="127.0.0.1:1"), idempotent=True, options={})
    producer: Any = engine._producer
    assert producer._message_accumulator._batch_ttl == math.inf
    assert producer._message_accumulator._pending_batches == set()
    assert list(inspect.signature(producer._message_accumulator.fail_all).parameters) == ["exception"]
    assert list(inspect.signature(type(producer._sender)._send_produce_req).parameters) == [
        "self",
        "node_id",
        "batches",
    ]
    assert producer._sender.sender_task is None
    assert producer._closed is False
    assert next(iter(inspect.signature(producer.client.ready).parameters)) == "node_id"
    assert producer.client.cluster.unauthorized_topics == set()
    batch = engine.batch()
    assert batch.append(timestamp=None, key=b"k", value=b"v", headers=[("h", b"1")]) is not None
    batch.close()
    assert batch.append(timestamp=None, key=b"k", value=b"v", headers=[]) is None
    await engine.abandon()
    assert not engine.usable
    await engine.abandon()
