"""What a site and its payers write to each other besides claims and remittances: members, questions and their answers, acknowledgements."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from gateway.synth import acknowledgements, attachments, authorizations, eligibility, members, status
from gateway.synth.catalog import Site
from gateway.synth.decisions import Decisions
from gateway.synth.files import Files, Found, Mail, Sheet, Written
from gateway.synth.model import Ask, Claim, Submission
from gateway.synth.truth import Book, place_of
from parsers.x12.writer import Segment

Body = Callable[[str, int, Sequence[Ask]], Iterator[Segment]]
_Covered = TypeVar("_Covered", Ask, members.Member)
Payments = dict[str, tuple[str, int]]
"""Trace number and day of the payment, by payer claim number."""


class Family(NamedTuple):
    """A kind of question and its answer: feed, guide tables, event kinds, bodies, and the letter that references begin with."""

    feed: str
    tables: tuple[str, str]
    kinds: tuple[str, str]
    question: Body
    answer: Body
    letter: str


class Asked(NamedTuple):
    """A set of questions: its number, what it asks, and where in the file each question is."""

    number: str
    asks: tuple[Ask, ...]
    places: list[Found]


ELIGIBILITY = Family(
    "eligibility", ("270", "271"), ("eligibility.requested", "eligibility.answered"), eligibility.question, eligibility.answer, "E"
)  # fmt: skip
AUTHORIZATION = Family(
    "authorizations", ("278-request", "278-response"), ("authorization.requested", "authorization.answered"), authorizations.question,
    authorizations.answer, "A",
)  # fmt: skip
STATUS = Family("status", ("276", "277"), ("claim.status.requested", "claim.status.answered"), status.question, status.answer, "S")


class Correspondence:
    def __init__(self, files: Files, book: Book) -> None:
        self._files, self._book = files, book

    # -- members

    def enrol(self, site: Site, on: int, found: Sequence[members.Member]) -> None:
        """One 834, a set for each payer."""
        lanes = _by_payer(found)
        numbers = [self._files.number() for _ in lanes]
        sheets = [Sheet(st, members.enrollment(f"M{st}", on, ours[0].coverage.payer, ours)) for st, ours in zip(numbers, lanes, strict=True)]
        for one in self._write(Mail(site, "members", on, inbound=True), "834", sheets):
            self._book.item("enrollment.changed", one, member=one.what.coverage.member_id, outcome=one.what.change)

    def pay_premiums(self, site: Site, on: int, found: Sequence[members.Member]) -> None:
        """One 820, a set for each payer."""
        sheets = []
        for ours in _by_payer(members.paying(found)):
            trace = f"PRM{(st := self._files.number())}"
            sheets.append(Sheet(st, members.premium(trace, on, ours[0].coverage.payer, ours), trace))
        for one in self._write(Mail(site, "members", on, inbound=True), "820", sheets):
            self._book.item("premium.paid", one, trace=one.what)

    # -- questions and answers

    def eligibility(self, site: Site, on: int, claims: Iterable[Claim]) -> None:
        asks = eligibility.in_order([Ask(claim, f"E{claim.number:09d}", eligibility.answer_to(claim)) for claim in claims])
        asked = self._ask(ELIGIBILITY, site, on, _by_payer(asks))
        self._answer(ELIGIBILITY, site, on, asked)

    def authorizations(self, site: Site, on: int, claims: Iterable[Claim]) -> None:
        """A set for each review. What is pended at first is decided some days later."""
        wanted = [(claim, authorizations.outcome_of(claim)) for claim in claims]
        final = {claim.number: outcome for claim, outcome in wanted if outcome}
        first = [Ask(claim, f"A{claim.number:09d}", "pended" if authorizations.is_pended(claim) else outcome) for claim, outcome in wanted if outcome]
        asked = self._ask(AUTHORIZATION, site, on, [[one] for one in first])
        self._answer(AUTHORIZATION, site, on + 1, asked)
        decided = [
            one._replace(asks=tuple(ask._replace(outcome=final[ask.claim.number]) for ask in one.asks))
            for one in asked
            if one.asks[0].outcome == "pended"
        ]
        self._answer(AUTHORIZATION, site, on + 4, decided)

    def status(self, site: Site, on: int, claims: Iterable[tuple[Claim, Decisions]], paid: Payments) -> None:
        """`claims` with what has been decided about each so far; of a claim in several parts nothing is asked."""
        asks = []
        for claim, decided in claims:
            if status.is_asked(claim) and len(decided) < 2:
                decision = decided[0] if decided else None
                trace, day = paid[decision.payer_number] if decision else ("", 0)
                asks.append(Ask(claim, f"S{claim.number:09d}", status.answer_to(claim, decision), decision, trace, day))
        asked = self._ask(STATUS, site, on, _by_payer(eligibility.in_order(asks)))
        self._answer(STATUS, site, on + 1, asked)

    def _ask(self, family: Family, site: Site, on: int, lanes: Sequence[Sequence[Ask]]) -> list[Asked]:
        asked = [Asked(self._files.number(), tuple(lane), []) for lane in lanes]
        by_number = {one.number: one for one in asked}
        sheets = [Sheet(one.number, family.question(f"{family.letter}{one.number}", on, one.asks)) for one in asked]
        for found in self._write(Mail(site, family.feed, on), family.tables[0], sheets):
            by_number[found.set].places.append(found)
            self._book.item(family.kinds[0], found, patient_control_number=found.what.claim.control_number, trace=found.what.trace)
        return asked

    def _answer(self, family: Family, site: Site, on: int, asked: Sequence[Asked]) -> None:
        """The reference of the question comes back with the answer."""
        sheets = [Sheet(self._files.number(), family.answer(f"{family.letter}{one.number}", on, one.asks)) for one in asked]
        places = iter([place for one in asked for place in one.places])
        for found in self._write(Mail(site, family.feed, on, inbound=True), family.tables[1], sheets):
            ask: Ask = found.what
            self._book.item(
                family.kinds[1], found, place_of(next(places)), patient_control_number=ask.claim.control_number, trace=ask.trace, outcome=ask.outcome
            )

    # -- attachments

    def attach(self, site: Site, on: int, claims: Iterable[Claim]) -> None:
        """One 275, a set for each claim that announces records."""
        sheets = []
        for claim in claims:
            if claim.attachment:
                number = self._files.number()
                sheets.append(Sheet(number, attachments.body(f"D{number}", on, claim), claim))
        for one in self._write(Mail(site, "attachments", on), "275", sheets):
            self._book.item("attachment.submitted", one, patient_control_number=one.what.control_number, trace=one.what.attachment)

    # -- acknowledgements

    def acknowledge(self, site: Site, sent: Written, submissions: dict[str, list[Submission]], later: bool) -> None:
        """TA1 and 999 on the day a claim file came, its 277CA a day later; `submissions` by set, each set's BHT03 is B and its number."""
        sheet = Sheet(self._files.number(), acknowledgements.functional(sent), sent)
        mail = Mail(site, "acknowledgements", sent.day, inbound=True)
        note, functional = self._files.write(mail, "999", [sheet], [acknowledgements.interchange(sent)]).found
        self._book.item("submission.acknowledged", note, {"file": sent.file, "interchange": sent.interchange})
        self._book.item("submission.acknowledged", functional, {"file": sent.file, "group": sent.group})
        on = sent.day + 1
        sheets = []
        for answered, ours in submissions.items():
            number = self._files.number()
            sheets.append(Sheet(number, acknowledgements.claims(site, f"T{number}", f"B{answered}", sent.day, on, ours, later), answered))
        places = {(found.set, found.what.claim.number): place_of(found) for found in sent.found}
        answered = ""
        for one in self._write(mail._replace(day=on), "277CA", sheets):
            if isinstance(one.what, str):
                answered = one.what
                self._book.item("submission.acknowledged", one, {"file": sent.file, "set": answered})
            else:
                outcome = "rejected" if acknowledgements.is_rejected(one.what, later) else "accepted"
                claim: Claim = one.what.claim
                self._book.item(
                    "claim.acknowledged", one, places[answered, claim.number], patient_control_number=claim.control_number, outcome=outcome
                )

    def _write(self, mail: Mail, table: str, sheets: Sequence[Sheet]) -> list[Found]:
        return self._files.write(mail, table, sheets).found if sheets else []


def _by_payer(items: Iterable[_Covered]) -> list[list[_Covered]]:
    lanes: dict[str, list[_Covered]] = {}
    for one in items:
        lanes.setdefault(one.coverage.payer.id, []).append(one)
    return [lanes[name] for name in sorted(lanes)]
