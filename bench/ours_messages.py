"""This project on HL7 v2: messages of a file -> event JSON lines, thrown away."""

from bench.ours import run
from bench.worker import Result, main
from parsers.hl7v2.convert import Settings, convert


def job(path: str, settings: Settings | None = None) -> Result:
    """With the compiled engine where it is installed, unless the settings say otherwise."""
    items, size = run(path, settings or Settings(), convert)
    return Result(claims=items, out=size)


if __name__ == "__main__":
    main(job)
