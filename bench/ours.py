"""This project: bytes of a file -> event JSON lines, thrown away. The one place of the benchmark that knows how the conversion is called."""

import os

from bench.worker import Result, main
from parsers.x12.convert import Event, Origin, convert

CLAIM_EVENTS = ("clearplane.claim.submitted.v1", "clearplane.claim.adjudicated.v1")


def run(path: str) -> tuple[int, int]:
    """(claim events, bytes of all lines) of the file."""
    claims = size = 0
    descriptor = os.open(path, os.O_RDONLY)
    try:

        def read_at(offset: int, length: int) -> bytes:
            return os.pread(descriptor, length, offset)

        for output in convert(read_at, os.fstat(descriptor).st_size, Origin(sha256="0" * 64)):
            if isinstance(output, Event):
                size += len(output.to_json())
                claims += output.attributes["type"] in CLAIM_EVENTS
    finally:
        os.close(descriptor)
    return claims, size


def job(path: str) -> Result:
    claims, size = run(path)
    return Result(claims=claims, out=size)


if __name__ == "__main__":
    main(job)
