"""837P and 835 files of a wanted size, deterministic, kept in a cache folder. Everything in them is invented.

`file("837p", 10, "one")` gives about 10 MB (10^6 bytes) with all claims in one transaction set; layout `many` has 100 claims in each.
"""

import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import IO, Literal, NamedTuple

from bench import professional, remittance

Kind = Literal["837p", "835"]
Layout = Literal["one", "many"]
CACHE = Path(__file__).parent / ".cache"
CLAIMS_PER_SET = 100
SPOOL_IN_MEMORY = 4_000_000
EDITION = 1
"""Part of every file name: raise it when the same call would write other bytes."""


class Input(NamedTuple):
    """A generated file and what its writer counted in it."""

    path: Path
    size: int
    claims: int
    sets: int
    segments: int


class Written(NamedTuple):
    claims: int
    segments: int
    size: int


def head(kind: Kind, control: int, rng: Random, total: int) -> list[str]:
    return professional.head(control, rng) if kind == "837p" else remittance.head(control, rng, total)


def write_set(out: IO[bytes], kind: Kind, control: int, first: int, full: Callable[[int, int], bool]) -> Written:
    """One ST..SE. `full(claims, bytes)` says when to stop. The claims are spooled, since BPR02 stands before what it sums."""
    module = professional if kind == "837p" else remittance
    rng = Random(f"{kind} {control}")  # noqa: S311 - repeatable on purpose
    claims = segments = size = total = 0
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_IN_MEMORY) as spool:
        loops: Iterator[tuple[list[str], int]] = module.loops(rng, first)
        for parts, paid in loops:
            size += spool.write(encode(parts))
            segments += len(parts)
            claims += 1
            total += paid
            if full(claims, size):
                break
        after, adjusted = module.tail(control, rng)
        before = head(kind, control, rng, total - adjusted)
        segments += len(before) + len(after) + 1
        size += out.write(encode(before))
        spool.seek(0)
        shutil.copyfileobj(spool, out, 1 << 20)
    size += out.write(encode([*after, f"SE*{segments}*{control:04d}"]))
    return Written(claims, segments, size)


def encode(segments: list[str]) -> bytes:
    return ("~".join(segments) + "~").encode("ascii")


def envelope(kind: Kind, number: int = 1) -> list[str]:
    """ISA and GS of the interchange with this control number."""
    module = professional if kind == "837p" else remittance
    return [
        f"ISA*00*          *00*          *ZZ*NORTHFIELD     *ZZ*CLEARINGEX     *251231*1253*^*00501*{number:09d}*0*T*:",
        f"GS*{module.GROUP}*NORTHFIELD*CLEARINGEX*20251231*1253*1*X*{module.VERSION}",
    ]


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
    done = out.write(encode(envelope(kind)))
    claims = sets = 0
    segments = 4
    while done < size:
        left = size - done

        def full(count: int, written: int, left: int = left) -> bool:
            return written >= left or (layout == "many" and count >= CLAIMS_PER_SET)

        sets += 1
        one = write_set(out, kind, sets, claims, full)
        done, claims, segments = done + one.size, claims + one.claims, segments + one.segments
    done += out.write(encode([f"GE*{sets}*1", "IEA*1*000000001"]))
    return done, claims, sets, segments


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
