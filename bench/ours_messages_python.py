"""This project on HL7 v2 with its Python engine, also where the compiled one is installed."""

from bench.ours_messages import job
from bench.worker import Result, main
from parsers.hl7v2.convert import Settings


def in_python(path: str) -> Result:
    return job(path, Settings(engine="python"))


if __name__ == "__main__":
    main(in_python)
