"""What the pipeline asks of a format: where a file can be cut, what its units say, how a unit that cannot be read is accounted for."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Protocol, cast

from gateway.pipeline.plan import ControlKey, Unit
from gateway.pipeline.reading import FileSettings, Made, Packer, away, failed, fault_of
from gateway.seams import BlobDamaged, BlobNotFound
from parsers.formats import HEAD, format_of
from parsers.outputs import Origin, ReadAt
from schemas.maps import maps

X12, HL7V2, FRAGMENT = "x12", "hl7v2", "fragment"
AUTO = "auto"
MESSAGE_KEYS = "MSH"
"""Tells the control keys of messages from those of interchanges in the ledger, whose qualifiers have two characters."""
WINDOW_DAYS = 7
"""How long a control id counts, unless the site's profile says it."""
HL7V2_TYPE, FRAGMENT_TYPE = "application/hl7-v2", "application/hl7-v2-fragment"
_TYPES = {HL7V2_TYPE: HL7V2, FRAGMENT_TYPE: FRAGMENT}
"""Content types with which the gateway's own listeners say what they have taken."""


class Planner(Protocol):
    """`units` runs the first pass once: at least one unit, in file order; `keys` fills up on the way."""

    keys: list[ControlKey]

    def units(self) -> Iterator[Unit]: ...


class Format(Protocol):
    """The functions of a module of this package. Steps are of a unit; as data they are what JSON holds."""

    def planner(self, read_at: ReadAt, size: int, origin: Origin, settings: FileSettings) -> Planner: ...

    def keys_of(self, body: bytes, settings: FileSettings) -> list[ControlKey]:
        """Of a small file, as its planner has them."""

    def window_start(self, received_at: str, settings: FileSettings) -> str:
        """What came before counts no more as the first content of a control key; empty: it always does."""

    def encode(self, steps: Sequence[Any]) -> Any: ...

    def decode(self, data: Any) -> Sequence[Any]: ...

    def body_of(self, steps: Sequence[Any]) -> range:
        """The bytes that reading them needs, but for context before."""

    def read(self, steps: Sequence[Any], read_at: ReadAt, origin: Origin, settings: FileSettings, packer: Packer) -> Made:
        """Never raises for what is in the bytes; BlobError when they cannot be had now."""

    def bury(self, made: Made, steps: Sequence[Any], read_at: ReadAt, settings: FileSettings) -> None: ...

    def program(self, name: str, settings: FileSettings) -> tuple[str, bytes]:
        """(hash, canonical bytes) of a compiled program as these settings have it."""


@cache
def format_named(name: str) -> Format:
    return cast(Format, import_module(f"{__name__}.{name}"))


def format_with_map(name: str) -> Format:
    """The format that a map is of."""
    return format_named(X12 if name in maps() else HL7V2)


def kind_of(wanted: str, content_type: str, head: bytes) -> str:
    """The format of a file: as the listener says that took it, as its feed says, or as it looks."""
    found = _TYPES.get(content_type, wanted)
    return format_of(head) if found == AUTO else found


def settled(settings: FileSettings, content_type: str, read_at: ReadAt) -> FileSettings:
    """With the format of these bytes. Of bytes that are gone, with any: reading them says so."""
    try:
        head = read_at(0, HEAD) if settings.kind == AUTO else b""
    except (BlobNotFound, BlobDamaged):
        head = b""
    kind = kind_of(settings.kind, content_type, head)
    return settings if kind == settings.kind else settings._replace(kind=kind)


def read_whole(format_: Format, read_at: ReadAt, size: int, origin: Origin, settings: FileSettings, packer: Packer) -> Iterator[Made]:
    """A file that is small enough for one unit, or few."""
    try:
        for unit in format_.planner(read_at, size, origin, settings).units():
            yield format_.read(unit.steps, read_at, origin, settings, packer)
    except Exception as error:  # a fault of ours may not hold up the feed
        if away(error):
            raise
        yield Made(findings=[failed()], faults=[fault_of(error)])


__all__ = [
    "AUTO", "FRAGMENT", "FRAGMENT_TYPE", "HEAD", "HL7V2", "HL7V2_TYPE", "MESSAGE_KEYS", "WINDOW_DAYS", "X12", "Format", "Planner",
    "format_named", "kind_of", "read_whole", "settled",
]  # fmt: skip
