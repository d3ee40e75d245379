"""Broken files: whatever is deleted, doubled, swapped, cut off or garbled, nothing is raised, no item is lost, no neighbour changes."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.synth.world import write_world
from parsers.x12.convert import Settings
from parsers.x12.plan import ScanLimits
from tests.conftest import ITEM_TAGS, Converted, converted

BLOCK = 1 << 12
SMALL_READS = Settings(scan=ScanLimits(block=BLOCK, read=61))
FRAME = {b"CLM", b"CLP", b"HL", b"LX", b"ST", b"SE", b"GS", b"GE", b"IEA", b"ISA", b"PLB"}
"""Segments that begin or end something a neighbour may stand in."""
SEEDS = st.integers(0, 2**32)
Segments = list[bytes]


@cache
def world() -> dict[str, bytes]:
    """A claim file of every kind and a remittance, each with a few items, by `{kind}`."""
    found: dict[str, bytes] = {}
    with TemporaryDirectory() as folder:
        write_world(24, 7, Path(folder) / "world")
        for path in sorted(Path(folder).rglob("*.x12")):
            content = path.read_bytes()
            if _items(content.split(b"~")) > 2:
                found.setdefault(path.name.split("-")[0], content)
    return found


KINDS = st.sampled_from(["837p", "837i", "837d", "835"])


def _tag(segment: bytes) -> bytes:
    return segment.split(b"*")[0].strip(b" \t\r\n")


def _items(segments: Segments) -> int:
    return sum(_tag(segment) in ITEM_TAGS for segment in segments)


def test_the_world_has_every_kind() -> None:
    assert set(world()) == {"837p", "837i", "837d", "835"}


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


@pytest.mark.parametrize("name", MUTATIONS)
@settings(max_examples=25, deadline=None)
@given(KINDS, SEEDS, st.integers(1, 5))
def test_no_item_is_lost(name: str, kind: str, seed: int, times: int) -> None:
    """Behind the ISA anything may be broken: the items counted here are those of the first pass and those of the engine."""
    rng = Random(seed)
    segments = world()[kind].split(b"~")
    for _ in range(times):
        if len(segments) > 1:
            segments = MUTATIONS[name](segments, rng.randrange(1, len(segments)), rng)
    content = b"~".join(segments)
    found = converted(content)
    assert found.summary.items == sum(found.summary.counts) == _items(content.split(b"~"))
    _accounted(found)
    if max(map(len, content.split(b"~"))) < BLOCK:
        parts = converted(content, SMALL_READS)
        assert (parts.findings, parts.summary) == (found.findings, found.summary)
        assert [event.to_json() for event in parts.events] == [event.to_json() for event in found.events]


def _accounted(found: Converted) -> None:
    """Every published item has its event, every other item its finding."""
    published = [event for event in found.events if event.topic == "claims"]
    lost = {finding.item for finding in found.findings if finding.outcome in ("refused", "dead") and finding.item}
    assert (len(published), len(lost)) == (found.summary.counts.published, found.summary.counts.refused + found.summary.counts.dead)


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
    _accounted(found)


# -- neighbours


class Broken(NamedTuple):
    """A file in which one claim is broken; `item` counts from 0."""

    content: bytes
    item: int


def _bodies(segments: Segments) -> Iterator[tuple[int, int]]:
    """(item, index) of every segment that belongs to one item alone."""
    item, inside = -1, False
    for at, segment in enumerate(segments):
        tag = _tag(segment)
        if tag in ITEM_TAGS:
            item, inside = item + 1, True
        elif tag in (b"HL", b"SE", b"PLB") or (tag == b"LX" and b"CLP" in {_tag(one) for one in segments}):
            inside = False
        elif inside and tag not in FRAME:
            yield item, at


@pytest.mark.parametrize("name", [name for name in MUTATIONS if name not in ("swap", "truncate")])
@settings(max_examples=25, deadline=None)
@given(KINDS, SEEDS)
def test_neighbours_do_not_change(name: str, kind: str, seed: int) -> None:
    rng = Random(seed)
    segments = world()[kind].split(b"~")
    item, at = rng.choice(list(_bodies(segments)))
    broken = MUTATIONS[name](segments, at, rng)
    content = b"~".join(broken)
    if _frame(content.split(b"~")) != _frame(segments):
        return  # it now begins or ends something else than the item it stood in
    before, after = _by_item(converted(world()[kind]), segments), _by_item(converted(content), content.split(b"~"))
    assert {number: data for number, data in before.items() if number != item} == {number: data for number, data in after.items() if number != item}


def _frame(segments: Segments) -> list[bytes]:
    return [segment for segment in segments if _tag(segment) in FRAME]


def _by_item(found: Converted, segments: Segments) -> dict[int, dict[str, Any]]:
    """What each item says by itself, without the places."""
    offsets: dict[int, int] = {}
    at = 0
    for segment in segments:
        if _tag(segment) in ITEM_TAGS:
            offsets[at + len(segment) - len(segment.lstrip())] = len(offsets)
        at += len(segment) + 1
    pairs = zip(found.events, found.data(), strict=True)
    return {
        offsets[event.offset]: {name: value for name, value in data.items() if name != "provenance"}
        for event, data in pairs
        if event.topic == "claims"
    }
