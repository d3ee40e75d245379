"""Broken files: whatever is deleted, doubled, swapped, cut off or garbled, nothing is raised, no item is lost, no neighbour changes."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.synth.world import write_world
from parsers.x12.convert import Settings
from parsers.x12.instance import Chances, instance
from parsers.x12.plan import ScanLimits
from parsers.x12.writer import Group, Interchange, Set, write
from schemas.x12 import guide, guide_names
from tests.conftest import Converted, check_accounts, converted, of_items
from tests.corpus.tokens import items
from tests.corpus.tokens import segments as tokens

BLOCK = 1 << 12
SMALL_READS = Settings(scan=ScanLimits(block=BLOCK, read=61))
ENVELOPE = Interchange("SENDER", "RECEIVER", "240131", "1405", 1)
FRAME = frozenset(b"CLM CLP HL LX ST SE GS GE IEA ISA PLB TRN INS OTI TA1".split())
"""Segments that begin or end something a neighbour may stand in."""
SEEDS = st.integers(0, 2**32)
Segments = list[bytes]


@cache
def world() -> dict[str, bytes]:
    """A file of every kind, with a few items or sets, by `{kind}`: claims and remittances that balance, and an instance of every guide."""
    found: dict[str, bytes] = {}
    with TemporaryDirectory() as folder:
        write_world(24, 7, Path(folder) / "world")
        for path in sorted(Path(folder).rglob("*.x12")):
            content = path.read_bytes()
            if len(items(content)) > 2:
                found.setdefault(path.name.split("-")[0], content)
    return {kind: found[kind] for kind in CLAIMS} | {name: _instances(name) for name in GUIDES}


def _instances(name: str) -> bytes:
    """Three sets of a guide; the first that hold three items or more, as a level need not be one."""
    rng, source = Random(name), guide(name)
    while True:
        sets = [Set(f"{number:04d}", instance(source, rng, Chances(0.15, 0.4, 2))) for number in (1, 2, 3)]
        content = b"".join(write(ENVELOPE, [Group(source, "APP", "OTHER", "20240131", "1405", 1, sets)]))
        if len(items(content)) > 2:
            return content


CLAIMS = ("837p", "837i", "837d", "835")
GUIDES = tuple(name for name in guide_names() if name != "TA1")
KINDS = st.sampled_from((*CLAIMS, *GUIDES))


def _tag(segment: bytes) -> bytes:
    return segment.split(b"*")[0].strip(b" \t\r\n")


# -- one mutation: (segments, index, random) -> segments


def _delete(segments: Segments, at: int, _: Random) -> Segments:
    return [*segments[:at], *segments[at + 1 :]]


def _duplicate(segments: Segments, at: int, rng: Random) -> Segments:
    return [*segments[:at], *[segments[at]] * rng.randrange(2, 5), *segments[at + 1 :]]


def _swap(segments: Segments, at: int, rng: Random) -> Segments:
    other = rng.randrange(1, len(segments))
    changed = list(segments)
    changed[at], changed[other] = changed[other], changed[at]
    return changed


def _truncate(segments: Segments, at: int, rng: Random) -> Segments:
    return [*segments[:at], segments[at][: rng.randrange(len(segments[at]) + 1)]]


def _on_elements(change: Callable[[list[bytes], int, Random], None]) -> Callable[[Segments, int, Random], Segments]:
    def mutate(segments: Segments, at: int, rng: Random) -> Segments:
        elements = segments[at].split(b"*")
        change(elements, rng.randrange(len(elements)), rng)
        return [*segments[:at], b"*".join(elements), *segments[at + 1 :]]

    return mutate


def _drop_element(elements: list[bytes], at: int, _: Random) -> None:
    del elements[at]


def _double_element(elements: list[bytes], at: int, _: Random) -> None:
    elements.insert(at, elements[at])


def _empty_element(elements: list[bytes], at: int, _: Random) -> None:
    elements[at] = b""


def _garble_element(elements: list[bytes], at: int, rng: Random) -> None:
    elements[at] = bytes(rng.choice(b"\x00\x1f \t\r\n:^>|A9.-\x80\xc3\xa9\xff") for _ in range(rng.randrange(1, 60)))


def _widen_element(elements: list[bytes], at: int, rng: Random) -> None:
    elements[at] = elements[at] * rng.randrange(2, 2000)


def _delimiter(segments: Segments, at: int, rng: Random) -> Segments:
    """One delimiter of a segment becomes another character, or another character a delimiter."""
    segment = segments[at]
    places = [i for i, byte in enumerate(segment) if byte in b"*:^"] or [0]
    spot = rng.choice(places) if rng.random() < 0.7 else rng.randrange(max(len(segment), 1))
    return [*segments[:at], segment[:spot] + bytes([rng.choice(b"*:^~|>\n ")]) + segment[spot + 1 :], *segments[at + 1 :]]


def _encoding(segments: Segments, at: int, rng: Random) -> Segments:
    """A segment in another encoding than the rest."""
    text = segments[at].decode("latin-1") + "éß中"[: rng.randrange(4)]
    return [*segments[:at], text.encode(rng.choice(["utf-8", "utf-16", "utf-16-be", "utf-7"])), *segments[at + 1 :]]


MUTATIONS: dict[str, Callable[[Segments, int, Random], Segments]] = {
    "delete": _delete,
    "duplicate": _duplicate,
    "swap": _swap,
    "truncate": _truncate,
    "drop element": _on_elements(_drop_element),
    "double element": _on_elements(_double_element),
    "empty element": _on_elements(_empty_element),
    "garble element": _on_elements(_garble_element),
    "widen element": _on_elements(_widen_element),
    "delimiter": _delimiter,
    "encoding": _encoding,
}


def _control(segments: Segments) -> list[tuple[bytes, bool]]:
    """What says which set a segment stands in; each with whether another one follows at once, as behind SE."""
    control = [segment.lstrip()[:2] in (b"", b"GS", b"ST", b"SE", b"GE", b"IE") or b"TA1" in segment for segment in segments]
    return [(segment, after) for segment, own, after in zip(segments, control, [*control[1:], True], strict=True) if own]


@pytest.mark.parametrize("name", MUTATIONS)
@settings(max_examples=40, deadline=None)
@given(KINDS, SEEDS, st.integers(1, 5))
def test_no_item_is_lost(name: str, kind: str, seed: int, times: int) -> None:
    """Behind the ISA anything may be broken: the items counted here are those of the first pass and those of the engine.

    Claims are told by their tags alone; the items of other sets only where nothing happened to what says which set they stand in.
    """
    rng = Random(seed)
    segments = world()[kind].split(b"~")
    control = _control(segments)
    for _ in range(times):
        if len(segments) > 1:
            segments = MUTATIONS[name](segments, rng.randrange(1, len(segments)), rng)
    content = b"~".join(segments)
    found = converted(content)
    if kind in CLAIMS or _control(content.split(b"~")) == control:
        assert found.summary.items == len(items(content))
    check_accounts(found)
    if max(map(len, content.split(b"~"))) < BLOCK:
        parts = converted(content, SMALL_READS)
        assert (parts.findings, parts.summary) == (found.findings, found.summary)
        assert [event.to_json() for event in parts.events] == [event.to_json() for event in found.events]


@settings(max_examples=60, deadline=None)
@given(KINDS, SEEDS)
def test_a_broken_envelope_raises_nothing(kind: str, seed: int) -> None:
    """Bytes of ISA and GS are changed, dropped or added; delimiters may be others then, so the file may hold other items or none."""
    rng = Random(seed)
    content = bytearray(world()[kind])
    for _ in range(rng.randrange(1, 8)):
        at = rng.randrange(170)
        if rng.random() < 0.3:
            del content[at : at + rng.randrange(1, 20)]
        elif rng.random() < 0.3:
            content[at:at] = bytes(rng.choice(b"*:~^ISAGT0\n\xef\x00") for _ in range(rng.randrange(1, 20)))
        else:
            content[at] = rng.randrange(256)
    found = converted(bytes(content))
    assert found.summary.items == sum(found.summary.counts)
    check_accounts(found)


# -- neighbours


def _near(content: bytes) -> dict[int, set[int]]:
    """For each segment that belongs to items alone, by its place in the file: the items it may change, as places in the list of items.

    It belongs to the last item that began in its set, up to what ends the items; where an HL begins items, also to those of the HLs below.
    """
    starts = {segment.offset: number for number, segment in enumerate(items(content))}
    found: dict[int, set[int]] = {}
    above: dict[bytes, bytes] = {}
    of_level: dict[bytes, set[int]] = {}
    level, item, remittance, transaction = b"", -1, False, b""
    for at, segment in enumerate(tokens(content)):
        if segment.tag == b"ST":
            level, item, remittance, transaction, above, of_level = b"", -1, segment.get(1) == b"835", segment.get(2), {}, {}
        elif segment.tag == b"HL":
            level, item = transaction + segment.get(1), -1
            above[level] = transaction + segment.get(2)
            of_level[level] = set()
        elif segment.tag in (b"SE", b"PLB") or (segment.tag == b"LX" and remittance):
            item = -1
        if segment.offset in starts:
            item = starts[segment.offset]
            one = level
            while one in of_level:  # the sets are shared, so that what comes later counts
                of_level[one].add(item)
                one = above[one]
        elif item >= 0 and segment.tag not in FRAME:
            own = segment.tag != b"HL" and item in of_level.get(level, ()) and _began_by_level(content, item)
            found[at] = of_level[level] if own else {item}
    return found


@cache
def _began_by_level(content: bytes, item: int) -> bool:
    return items(content)[item].tag == b"HL"


@pytest.mark.parametrize("name", [name for name in MUTATIONS if name not in ("swap", "truncate")])
@settings(max_examples=40, deadline=None)
@given(KINDS, SEEDS)
def test_neighbours_do_not_change(name: str, kind: str, seed: int) -> None:
    rng = Random(seed)
    segments = world()[kind].split(b"~")
    at, near = rng.choice(sorted(_near(world()[kind]).items()))
    content = b"~".join(MUTATIONS[name](segments, at, rng))
    if _frame(content.split(b"~")) != _frame(segments) or len(items(content)) != len(items(world()[kind])):
        return  # it now begins or ends something else than the item it stood in
    before, after = _by_item(converted(world()[kind]), world()[kind]), _by_item(converted(content), content)
    assert {number: data for number, data in before.items() if number not in near} == {
        number: data for number, data in after.items() if number not in near
    }


def _frame(segments: Segments) -> list[bytes]:
    return [segment for segment in segments if _tag(segment) in FRAME]


def _by_item(found: Converted, content: bytes) -> dict[int, dict[str, Any]]:
    """What each item says by itself, without the places."""
    offsets = {segment.offset: number for number, segment in enumerate(items(content))}
    data = {event.offset: orjson.loads(event.data) for event in of_items(found)}
    return {offsets[offset]: {name: value for name, value in one.items() if name != "provenance"} for offset, one in data.items()}
