"""This project: bytes of a file -> event JSON lines, thrown away. The one place of the benchmark that knows how the conversion is called."""

import os
from collections.abc import Callable, Iterable
from importlib import import_module

from bench.worker import Result, main

CLAIM_EVENTS = (b'"clearplane.claim.submitted.', b'"clearplane.claim.adjudicated.')


def run(path: str) -> tuple[int, int]:
    """(claim events, bytes of all lines) of the file. ImportError while the conversion does not exist."""
    convert: Callable[..., Iterable[bytes]] = import_module("parsers.x12.convert").convert
    claims = size = 0
    descriptor = os.open(path, os.O_RDONLY)
    try:

        def read_at(offset: int, length: int) -> bytes:
            return os.pread(descriptor, length, offset)

        for line in convert(read_at, os.fstat(descriptor).st_size, site="local", feed="convert"):
            size += len(line)
            claims += CLAIM_EVENTS[0] in line or CLAIM_EVENTS[1] in line
    finally:
        os.close(descriptor)
    return claims, size


def job(path: str) -> Result:
    try:
        claims, size = run(path)
    except ImportError as missing:
        return Result(fault=f"not available: {missing.name} cannot be imported")
    return Result(claims=claims, out=size)


if __name__ == "__main__":
    main(job)
