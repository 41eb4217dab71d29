"""
Batches that are broken on a broker's disk, each in its own way: what cannot be read stops its partition alone.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

from brokers import ApacheKafka
from confluent_kafka import Producer
from publishing import number_of, registered, until

from aegis_sdk.events import ConsumerSettings, EventConsumer, UserRegistered
from aegis_sdk.events.codec._codec import encode
from aegis_sdk.events.kafka._library import require_aiokafka_module

TOPIC = "rotten"
EACH = 3
Batch = bytearray
BROKEN: list[tuple[Callable[[Batch], None], str]] = []
"""
What is done to the second batch of a partition (its fields: KIP-98), and what the consumer says of it.
"""


def told_as(said: str) -> Callable[[Callable[[Batch], None]], Callable[[Batch], None]]:
    def register(change: Callable[[Batch], None]) -> Callable[[Batch], None]:
        BROKEN.append((change, said))
        return change

    return register


def signed_again(batch: Batch) -> None:
    """
    With a checksum that is right: whoever wrote it wrote nonsense.
    """
    crc = require_aiokafka_module("record._crc32c").crc
    batch[17:21] = struct.pack(">I", crc(bytes(batch[21:])))


@told_as("its checksum is wrong")
def a_flipped_bit(batch: Batch) -> None:
    batch[-20] ^= 0x55


@told_as("its checksum is wrong")
def shorter_than_it_is(batch: Batch) -> None:
    batch[8:12] = struct.pack(">i", 60)


@told_as("the broker cannot give it out")
def without_a_length(batch: Batch) -> None:
    batch[8:12] = struct.pack(">i", 0)


@told_as("the broker cannot give it out")
def of_negative_length(batch: Batch) -> None:
    batch[8:12] = struct.pack(">i", -5)


@told_as("the broker cannot give it out")
def nothing_but_zeros(batch: Batch) -> None:
    batch[:] = bytes(len(batch))


@told_as("compressed in a way that nobody here knows")
def of_an_unknown_codec(batch: Batch) -> None:
    batch[22] |= 7
    signed_again(batch)


@told_as("corrupt or of an unknown format")
def gzip_that_is_none(batch: Batch) -> None:
    batch[22] |= 1
    signed_again(batch)


@told_as("corrupt or of an unknown format")
def zstd_that_is_none(batch: Batch) -> None:
    batch[22] |= 4
    signed_again(batch)


@told_as("it is corrupt")
def with_fewer_records_than_none(batch: Batch) -> None:
    batch[57:61] = struct.pack(">i", -1)
    signed_again(batch)


@told_as("it is corrupt")
def records_that_are_none(batch: Batch) -> None:
    batch[61:] = b"\xff" * (len(batch) - 61)
    signed_again(batch)


@told_as("its offsets lie behind the end")
def far_ahead(batch: Batch) -> None:
    batch[:8] = struct.pack(">q", 10**9)


@told_as("gives nothing out from offset 3")
def longer_than_the_disk(batch: Batch) -> None:
    batch[8:12] = struct.pack(">i", 100_000)


def damage(segment: Path, change: Callable[[Batch], None]) -> None:
    """
    Change the second batch of a segment where it is.
    """
    with segment.open("r+b") as file:
        content = file.read()
        start = _length(content, 0)
        batch = bytearray(content[start : start + _length(content, start)])
        change(batch)
        file.seek(start)
        file.write(batch)


def _length(content: bytes, start: int) -> int:
    return 12 + int(struct.unpack(">i", content[start + 8 : start + 12])[0])


async def test_whatever_is_wrong_with_a_batch_stops_its_partition_alone(tmp_path: Path) -> None:
    """
    Each is told as what it is, nothing behind it is passed over or committed, the broker is not asked thousands of
    times, and the partition beside them goes on.
    """
    broker = ApacheKafka(tmp_path)
    broker.start()
    try:
        broker.create_topic(TOPIC, len(BROKEN) + 1)
        producer = Producer({"bootstrap.servers": broker.bootstrap_servers})
        for batch in range(3):
            for partition in range(len(BROKEN) + 1):
                for number in range(batch * EACH, (batch + 1) * EACH):
                    producer.produce(TOPIC, encode(registered(100 * partition + number)), b"k", partition=partition)
            assert producer.flush(20) == 0
        for partition, (change, _) in enumerate(BROKEN):
            damage(tmp_path / "records" / f"{TOPIC}-{partition}" / "00000000000000000000.log", change)
        settings = ConsumerSettings(probe_interval=0.5, stall_after=3.0)
        consumer = EventConsumer(broker.bootstrap_servers, group_id="readers", topics=[TOPIC], settings=settings)
        handled: list[int] = []
        consumer.on(UserRegistered)(lambda event: handled.append(number_of(event)))
        async with consumer:
            await until(lambda: sum(bool(one.unreadable) for one in consumer.health().assignment) == len(BROKEN), 60)
            found = consumer.health()
            assert not found
            for (change, said), one in zip(BROKEN, found.assignment, strict=False):
                assert said in one.unreadable, (change, one)
                assert (one.done, one.lag) == (EACH, 2 * EACH), (change, one)
            assert consumer.stats.unreadable < 20 * len(BROKEN)
            last = len(BROKEN)
            producer.produce(TOPIC, encode(registered(100 * last + 9)), b"k", partition=last)
            assert producer.flush(10) == 0
            await until(lambda: 100 * last + 9 in handled)
        expected = [100 * partition + number for partition in range(last) for number in range(EACH)]
        assert sorted(handled) == [*expected, *(100 * last + number for number in range(10))]
    finally:
        broker.stop()
