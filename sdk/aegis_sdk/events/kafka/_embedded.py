"""
Whether a cluster is the embedded one of the mock server: a property of the connection.

The embedded cluster stores a batch twice when an idempotent producer repeats it, and shows what a transaction rolled
back. It listens on the loopback in plain text and nowhere else, so a connection to any other address is not asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aegis_sdk.events.kafka._aiokafka import end
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._library import require_aiokafka_module

__all__ = ["is_embedded"]

# What librdkafka's mock cluster calls itself; no real cluster has an id like that.
_CLUSTER_ID = "mockCluster"
_ENDING = 1.0


async def is_embedded(connection: KafkaConnection) -> bool:
    """
    Whether a connection leads to the embedded cluster: as it says itself, else as a broker on the loopback answers.

    Raises:
        aiokafka.errors.KafkaError, OSError: It does not answer.
    """
    if connection.embedded is not None:
        return connection.embedded
    return connection.is_local and (await _cluster_id(connection)).startswith(_CLUSTER_ID)


async def _cluster_id(connection: KafkaConnection) -> str:
    admin = require_aiokafka_module("admin").AIOKafkaAdminClient(**connection.client_options())
    try:
        await admin.start()
        described: Mapping[str, Any] = await admin.describe_cluster()
        return str(described.get("cluster_id") or "")
    finally:
        await asyncio.shield(end(admin, _ENDING))
