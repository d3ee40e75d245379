"""Kafka's default partitioner. Every writer must use it, or a claim and its remittance land on different partitions."""

import struct
from functools import lru_cache

_M = 0x5BD1E995
_SEED = 0x9747B28C
_MASK = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """32-bit MurmurHash2 as Kafka's clients compute it, as a signed number."""
    length = len(data)
    words = length >> 2
    h = _SEED ^ length
    for k in struct.unpack_from(f"<{words}I", data):
        k = (k * _M) & _MASK
        k = ((k ^ (k >> 24)) * _M) & _MASK
        h = ((h * _M) & _MASK) ^ k
    tail = data[words << 2 :]
    if tail:
        h = ((h ^ int.from_bytes(tail, "little")) * _M) & _MASK
    h = ((h ^ (h >> 13)) * _M) & _MASK
    h ^= h >> 15
    return h - (1 << 32) if h & 0x80000000 else h


@lru_cache(maxsize=1024)
def partition_for(key: bytes, partitions: int) -> int:
    """Partition of a key, the same on every Kafka client with the Java partitioner. Remembered, because what a feed takes in has one key."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions
