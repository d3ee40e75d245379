"""Writes the visits of a world: single messages, many in a file, or batches, and a line of truth for each message."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import accumulate, count, groupby
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from gateway.synth.catalog import Site
from gateway.synth.model import Claim
from gateway.synth.truth import Totals
from gateway.synth.v2.model import Message
from gateway.synth.v2.story import in_order
from gateway.synth.v2.text import segment, zoned

FEED = "visits"
TRUTH = "messages.jsonl"
_RECEIVER, _PLANE = "GATEWAY", "PLANE"
_VERSION = "2.5.1"
_END = "\r"


class Sent(NamedTuple):
    """A message with its control id, and what it is of."""

    claim: Claim
    message: Message
    control_id: str

    @property
    def segments(self) -> list[str]:
        one = self.message
        head = {
            2: "^~\\&", 3: "EHR", 4: self.claim.site.id.upper(), 5: _RECEIVER, 6: _PLANE, 7: zoned(one.at), 9: one.kind, 10: self.control_id, 11: "T",
            12: _VERSION, 18: "UNICODE UTF-8",
        }  # fmt: skip
        return [header(head), *one.segments]


class Piece(NamedTuple):
    """Segments of a file: of a message, or of the envelope around messages."""

    segments: list[str]
    sent: Sent | None = None


class Visits:
    """The HL7 v2 side of a world. What a round of batches brings is held until `write`, so that each site's messages come in order."""

    def __init__(self, out: Path, form: str, totals: Totals) -> None:
        self._out, self._form, self._totals = out, form, totals
        self._held: dict[Site, list[Claim]] = {}
        self._numbers, self._names = count(1), dict[str, Iterator[int]]()
        self._truth = (out / TRUTH).open("w", encoding="ascii")

    def add(self, site: Site, claims: Iterable[Claim]) -> None:
        self._held.setdefault(site, []).extend(claims)

    def write(self) -> tuple[int, int]:
        """What is held, as files; how many there are, and their bytes."""
        files = size = 0
        for site, claims in self._held.items():
            for pieces in _FILES[self._form](site, self._sent(site, claims)):
                files += 1
                size += self._file(site, pieces)
        self._held.clear()
        return files, size

    def __enter__(self) -> "Visits":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._truth.close()

    def _sent(self, site: Site, claims: Iterable[Claim]) -> Iterator[Sent]:
        for claim, message in in_order(claims):
            yield Sent(claim, message, f"{site.prefix}M{next(self._numbers):09d}")

    def _file(self, site: Site, pieces: Iterable[Piece]) -> int:
        number = next(self._names.setdefault(site.id, count(1)))
        name = f"{site.id}/{FEED}/hl7v2-{number:0{6 if self._form == 'single' else 4}d}.hl7"
        path = self._out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        offset = 0
        with path.open("wb") as file:
            for piece in pieces:
                parts = [(one + _END).encode() for one in piece.segments]
                if piece.sent is not None:
                    self._note(name, piece.sent, list(accumulate(map(len, parts), initial=offset)))
                offset += file.write(b"".join(parts))
        return offset

    def _note(self, name: str, sent: Sent, starts: list[int]) -> None:
        self._totals.message(sent.message.kind, [fact.kind for fact in sent.message.facts])
        self._truth.write(json.dumps(told(name, sent, starts), separators=(",", ":")) + "\n")


def header(fields: dict[int, str]) -> str:
    """MSH, whose first field is the separator itself."""
    return segment("MSH", {number - 1: text for number, text in fields.items()})


def told(name: str, sent: Sent, starts: list[int]) -> dict[str, Any]:
    """The truth of a message: where it is, whom it is about, and the events it shall make. `starts`: the byte at which each segment begins."""
    one = sent.message
    keys = {"patient_control_number": one.account, "patient": one.patient, "account": one.account, "visit": one.visit}
    events = [{"kind": fact.kind, "offset": starts[fact.segment], **({"patient": fact.patient} if fact.patient else {})} for fact in one.facts]
    return {
        "file": name, "offset": starts[0], "site": sent.claim.site.id, "type": one.kind, "control_id": sent.control_id, "time": one.at.isoformat(),
        **{key: value for key, value in keys.items() if value}, "events": events,
    }  # fmt: skip


# -- what is in a file


def _single(site: Site, sent: Iterator[Sent]) -> Iterator[Iterator[Piece]]:
    for one in sent:
        yield iter((Piece(one.segments, one),))


def _many(site: Site, sent: Iterator[Sent]) -> Iterator[Iterator[Piece]]:
    yield (Piece(one.segments, one) for one in sent)


def _batch(site: Site, sent: Iterator[Sent]) -> Iterator[Iterator[Piece]]:
    yield _batches(site, sent)


def _batches(site: Site, sent: Iterator[Sent]) -> Iterator[Piece]:
    """A file of a batch for each day."""
    batches = 0
    for on, ours in groupby(sent, key=lambda one: one.message.at.date()):
        if not batches:
            yield Piece([_envelope("FHS", site, on)])
        batches += 1
        yield Piece([_envelope("BHS", site, on)])
        messages = [Piece(one.segments, one) for one in ours]
        yield from messages
        yield Piece([segment("BTS", {1: str(len(messages))})])
    yield Piece([segment("FTS", {1: str(batches)})])


def _envelope(tag: str, site: Site, on: date) -> str:
    fields = {2: "^~\\&", 3: "EHR", 4: site.id.upper(), 5: _RECEIVER, 6: _PLANE, 7: f"{on:%Y%m%d}"}
    return tag + header(fields)[3:]


_FILES = {"single": _single, "many": _many, "batch": _batch}
