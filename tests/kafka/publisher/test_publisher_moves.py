"""
A cluster whose brokers have new addresses behind the name that everybody knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from outboxes import TopicCodec
from publishing import registered

from aegis_mockserver.kafka import EmbeddedKafka
from aegis_sdk.events import EventPublisher


class Name:
    """
    An address that stays, and leads to a cluster or to another one.
    """

    def __init__(self, cluster: EmbeddedKafka) -> None:
        self.cluster = cluster

    async def lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self.cluster.bootstrap_servers.partition(",")[0].rpartition(":")
        try:
            there, to = await asyncio.open_connection(host, int(port))
            await asyncio.gather(_pass_on(reader, to), _pass_on(there, writer))
        except OSError:
            pass
        finally:
            writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


@asynccontextmanager
async def named(cluster: EmbeddedKafka) -> AsyncIterator[tuple[Name, str]]:
    name = Name(cluster)
    server = await asyncio.start_server(name.lead, "127.0.0.1", 0)
    try:
        yield name, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def test_a_publisher_finds_a_cluster_that_has_moved() -> None:
    """
    No broker answers at its former address, and the address that the publisher was given leads to the new ones: the
    next event goes there.
    """
    topic = f"moved.{uuid4().hex[:8]}"
    with EmbeddedKafka(brokers=1, topics=[topic]) as former, EmbeddedKafka(brokers=1, topics=[topic]) as new:
        async with named(former) as (name, address), EventPublisher(address, codec=TopicCodec(topic)) as publisher:
            await publisher.publish(registered(1))
            name.cluster = new
            former.close()
            published = await publisher.publish(registered(2))
            assert (published.topic, published.offset) == (topic, 0)
            assert publisher.health().failed == 0
