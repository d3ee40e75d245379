"""This project: bytes of a file -> event JSON lines, thrown away. The one place of the benchmark that knows how the conversion is called."""

import os
from collections.abc import Callable, Iterator

from bench.worker import Result, main
from parsers.x12.convert import Event, Origin, Settings, Summary, convert


def run(path: str, settings: object = None, read: Callable[..., Iterator[object]] = convert) -> tuple[int, int]:
    """(items published, bytes of all lines) of the file."""
    items = size = 0
    descriptor = os.open(path, os.O_RDONLY)
    try:

        def read_at(offset: int, length: int) -> bytes:
            return os.pread(descriptor, length, offset)

        for output in read(read_at, os.fstat(descriptor).st_size, Origin(sha256="0" * 64), settings):
            if isinstance(output, Event):
                size += len(output.to_json())
            elif isinstance(output, Summary):
                items = output.counts.published
    finally:
        os.close(descriptor)
    return items, size


def job(path: str, settings: Settings | None = None) -> Result:
    """With the compiled engine where it is installed, unless the settings say otherwise."""
    items, size = run(path, settings)
    return Result(claims=items, out=size)


if __name__ == "__main__":
    main(job)
