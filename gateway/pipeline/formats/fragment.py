"""Bytes that came over a connection and are no message: kept, and said to be dead. Nothing is read from them."""

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.pipeline.plan import ControlKey, Unit
from gateway.pipeline.reading import FileSettings, Made, Packer, find
from parsers.outputs import Origin, ReadAt
from schemas.codes.findings import FINDINGS
from schemas.envelope import Finding, Location

CODE = "V2_FRAGMENT"


class Planner:
    """One unit without steps, and no keys."""

    keys: list[ControlKey]

    def __init__(self, size: int) -> None:
        self.keys, self._size = [], size

    def units(self) -> Iterator[Unit]:
        yield Unit((), self._size)


def planner(read_at: ReadAt, size: int, origin: Origin, settings: FileSettings) -> Planner:
    return Planner(size)


def keys_of(body: bytes, settings: FileSettings) -> list[ControlKey]:
    return []


def window_start(received_at: str, settings: FileSettings) -> str:
    return ""


def encode(steps: Sequence[Any]) -> list[Any]:
    return []


def decode(data: Any) -> Sequence[Any]:
    return ()


def body_of(steps: Sequence[Any]) -> range:
    return range(0)


def read(steps: Sequence[Any], read_at: ReadAt, origin: Origin, settings: FileSettings, packer: Packer) -> Made:
    made = Made()
    bury(made, steps, read_at, settings)
    return made


def bury(made: Made, steps: Sequence[Any], read_at: ReadAt, settings: FileSettings) -> None:
    kind = FINDINGS[CODE]
    said = Finding(CODE, kind.severity, kind.scope, kind.outcome, kind.text.format(place=""), Location(offset=0), None, kind.snip)
    find(made, [said], settings.policy, settings.findings)


def program(name: str, settings: FileSettings) -> tuple[str, bytes]:
    raise LookupError("fragments have no program")
