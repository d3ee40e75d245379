"""x12sdk: every transaction set as pydantic models, and their claims()."""

from importlib import import_module

from bench.worker import Result, main

reader = import_module("x12sdk.io")


def read(path: str) -> Result:
    with reader.X12ModelReader(path) as models:
        return Result(claims=sum(1 for model in models.models() for _ in model.claims()))


if __name__ == "__main__":
    main(read)
