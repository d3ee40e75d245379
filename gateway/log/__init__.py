"""The embedded log and the partitioner that both sides of the Log seam share."""

from gateway.log.murmur2 import murmur2, partition_for
from gateway.log.sqlite import SqliteLog

__all__ = ["SqliteLog", "murmur2", "partition_for"]
