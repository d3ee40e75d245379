"""The compiled lane and the reader alone make the same of an HL7 v2 message, byte for byte, whatever the message and the dialect of its site.

Without the extension both sides are the reader.
"""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bench.generate import write_messages
from parsers.hl7v2.convert import Reader, Settings
from parsers.hl7v2.extension import available
from parsers.hl7v2.limits import Limits
from parsers.hl7v2.profile import Profile, profile_of
from parsers.hl7v2.scan import Span, messages
from parsers.outputs import Origin
from tests.unit.v2_breaks import GOOD, ORU
from tests.unit.v2_samples import reader

ROOT = Path(__file__).resolve().parents[2]
ORIGINS = (
    Origin(sha256="0" * 64),
    Origin(site="north", feed="adt", sha256="1" * 64, zone=ZoneInfo("Europe/Berlin"), usage="production"),
)
OVERLAY = {
    "zone": "America/Chicago",
    "fields": {"ZPV-2.1": "visit.alternate_number", "PID-8": "extensions.sex", "PV1-44": "extensions.admitted", "ZPV-3": "extensions.flag"},
    "codes": {
        "PV1-2": {"INP": "I", "X": "ZZ"},
        "OBX-11": {"FIN": "F"},
        "PID-8": {"F": "W", "1": "M"},
        "PID-10.1": {"2106-3": "W"},
        "AL1-2": {"A": "DA"},
    },
    "provider_ids": ["SL", "NPI"],
    "events": {"ADT^A08": "encounter.started", "ADT^A01": ""},
    "identifiers": {"patient": [{"field": "PID-3", "authority": "NMH", "type": "MR"}], "visit": [{"field": "PV1-19"}]},
}
MOST_FIELDS = 99
"""More than the tables have of any segment."""
MUTATED = 120
"""Messages under each dialect."""
TEXTS = (
    "", '""', "^", "~", "&", "\\", "\\F\\", "\\S\\x", "\\T\\", "\\R\\", "\\E\\", "\\.br\\", "\\.sp+2\\", "\\X0D\\", "\\XE9\\", "\\H\\a\\N\\",
    "\\C2842\\", "\\C2D41\\x", " ", "  x ", "\t", "\x1cx", "\x85", "\xa0é", "🙂", '"', 'a"b', "\x00", "\x07", "\u2028", "x" * 300,
    "2026", "202603", "20260304", "20260229", "2026030410", "20260304101502.123-0500", "20260329023000", "20261025023000", "20261101013000",
    "190001010000", "0", "-1.50", "+3", ".5", "1e5", "1,000.5", "$5", "A&B&C", "A^B&C^D", "1~2~3", "A^^^NMH^MR~B^^^X^PI", ">^5", "1^:^128", "^:^",
    "NM", "CE", "SN", "TX", "ED", "DT", "F", "P", "T", "INP", "FIN", "1",
)  # fmt: skip
FEW_KINDS = ("ADT^A01", "ADT^A08", "ADT^A17", "ADT^A40^ADT_A39", "adt^a44 ", "ORU^R01^ORU_R01", "ORU")
"""Of two maps: a dialect has programs of its own, and to compile them is what takes time here."""
CHARSET = 18
CHARSETS = ("", "ASCII", "8859/1", "UNICODE UTF-8", "UNICODE UTF-16", "~ISO IR87", "cp037", "no set")
KINDS = (*FEW_KINDS, "ADT^A31", "ORM^O01", "SIU^S12", "DFT^P03", "MDM^T02", "ACK^A01", "XXX^X01")
Segments = list[str]


def messages_of(body: bytes) -> Iterator[bytes]:
    for found in messages(reader(body), len(body)):
        if isinstance(found, Span):
            yield body[found.start : found.end]


@cache
def generated() -> tuple[bytes, ...]:
    """Messages as the benchmark has them."""
    out = BytesIO()
    write_messages(out, 60_000)
    return tuple(messages_of(out.getvalue()))


@cache
def samples() -> tuple[Segments, ...]:
    """Segments of messages of many kinds: those of the golden cases, and some of the benchmark."""
    files = sorted((ROOT / "tests" / "golden").glob("v2_*/input.hl7"))
    golden = [message.decode("utf-8", "replace") for path in files for message in messages_of(path.read_bytes())]
    texts = [*golden, *(message.decode() for message in generated()[:20])]
    return tuple([text.replace("\n", "\r").replace("\r\r", "\r").rstrip("\r").split("\r") for text in texts])


def dialects() -> dict[str, Profile | None]:
    found = {path.stem: profile_of(tomllib.loads(path.read_text())) for path in sorted((ROOT / "gateway" / "profiles").glob("*.toml"))}
    return {"none": None, **found, "overlay": profile_of(OVERLAY)}


class Pair:
    """The reader alone and the reader with the lane, for one site. `taken`: messages that the lane read."""

    def __init__(self, origin: Origin, profile: Profile | None) -> None:
        self.alone, self.laned = (Reader(origin, Settings(profile=profile, engine=engine)) for engine in ("python", "auto"))
        self.taken = 0

    def same(self, raw: bytes, offset: int = 7) -> None:
        events, *rest = self.alone.read(raw, offset)
        laned, *other = self.laned.read(raw, offset)
        assert [_shown(event) for event in laned] == [_shown(event) for event in events]
        assert other == rest
        self.taken += self.took(raw)

    def took(self, raw: bytes) -> bool:
        lane, origin = self.laned.lane, self.laned.origin
        return lane is not None and lane.read(raw, 7, origin.site, origin.receipt, "", "test") is not None


def _shown(event: Any) -> tuple[Any, ...]:
    """Attributes as pairs, because their order is part of what is written."""
    return type(event), tuple(event.attributes.items()), event.data, event.topic, event.offset


# -- mutations: each changes the segments of a message, one of which is at a place


def _fields(segments: Segments, at: int, rng: Random, change: Callable[[list[str], int], None]) -> None:
    """Change the fields of a segment; not its name, mostly."""
    fields = segments[at].split("|")
    change(fields, rng.randrange(min(1, len(fields) - 1), len(fields)))
    segments[at] = "|".join(fields)


def _text(rng: Random) -> str:
    return rng.choice(TEXTS) if rng.random() < 0.7 else rng.choice(rng.choice(rng.choice(samples())).split("|"))


def other_text(segments: Segments, at: int, rng: Random) -> None:
    _fields(segments, at, rng, lambda fields, number: fields.__setitem__(number, _text(rng)))


def other_component(segments: Segments, at: int, rng: Random) -> None:
    def change(fields: list[str], number: int) -> None:
        parts = fields[number].split("^")
        parts[rng.randrange(len(parts))] = _text(rng)
        fields[number] = "^".join(parts)

    _fields(segments, at, rng, change)


def longer_text(segments: Segments, at: int, rng: Random) -> None:
    _fields(segments, at, rng, lambda fields, number: fields.__setitem__(number, fields[number] + _text(rng)))


def another_repetition(segments: Segments, at: int, rng: Random) -> None:
    _fields(segments, at, rng, lambda fields, number: fields.__setitem__(number, f"{fields[number]}~{rng.choice((fields[number], _text(rng)))}"))


def more_fields(segments: Segments, at: int, rng: Random) -> None:
    segments[at] += "|" * rng.randrange(1, 20) + _text(rng)


def field_moved(segments: Segments, at: int, rng: Random) -> None:
    _fields(segments, at, rng, lambda fields, number: fields.insert(number, fields.pop(rng.randrange(len(fields)))))


def segment_dropped(segments: Segments, at: int, rng: Random) -> None:
    if at:
        del segments[at]


def segment_doubled(segments: Segments, at: int, rng: Random) -> None:
    segments.insert(rng.randrange(1, len(segments) + 1), segments[at])


def segment_moved(segments: Segments, at: int, rng: Random) -> None:
    if at:
        segments.insert(rng.randrange(1, len(segments)), segments.pop(at))


def foreign_segment(segments: Segments, at: int, rng: Random) -> None:
    segments.insert(at + 1, rng.choice(rng.choice(samples())))


def other_character(segments: Segments, at: int, rng: Random) -> None:
    place = rng.randrange(len(segments[at]) + 1)
    segments[at] = segments[at][:place] + rng.choice(("", "|", "^", "~", "&", "\\", '"', " ", "é", "\n")) + segments[at][place + 1 :]


def other_charset(segments: Segments, at: int, rng: Random) -> None:
    """MSH-1 is the separator itself, so MSH-18 is the seventeenth behind the tag."""
    fields = segments[0].split("|")
    fields += [""] * (CHARSET - len(fields))
    fields[CHARSET - 1] = rng.choice(CHARSETS)
    segments[0] = "|".join(fields)


MUTATIONS = (
    other_text, other_component, longer_text, another_repetition, more_fields, field_moved, segment_dropped, segment_doubled, segment_moved,
    foreign_segment, other_character, other_charset,
)  # fmt: skip


def mutated(rng: Random, kinds: Sequence[str]) -> bytes:
    segments = list(rng.choice(samples()))
    if kinds:
        segments[0] = "|".join([*segments[0].split("|")[:8], rng.choice(kinds), *segments[0].split("|")[9:]])
    for _ in range(rng.choice((0, 1, 1, 2, 3, 5))):
        rng.choice(MUTATIONS)(segments, rng.randrange(len(segments)), rng)
    return ("\r".join(segments) + "\r").encode()


def test_every_sample() -> None:
    pair = Pair(ORIGINS[0], None)
    for segments in samples():
        pair.same(("\r".join(segments) + "\r").encode())
    assert pair.taken >= len(samples()) / 2 * available()


def test_what_no_row_takes() -> None:
    """Each segment has a field more than any row reads, so that something is left over in every group."""
    pair = Pair(ORIGINS[0], None)
    for segments in samples():
        fuller = [segment + "|" * (MOST_FIELDS - segment.count("|")) + f"left {number}" for number, segment in enumerate(segments)]
        pair.same(("\r".join(fuller) + "\r").encode())
    assert pair.taken >= len(samples()) / 2 * available()


@pytest.mark.parametrize("name", dialects())
def test_mutated_messages(name: str) -> None:
    rng, profile = Random(name), dialects()[name]
    pair = Pair(ORIGINS[profile is None], profile)
    for number in range(MUTATED):
        kinds = FEW_KINDS if profile else KINDS if number % 2 else ()
        pair.same(mutated(rng, kinds), rng.choice((0, 7, 1 << 33)))
    assert pair.taken >= MUTATED / 4 * available()


PIECES = (
    b"MSH|^~\\&|a|b\r",
    b"MSH$^~\\&$a\r",
    b"MSH",
    b"BHS|^~\\&|1\r",
    b"BTS|1\r",
    b"FHS|^~\\&|\r",
    b"FTS|1\r",
    b"\x0b",
    b"\x1c\r",
    b"\r",
    b"\n",
    b" ",
    b"NTE|1||x\r",
)


def test_first_pass() -> None:
    """Where messages start and end in a file is told alike."""
    rng = Random(7)
    for _ in range(500):
        body = b"".join(rng.choices(PIECES, k=rng.randrange(1, 30)))
        limits = Limits(block=rng.randrange(48, 300))
        alone, other = (list(messages(reader(body), len(body), limits, engine)) for engine in ("python", "auto"))
        assert other == alone


def test_every_message_of_the_benchmark_goes_by_the_lane() -> None:
    """And so it does without the end of its last segment, as many senders leave it."""
    pair = Pair(ORIGINS[0], None)
    for message in generated():
        pair.same(message)
        pair.same(message.removesuffix(b"\r"))
    assert pair.taken == 2 * len(generated()) * available()


@pytest.mark.parametrize(("orders", "taken"), [(100, True), (20_000, False)])
def test_very_many_orders_with_something_left_over_go_to_python(orders: int, taken: bool) -> None:
    """Each event of the lane looks at all that is left over."""
    assert Pair(ORIGINS[0], None).took(GOOD[ORU] + b"OBR|1|O~P|F|T\r" * orders) is (taken and available())
