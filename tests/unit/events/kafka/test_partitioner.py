"""
Keys go to the partitions that Kafka's Java client would choose.
"""

from __future__ import annotations

import pytest
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as aiokafkas
from hypothesis import given
from hypothesis import strategies as st

from aegis_sdk.events.kafka._partitioner import murmur2, partition_for


# Kafka's own test vectors (org.apache.kafka.common.utils.UtilsTest.testMurmur2), as unsigned numbers.
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_hash_is_kafkas(data: bytes, expected: int) -> None:
    """
    The values of Kafka's own tests.
    """
    assert murmur2(data) == expected & 0xFFFFFFFF


@given(st.binary(max_size=80), st.integers(min_value=1, max_value=100))
def test_every_key_goes_where_other_clients_put_it(key: bytes, partitions: int) -> None:
    """
    For any key, hash and partition equal those of aiokafka's partitioner, which are Java's.
    """
    assert murmur2(key) == aiokafkas(key)
    assert partition_for(key, partitions) == DefaultPartitioner()(key, list(range(partitions)), [])
