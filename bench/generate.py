"""Files of a wanted kind and size, deterministic, kept in a cache folder. Everything in them is invented.

`file("837p", 10, "one")` gives about 10 MB (10^6 bytes) with all claims in one transaction set; layout `many` has 100 claims in each, or 100 of
what else the set is about.
"""

import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from math import inf
from pathlib import Path
from random import Random
from typing import IO, Literal, NamedTuple

from bench import authorization, eligibility, functional, membership, professional, remittance, status
from bench.family import Family
from bench.messages import message
from bench.people import scramble

Kind = Literal["837p", "835", "270", "271", "276", "277", "277ca", "278", "278r", "834", "820", "999", "ta1", "hl7v2"]
"""278r is the response; ta1 has no sets, and an interchange for each; hl7v2 are messages one after the other."""
Layout = Literal["one", "many"]
FAMILIES: dict[Kind, Family] = {
    "837p": Family(professional.VERSION, professional.GROUP, lambda control, rng, _: professional.head(control, rng), professional.loops),
    "835": Family(remittance.VERSION, remittance.GROUP, remittance.head, remittance.loops, lambda control, rng, _: remittance.tail(control, rng)),
    "270": eligibility.INQUIRY,
    "271": eligibility.ANSWER,
    "276": status.ASKED,
    "277": status.ANSWERED,
    "277ca": status.RECEIVED,
    "278": authorization.REQUEST,
    "278r": authorization.RESPONSE,
    "834": membership.ENROLLMENTS,
    "820": membership.PREMIUMS,
    "999": functional.ANSWERS,
}
CACHE = Path(__file__).parent / ".cache"
CLAIMS_PER_SET = 100
SPOOL_IN_MEMORY = 4_000_000
EDITION = 1
"""Part of every file name: raise it when the same call would write other bytes."""


class Input(NamedTuple):
    """A generated file and what its writer counted in it; `claims` are the items of any other transaction set."""

    path: Path
    size: int
    claims: int
    sets: int
    segments: int


class Written(NamedTuple):
    """One set: `entries` are what its loops gave, which are its items unless it is one item as a whole."""

    entries: int
    segments: int
    size: int
    items: int


def write_set(out: IO[bytes], kind: Kind, control: int, first: int, full: Callable[[int, int], bool]) -> Written:
    """One ST..SE. `full(claims, bytes)` says when to stop. The claims are spooled, since BPR02 stands before what it sums."""
    family = FAMILIES[kind]
    rng = Random(f"{kind} {control}")  # noqa: S311 - repeatable on purpose
    entries = segments = size = total = 0
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_IN_MEMORY) as spool:
        loops: Iterator[tuple[list[str], int]] = family.loops(rng, first)
        for parts, paid in loops:
            size += spool.write(encode(parts))
            segments += len(parts)
            entries += 1
            total += paid
            if full(entries, size):
                break
        after, adjusted = family.tail(control, rng, entries)
        before = family.head(control, rng, total - adjusted)
        segments += len(before) + len(after) + 1
        size += out.write(encode(before))
        spool.seek(0)
        shutil.copyfileobj(spool, out, 1 << 20)
    size += out.write(encode([*after, f"SE*{segments}*{control:04d}"]))
    return Written(entries, segments, size, 1 if family.whole else entries)


def encode(segments: list[str]) -> bytes:
    return ("~".join(segments) + "~").encode("ascii")


def envelope(kind: Kind, number: int = 1) -> list[str]:
    """ISA and GS of the interchange with this control number."""
    family = FAMILIES[kind]
    return [isa(number), f"GS*{family.group}*NORTHFIELD*CLEARINGEX*20251231*1253*1*X*{family.version}"]


def isa(number: int) -> str:
    return f"ISA*00*          *00*          *ZZ*NORTHFIELD     *ZZ*CLEARINGEX     *251231*1253*^*00501*{number:09d}*0*T*:"


def small(kind: Kind, number: int, claims: int) -> bytes:
    """An interchange of one set; its claims are no other number's."""
    out = io.BytesIO()
    out.write(encode(envelope(kind, number)))
    write_set(out, kind, number, number * claims, lambda count, _: count >= claims)
    out.write(encode(["GE*1*1", f"IEA*1*{number:09d}"]))
    return out.getvalue()


def pieces(kind: Kind, count: int, claims: int, cache: Path = CACHE) -> list[Input]:
    """Small files, no two of them the same, of so many claims each."""
    folder = cache / "inputs" / f"{kind}-{claims}-claims-e{EDITION}"
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for number in range(1, count + 1):
        path = folder / f"{number}.x12"
        if not path.exists():
            path.with_suffix(".partial").write_bytes(small(kind, number, claims))
            path.with_suffix(".partial").replace(path)
        found.append(Input(path, path.stat().st_size, claims, 1, 0))
    return found


def write_file(out: IO[bytes], kind: Kind, size: int, layout: Layout) -> tuple[int, int, int, int]:
    """A whole interchange (one group). Returns size, claims, sets, segments."""
    if kind in NO_SETS:
        return NO_SETS[kind](out, size)
    done = out.write(encode(envelope(kind)))
    most: float = 1 if FAMILIES[kind].single else CLAIMS_PER_SET if layout == "many" else inf
    entries = items = sets = 0
    segments = 4
    while done < size:
        left = size - done

        def full(count: int, written: int, left: int = left) -> bool:
            return written >= left or count >= most

        sets += 1
        one = write_set(out, kind, sets, entries, full)
        done, entries, items, segments = done + one.size, entries + one.entries, items + one.items, segments + one.segments
    done += out.write(encode([f"GE*{sets}*1", "IEA*1*000000001"]))
    return done, items, sets, segments


def write_notes(out: IO[bytes], size: int) -> tuple[int, int, int, int]:
    """TA1s, one in ten that says no, each in an interchange of its own, as they come."""
    done = number = 0
    while done < size:
        number += 1
        verdict = "R*022" if number % 10 == 0 else "A*000"
        done += out.write(encode([isa(number), f"TA1*{scramble(number) % 10**9:09d}*251231*1253*{verdict}", f"IEA*0*{number:09d}"]))
    return done, number, 0, 3 * number


def write_messages(out: IO[bytes], size: int) -> tuple[int, int, int, int]:
    """HL7 v2 messages of all kinds in turn; the last count is of segments."""
    done = number = segments = 0
    while done < size:
        number += 1
        content = message(number)
        done, segments = done + out.write(content), segments + content.count(b"\r")
    return done, number, 0, segments


NO_SETS: dict[Kind, Callable[[IO[bytes], int], tuple[int, int, int, int]]] = {"ta1": write_notes, "hl7v2": write_messages}


def file(kind: Kind, megabytes: float, layout: Layout, cache: Path = CACHE) -> Input:
    """The file of that kind and size, written once and found again afterwards; a broken-off run leaves nothing that looks whole."""
    path = cache / "inputs" / f"{kind}-{megabytes:g}mb-{layout}-e{EDITION}.x12"
    notes = path.with_suffix(".json")
    if not notes.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        with partial.open("wb") as out:
            size, claims, sets, segments = write_file(out, kind, int(megabytes * 1_000_000), layout)
        partial.replace(path)
        notes.write_text(json.dumps({"size": size, "claims": claims, "sets": sets, "segments": segments}))
    return Input(path=path, **json.loads(notes.read_text()))
