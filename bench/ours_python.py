"""This project with its Python engine, also where the compiled one is installed."""

from bench.ours import job
from bench.worker import Result, main
from parsers.x12.convert import Settings


def in_python(path: str) -> Result:
    return job(path, Settings(engine="python"))


if __name__ == "__main__":
    main(in_python)
