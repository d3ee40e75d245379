"""Writes a world: claim files, the remittances that answer them, and the truth about both.

    DIR/<site>/claims/837p-0001.x12  DIR/<site>/remits/835-0001.x12     test traffic (ISA15 T), every control number once in the world
    DIR/truth.jsonl     a line per claim: its CLMs and CLPs with file and byte offset, scenario, amounts, outcomes, what reverses what
    DIR/remits.jsonl    a line per payment with its provider adjustments
    DIR/truth.json      totals

The same claims and seed give the same bytes. The work goes in batches of a few hundred claims, so memory does not grow with the world.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from random import Random
from typing import IO, NamedTuple

from gateway.synth import claims as claim_sets
from gateway.synth import remits, truth
from gateway.synth.catalog import STREAMS, Site, Stream
from gateway.synth.decisions import DECK, Decisions, Story, story
from gateway.synth.encounters import claim
from gateway.synth.identity import day
from gateway.synth.model import Claim, Submission, decimal
from gateway.synth.remits import Adjustments, Remittance, adjust
from parsers.x12.writer import Group, Interchange, Set, write
from schemas.x12 import guide

Progress = Callable[[int, int], None]

CLAIMS_PER_FILE = 250
CLAIMS_PER_SET = 100
VERSIONS = {"837P": "005010X222A1", "837I": "005010X223A2", "837D": "005010X224A2", "835": "005010X221A1"}
_FIRST_DAY, _SPAN = 60, 580
_FIRST_ANSWER, _SECOND_SUBMISSION, _SECOND_ANSWER = 14, 21, 35
_HUB_ID = "CLEARINGEX"


class Summary(NamedTuple):
    """What was written: claims asked for, CLMs, CLPs, payments, files and bytes."""

    claims: int
    submitted: int
    adjudicated: int
    remittances: int
    files: int
    bytes: int


class Batch(NamedTuple):
    """Claims of one stream that are billed on one day."""

    stream: Stream
    day: int
    claims: int


def write_world(claims: int, seed: int, out: Path, progress: Progress | None = None) -> Summary:
    """Writes a world into `out`; `progress(done, total)` counts claims. FileExistsError where `out` is not an empty or a new folder."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"{out} is not empty")
    out.mkdir(parents=True, exist_ok=True)
    with (out / "truth.jsonl").open("w", encoding="ascii") as per_claim, (out / "remits.jsonl").open("w", encoding="ascii") as per_payment:
        writer = _Writer(seed, out, per_claim, per_payment)
        done = 0
        for batch in _batches(claims):
            writer.batch(batch)
            done += batch.claims
            if progress is not None:
                progress(done, claims)
    return writer.close(claims)


def _batches(claims: int) -> Iterator[Batch]:
    """Rounds over the streams, so that all sites live through the same time; shares are exact to one claim."""
    total = sum(stream.share for stream in STREAMS)
    ends = [0]
    for stream in STREAMS:
        ends.append(ends[-1] + stream.share)
    wanted = [claims * ends[at + 1] // total - claims * ends[at] // total for at in range(len(STREAMS))]
    rounds = max(1, -(-max(wanted) // CLAIMS_PER_FILE))
    for turn in range(rounds):
        for stream, share in zip(STREAMS, wanted, strict=True):
            size = share * (turn + 1) // rounds - share * turn // rounds
            if size:
                yield Batch(stream, _FIRST_DAY + turn * _SPAN // rounds, size)


class _Writer:
    """The state of a world in the making: the counters behind control numbers, what payers are owed, and totals."""

    def __init__(self, seed: int, out: Path, per_claim: IO[str], per_payment: IO[str]) -> None:
        self.seed, self.out = seed, out
        self.rng = Random(f"world {seed}")  # noqa: S311 - repeatable on purpose
        self.per_claim, self.per_payment = per_claim, per_payment
        self.totals = truth.Totals()
        self.number, self.isa, self.gs, self.st, self.trace = count(1), count(1), count(1), count(1), count(1)
        self.names: dict[str, Iterator[int]] = {}
        self.deck: list[str] = []
        self.owed: dict[tuple[str, str], Adjustments] = {}
        self.bytes = 0

    def batch(self, batch: Batch) -> None:
        stories = [story(self.rng, one) for one in self._claims(batch)]
        records = {one.sent[0].claim.number: truth.of_claim(one.sent[0].claim) for one in stories}
        site = batch.stream.site
        self._submit(batch, batch.day, [one for each in stories for one in each.sent], records)
        self._answer(site, batch.day + _FIRST_ANSWER, _decisions(stories, later=False), records)
        self._submit(batch, batch.day + _SECOND_SUBMISSION, [one for each in stories for one in each.sent_later], records)
        self._answer(site, batch.day + _SECOND_ANSWER, _decisions(stories, later=True), records)
        for record in records.values():
            self.totals.claim(truth.outcomes(record))
            _line(self.per_claim, record)

    def close(self, claims: int) -> Summary:
        left = {f"{payer}/{npi}": decimal(sum(each.cents for each in owed)) for (payer, npi), owed in sorted(self.owed.items()) if owed}
        found = {"seed": self.seed, **self.totals.to_json(), "bytes": self.bytes, "left_to_recover": left}
        (self.out / "truth.json").write_text(json.dumps(found, indent=1) + "\n", encoding="ascii")
        counts = self.totals.counts
        return Summary(claims, counts["submitted"], counts["adjudicated"], counts["remittances"], counts["files"], self.bytes)

    def _claims(self, batch: Batch) -> Iterator[Claim]:
        stream = batch.stream
        for _ in range(batch.claims):
            if not self.deck:
                self.deck = [name for name, cards in DECK.items() for _ in range(cards)]
                self.rng.shuffle(self.deck)
            scenario = self.deck.pop()
            if stream.kind == "837D" and scenario == "capitated":
                scenario = "predetermination"
            yield claim(self.rng, self.seed, next(self.number), stream.site, stream.kind, scenario, batch.day)

    def _submit(self, batch: Batch, on: int, submissions: list[Submission], records: dict[int, truth.Record]) -> None:
        if not submissions:
            return
        site, kind = batch.stream.site, batch.stream.kind
        submissions.sort(key=lambda one: (one.claim.clinic.npi, one.claim.number))
        cut = [submissions[start : start + CLAIMS_PER_SET] for start in range(0, len(submissions), CLAIMS_PER_SET)]
        numbers = [f"{next(self.st):09d}" for _ in cut]
        sets = (Set(st, claim_sets.body(site, f"B{st}", on, part)) for st, part in zip(numbers, cut, strict=True))
        name, offsets = self._file(site, "claims", kind.lower(), on, kind, sets, b"CLM*")
        control_numbers = (st for st, part in zip(numbers, cut, strict=True) for _ in part)
        for one, offset, st in zip(submissions, offsets, control_numbers, strict=True):
            self.totals.submission(one)
            records[one.claim.number]["submissions"].append(truth.of_submission(one, name, offset, st))

    def _answer(self, site: Site, on: int, decisions: Decisions, records: dict[int, truth.Record]) -> None:
        if not decisions:
            return
        payments = [(f"{next(self.st):09d}", one) for one in self._payments(on, decisions)]
        sets = (Set(st, remits.body(one)) for st, one in payments)
        name, found = self._file(site, "remits", "835", on, "835", sets, b"CLP*", b"ST*8")
        offsets = iter(found)
        for st, payment in payments:
            self.totals.remittance(payment)
            _line(self.per_payment, truth.of_remittance(payment, name, next(offsets), st))
            for one in payment.decisions:
                self.totals.decision(one)
                earlier = records[one.claim.number]["adjudications"]
                earlier.append(truth.of_decision(one, earlier, name, next(offsets), st, payment.trace))

    def _payments(self, on: int, decisions: Decisions) -> Iterator[Remittance]:
        """One payment per payer and clinic."""
        lanes: dict[tuple[str, str], list[int]] = {}
        for at, one in enumerate(decisions):
            lanes.setdefault((one.coverage.payer.id, one.claim.clinic.npi), []).append(at)
        for lane, places in sorted(lanes.items()):
            ours = tuple(decisions[at] for at in places)
            trace = f"EFT{next(self.trace):09d}"
            adjustments, self.owed[lane] = adjust(ours, trace, self.owed.get(lane, ()))
            yield Remittance(ours[0].coverage.payer, ours[0].claim.clinic, on, trace, ours, adjustments)

    def _file(self, site: Site, feed: str, stem: str, on: int, table: str, sets: Iterable[Set], *marks: bytes) -> tuple[str, list[int]]:
        """Writes one interchange; returns its name and the offsets of the segments that start with a mark."""
        at = next(self.names.setdefault(f"{site.id}/{stem}", count(1)))
        name = f"{site.id}/{feed}/{stem}-{at:04d}.x12"
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        own, hub = site.id.upper(), _HUB_ID
        sender, receiver = (hub, own) if feed == "remits" else (own, hub)
        date = day(on)
        group = Group(guide(table), sender, receiver, date, "1023", next(self.gs), sets, VERSIONS[table])
        offsets: list[int] = []
        offset = 0
        with path.open("wb") as file:
            for segment in write(Interchange(sender, receiver, date[2:], "1023", next(self.isa)), [group], newline="\n"):
                if segment.startswith(marks):
                    offsets.append(offset)
                offset += file.write(segment)
        self.bytes += offset
        self.totals.counts["files"] += 1
        return name, offsets


def _decisions(stories: list[Story], later: bool) -> Decisions:
    return tuple(one for each in stories for one in (each.decided_later if later else each.decided))


def _line(file: IO[str], record: truth.Record) -> None:
    file.write(json.dumps(record, separators=(",", ":")) + "\n")
