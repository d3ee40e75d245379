"""Events as the gateway publishes them, for measurements that begin behind the reading of files."""

import os
from functools import cache

from bench.generate import file
from gateway.pipeline.reading import Packer, Topics
from gateway.seams import NewRecord
from parsers.x12.convert import Event, Origin, convert

MEGABYTES = 1.0
TOPIC = "claims.test"
RECORDED = "2025-12-31T12:53:00.000Z"


@cache
def claim_events(topic: str, partitions: int) -> list[NewRecord]:
    """Some 1,300 different ones, of an invented 837P."""
    path = file("837p", MEGABYTES, "many").path
    packer = Packer(Topics("", {TOPIC: partitions}), RECORDED)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        outputs = convert(lambda at, size: os.pread(descriptor, size, at), path.stat().st_size, Origin("bench", "files", "0" * 64))
        records = [NewRecord._make(packer.record(output)) for output in outputs if isinstance(output, Event)]
    finally:
        os.close(descriptor)
    return [record._replace(topic=topic) for record in records if record.topic == TOPIC]
