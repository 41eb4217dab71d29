"""
Which topic it is that bears a name: Kafka gives every topic an id of its own (KIP-516), so one that is deleted and made
anew under the same name is another one.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from aegis_sdk.events.kafka._library import require_aiokafka_module

__all__ = ["topic_ids_of"]


async def topic_ids_of(client: Any, topics: Collection[str]) -> dict[str, str]:
    """
    Ask a cluster which topics these are; those that are not there are left out, and all of them by a broker that is too
    old to know ids.

    Args:
        client: aiokafka's own, of a consumer or a producer.
    """
    errors = require_aiokafka_module("errors")
    try:
        answer = await client.send(client.get_random_node(), _request_class()(topics))
    except (errors.IncompatibleBrokerVersion, NotImplementedError):
        return {}
    return {name: f"{high & _WHOLE:016x}{low & _WHOLE:016x}" for code, name, high, low, *_ in answer.topics if not code}


_WHOLE = 2**64 - 1


@cache
def _request_class() -> Any:
    """
    Metadata in version 10, the first that tells ids; aiokafka itself speaks it up to version 5.
    """
    api: Any = require_aiokafka_module("protocol.api")
    types: Any = require_aiokafka_module("protocol.types")
    array, text, tags = types.CompactArray, types.CompactString("utf-8"), ("tags", types.TaggedFields)
    short, number, long, flag = types.Int16, types.Int32, types.Int64, types.Boolean
    partition = array(
        ("error_code", short), ("partition", number), ("leader", number), ("leader_epoch", number),
        ("replicas", array(number)), ("isr", array(number)), ("offline_replicas", array(number)), tags,
    )  # fmt: skip
    topic = array(
        ("error_code", short), ("name", text), ("id_high", long), ("id_low", long), ("is_internal", flag),
        ("partitions", partition), ("operations", number), tags,
    )  # fmt: skip
    brokers = array(("node_id", number), ("host", text), ("port", number), ("rack", text), tags)

    class Told(api.Response):  # type: ignore[misc] # aiokafka has no types
        API_KEY, API_VERSION = 3, 10
        SCHEMA = types.Schema(
            ("throttle_time_ms", number), ("brokers", brokers), ("cluster_id", text), ("controller_id", number),
            ("topics", topic), ("operations", number), tags,
        )  # fmt: skip

    class Asked(api.RequestStruct):  # type: ignore[misc] # aiokafka has no types
        API_KEY, API_VERSION, FLEXIBLE_VERSION, RESPONSE_TYPE = 3, 10, True, Told
        SCHEMA = types.Schema(
            ("topics", array(("id_high", long), ("id_low", long), ("name", text), tags)),
            ("allow_auto_topic_creation", flag), ("with_operations", flag), ("with_own_operations", flag), tags,
        )  # fmt: skip

    base: Any = api.Request[Asked]

    class Ask(base):  # type: ignore[misc] # aiokafka has no types
        API_KEY = 3

        def __init__(self, topics: Collection[str]) -> None:
            self._topics: list[tuple[Any, ...]] = [(0, 0, topic, {}) for topic in topics]

        def build(self, request_struct_class: Any) -> Any:
            return request_struct_class(self._topics, False, False, False, {})

    return Ask
