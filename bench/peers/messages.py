"""HL7 v2 libraries of Python: each message of a file parsed, and six of its fields taken. The first argument says which library."""

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.worker import Result, main


def messages(path: str) -> Iterator[str]:
    first, *others = Path(path).read_bytes().decode().split("\rMSH|")
    yield first + "\r"
    for other in others:
        yield f"MSH|{other.removesuffix(chr(13))}\r"


def hl7apy() -> Callable[[str], object]:
    parse = import_module("hl7apy.parser").parse_message

    def take(text: str) -> object:
        found: Any = parse(text, find_groups=False)
        visit = found.pv1 if found.children.get("PV1") else None
        fields = found.pid.pid_3[0].pid_3_1.value, found.pid.pid_5[0].pid_5_1.value, found.pid.pid_7.value
        return found.msh.msh_10.value, *fields, visit and visit.pv1_19.pv1_19_1.value, visit and visit.pv1_7.pv1_7_1.value

    return take


def hl7() -> Callable[[str], object]:
    parse = import_module("hl7").parse

    def take(text: str) -> object:
        found = parse(text)
        patient = found.segment("PID")
        try:
            visit = found.segment("PV1")
        except KeyError:
            visit = None
        fields = found.extract_field("PID", 1, 3, 1, 1), found.extract_field("PID", 1, 5, 1, 1), str(patient(7))
        return found.extract_field("MSH", 1, 10), *fields, visit and str(visit(19)), visit and str(visit(7))

    return take


def hl7lw() -> Callable[[str], object]:
    parser = import_module("hl7lw").Hl7Parser()

    def take(text: str) -> object:
        found = parser.parse_message(text)
        return found["MSH-10"], found["PID-3"], found["PID-5"], found["PID-7"]

    return take


LIBRARIES = {"hl7apy": hl7apy, "hl7": hl7, "hl7lw": hl7lw}


def job(take: Callable[[str], object]) -> Callable[[str], Result]:
    def run(path: str) -> Result:
        count = 0
        for text in messages(path):
            take(text)
            count += 1
        return Result(claims=count)

    return run


if __name__ == "__main__":
    library = LIBRARIES[sys.argv.pop(1)]
    main(job(library()))
