"""x12sdk, or linuxforhealth-x12 where that is installed: every transaction set of a file as a model."""

from importlib import import_module
from importlib.util import find_spec

from bench.worker import Result, main

reader = import_module("x12sdk.io" if find_spec("x12sdk") else "linuxforhealth.x12.io")


def read(path: str) -> Result:
    with reader.X12ModelReader(path) as models:
        return Result(fault="" if sum(1 for _ in models.models()) else "found nothing")


if __name__ == "__main__":
    main(read)
