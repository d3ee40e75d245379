"""Writes a world: everything that passes between a few sites and their payers, and the truth about it.

    DIR/<site>/members/834-0001.x12, 820-0001.x12               who is covered, and the premiums for it
    DIR/<site>/eligibility/270-0001.x12, 271-0001.x12           asked before the visit, and answered
    DIR/<site>/authorizations/278-request-0001.x12, ...         reviews before the service, and what was decided
    DIR/<site>/claims/837p-0001.x12                             claims
    DIR/<site>/attachments/275-0001.x12                         records that claims announce
    DIR/<site>/acknowledgements/999-0001.x12, 277ca-0001.x12    TA1 and 999 of the claim files, and what became of each claim at the door
    DIR/<site>/status/276-0001.x12, 277-0001.x12                where is my claim
    DIR/<site>/remits/835-0001.x12                              what was paid
    DIR/<site>/visits/hl7v2-0001.hl7                            the visits behind the claims as HL7 v2 messages, where they are asked for
    DIR/truth.jsonl     a line per claim: its CLMs and CLPs with file and byte offset, scenario, amounts, outcomes, what reverses what
    DIR/remits.jsonl    a line per payment with its provider adjustments
    DIR/exchanges.jsonl a line per item of all other files: event kind, file and byte offset, outcome, and the place of what it answers
    DIR/messages.jsonl  a line per HL7 v2 message: type, control id, file and byte offset, patient, account and visit, and the events it shall make
    DIR/<site>/dialects/line-feeds.hl7, ...                     HL7 v2 that is odd or wrong, where it is asked for
    DIR/dialects.jsonl  a line per such file: what is found in it, what a site says so that it is read as meant, and its messages
    DIR/truth.json      totals

It is test traffic (ISA15 T), and every control number comes once in the world; interchange control numbers go up in the order of writing.
The same claims and seed give the same bytes. The work goes in batches of a few hundred claims, so memory does not grow with the world.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import count, groupby
from pathlib import Path
from random import Random
from typing import NamedTuple

from gateway.synth import claims as claim_sets
from gateway.synth import members, remits, truth
from gateway.synth.acknowledgements import is_rejected
from gateway.synth.catalog import STREAMS, Site, Stream
from gateway.synth.correspondence import Correspondence, Payments
from gateway.synth.decisions import DECK, Decisions, Story, story
from gateway.synth.encounters import claim
from gateway.synth.files import Files, Mail, Sheet
from gateway.synth.model import Claim, Submission
from gateway.synth.v2.broken import write_dialects
from gateway.synth.v2.files import Visits

Progress = Callable[[int, int], None]
Records = dict[int, truth.Record]

CLAIMS_PER_FILE = 250
CLAIMS_PER_SET = 100
_FIRST_DAY, _SPAN = 60, 580
_ENROLLED, _PREMIUMS, _ASKED = -30, -25, -20
_ATTACHED, _FIRST_ANSWER, _REINSTATED, _STATUS, _SECOND_SUBMISSION, _SECOND_ANSWER = 1, 14, 16, 18, 21, 35
"""Days from that on which a batch of claims is billed."""


class Summary(NamedTuple):
    """What was written: claims asked for, CLMs, CLPs, payments, HL7 v2 messages, events that all items make, files and bytes."""

    claims: int
    submitted: int
    adjudicated: int
    remittances: int
    messages: int
    events: int
    files: int
    bytes: int


class Batch(NamedTuple):
    """Claims of one stream that are billed on one day."""

    stream: Stream
    day: int
    claims: int


def write_world(claims: int, seed: int, out: Path, progress: Progress | None = None, visits: str = "", odd: bool = False) -> Summary:
    """Writes a world into `out`; `progress(done, total)` counts claims. FileExistsError where `out` is not an empty or a new folder.

    `visits`: those of the claims as HL7 v2, too, as `single`, `many` or `batch`; `odd`: and HL7 v2 in every dialect. The X12 files are the same with
    and without them.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"{out} is not empty")
    out.mkdir(parents=True, exist_ok=True)
    with truth.Book(out) as book, Visits(out, visits, book.totals) if visits else nullcontext() as messages:
        writer = _Writer(seed, out, book, messages)
        done = 0
        for _, turn in groupby(_batches(claims), key=lambda batch: batch.day):
            for batch in turn:
                writer.batch(batch)
                done += batch.claims
                if progress is not None:
                    progress(done, claims)
            writer.end_turn()
        if odd:
            writer.files.add(*write_dialects(seed, out))
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
    """The state of a world in the making."""

    def __init__(self, seed: int, out: Path, book: truth.Book, visits: Visits | None) -> None:
        self.seed, self.book, self.visits = seed, book, visits
        self.files = Files(out)
        self.letters = Correspondence(self.files, book)
        self.ledger = remits.Ledger()
        self.rng = Random(f"world {seed}")  # noqa: S311 - repeatable on purpose
        self.number = count(1)
        self.deck: list[str] = []
        self.last_patient = ""

    def batch(self, batch: Batch) -> None:
        stories = [story(self.rng, one) for one in self._claims(batch)]
        claims = [one.sent[0].claim for one in stories]
        records = {one.number: truth.of_claim(one) for one in claims}
        site, day = batch.stream.site, batch.day
        self._before_visits(site, day, claims)
        self._submit(batch, day, [one for each in stories for one in each.sent], records, later=False)
        self.letters.attach(site, day + _ATTACHED, claims)
        paid = self._pay(site, day + _FIRST_ANSWER, _decisions(stories, later=False), records)
        self.letters.enrol(site, day + _REINSTATED, members.reinstated(claims))
        self.letters.status(site, day + _STATUS, [(each.sent[0].claim, each.decided) for each in stories], paid)
        self._submit(batch, day + _SECOND_SUBMISSION, [one for each in stories for one in each.sent_later], records, later=True)
        self._pay(site, day + _SECOND_ANSWER, _decisions(stories, later=True), records)
        for record in records.values():
            self.book.claim(record)
        if self.visits is not None:
            self.visits.add(site, claims)

    def end_turn(self) -> None:
        """All sites have billed what there is of this day."""
        if self.visits is not None:
            self.files.add(*self.visits.write())

    def close(self, claims: int) -> Summary:
        files = self.files
        self.book.totals.counts["files"] = files.files
        self.book.close(seed=self.seed, bytes=files.bytes, left_to_recover=self.ledger.owed())
        counts = self.book.totals.counts
        return Summary(
            claims, counts["submitted"], counts["adjudicated"], counts["remittances"], counts["messages"], counts["events"], files.files, files.bytes
        )  # fmt: skip

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

    def _before_visits(self, site: Site, day: int, claims: list[Claim]) -> None:
        """A patient who came at the end of the batch before is enrolled already."""
        new = [one for one in claims if one.patient.first.member_id != self.last_patient]
        self.last_patient = claims[-1].patient.first.member_id
        enrolled = members.enrolled(new)
        self.letters.enrol(site, day + _ENROLLED, enrolled)
        self.letters.pay_premiums(site, day + _PREMIUMS, enrolled)
        self.letters.eligibility(site, day + _ASKED, claims)
        self.letters.authorizations(site, day + _ASKED, claims)

    def _submit(self, batch: Batch, on: int, submissions: list[Submission], records: Records, later: bool) -> None:
        if not submissions:
            return
        site, kind = batch.stream.site, batch.stream.kind
        submissions.sort(key=lambda one: (one.claim.clinic.npi, one.claim.number))
        cut = [submissions[start : start + CLAIMS_PER_SET] for start in range(0, len(submissions), CLAIMS_PER_SET)]
        parts = {self.files.number(): part for part in cut}
        sheets = [Sheet(st, claim_sets.body(site, f"B{st}", on, part)) for st, part in parts.items()]
        written = self.files.write(Mail(site, "claims", on), kind, sheets)
        for found in written.found:
            one: Submission = found.what
            self.book.totals.submission(one)
            records[one.claim.number]["submissions"].append(truth.of_submission(one, found, is_rejected(one, later)))
        self.letters.acknowledge(site, written, parts, later)

    def _pay(self, site: Site, on: int, decisions: Decisions, records: Records) -> Payments:
        """Remittances; the payments by payer claim number."""
        if not decisions:
            return {}
        payments = [Sheet(self.files.number(), remits.body(one), one) for one in self.ledger.payments(on, decisions)]
        paid: Payments = {}
        payment: remits.Remittance | None = None
        for found in self.files.write(Mail(site, "remits", on, inbound=True), "835", payments).found:
            if isinstance(found.what, remits.Remittance):
                payment = found.what
                self.book.payment(payment, found)
                continue
            assert payment is not None
            one = found.what
            self.book.totals.decision(one)
            paid[one.payer_number] = payment.trace, on
            earlier = records[one.claim.number]["adjudications"]
            earlier.append(truth.of_decision(one, earlier, found, payment.trace))
        return paid


def _decisions(stories: list[Story], later: bool) -> Decisions:
    return tuple(one for each in stories for one in (each.decided_later if later else each.decided))
