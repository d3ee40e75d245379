"""The bytes of one acknowledgement: the received envelope turned round, and inside it a TA1, the groups of a 999 or 997, or a 277CA."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice

from parsers.x12.acknowledgements.claims import Answered, Source, keeper
from parsers.x12.acknowledgements.functional import Group as AnsweredGroup
from parsers.x12.acknowledgements.functional import Style
from parsers.x12.acknowledgements.places import digits, fitted
from parsers.x12.acknowledgements.profile import Findings, Numbers, Profile, Wanted
from parsers.x12.acknowledgements.received import Mark, answerable, application_ids, interchange, is_claims
from parsers.x12.acknowledgements.results import ByOffset
from parsers.x12.delimiters import ISA_WINDOW, read_isa
from parsers.x12.plan import Control, ReadAt, SetPlan
from parsers.x12.writer import Group, Interchange, Segment, Set, encoder
from parsers.x12.writer import write as write_interchange
from schemas.codes.acknowledgement import answer_to
from schemas.envelope import Finding
from schemas.x12 import guide

_USAGES = ("P", "T", "I")


def write(wanted: Wanted, read_at: ReadAt, size: int, findings: Findings, profile: Profile, numbers: Numbers, at: datetime) -> Iterator[bytes]:
    """The bytes of a whole interchange, segment by segment. The same arguments give the same bytes.

    `findings` are those that `wanted` was made from, `at` is the moment it is dated with. ValueError for a profile that no interchange can be
    written under.
    """
    reply = _Reply(wanted, read_at, min(size, wanted.end), findings, profile, numbers, at)
    groups: Iterator[Group] = iter(())
    if wanted.kind == "277CA":
        groups = reply.claim_groups()
    elif wanted.kind != "TA1":
        groups = reply.functional_groups()
    parts = write_interchange(reply.envelope(), groups, reply.delimiters, profile.newline)
    yield next(parts)
    if wanted.kind == "TA1" or wanted.leads:
        yield encoder(reply.delimiters, profile.newline)(reply.note())
    yield from parts


class _Findings:
    """The findings of one interchange; can be gone through again."""

    def __init__(self, findings: Findings, wanted: Wanted) -> None:
        self._findings, self._first, self._last = findings, wanted.first, wanted.last

    def __iter__(self) -> Iterator[Finding]:
        return islice(iter(self._findings), self._first, self._last)


class _Reply:
    """One interchange being answered."""

    def __init__(self, wanted: Wanted, read_at: ReadAt, size: int, findings: Findings, profile: Profile, numbers: Numbers, at: datetime) -> None:
        self.wanted, self.read_at, self.size = wanted, read_at, size
        self.profile, self.numbers, self.at = profile, numbers, at
        self.findings = _Findings(findings, wanted)
        read = read_isa(read_at(wanted.answers, ISA_WINDOW))
        if read is None:
            raise ValueError("there is no interchange where the acknowledgement says one was received")
        self.isa = Control(wanted.answers, ("ISA", *read.elements))
        self.delimiters = profile.marks if profile.delimiters else read.delimiters
        self.day, self.clock = f"{at:%Y%m%d}", f"{at:%H%M}"

    # -- envelope

    def envelope(self) -> Interchange:
        """The received ISA turned round, where the profile does not say otherwise."""
        profile, isa, marks = self.profile, self.isa, self.delimiters
        usage = profile.usage or isa.get(15)
        return Interchange(
            sender=profile.sender or fitted(isa.get(8), marks, 0, 15),
            receiver=profile.receiver or fitted(isa.get(6), marks, 0, 15),
            date=self.day[2:],
            time=self.clock,
            control_number=self.numbers.interchange,
            usage=usage if usage in _USAGES else "T",
            sender_qualifier=profile.sender_qualifier or fitted(isa.get(7), marks, 2, 2, "Z"),
            receiver_qualifier=profile.receiver_qualifier or fitted(isa.get(5), marks, 2, 2, "Z"),
        )

    def note(self) -> Segment:
        """The TA1."""
        isa, marks = self.isa, self.delimiters
        day, clock = fitted(isa.get(9), marks, 6, 6), fitted(isa.get(10), marks, 4, 4)
        return ("TA1", digits(isa.get(13), 9).zfill(9), day, clock, self.wanted.status, self.wanted.note)

    def _group(self, name: str, gs: Control, number: int, sets: Iterator[Set], version: str = "") -> Group:
        profile, marks = self.profile, self.delimiters
        sender, receiver = application_ids(gs)
        return Group(
            guide(name),
            profile.application_sender or fitted(receiver, marks, 2, 15),
            profile.application_receiver or fitted(sender, marks, 2, 15),
            self.day,
            self.clock,
            number,
            sets,
            version,
        )

    def _marks(self) -> Iterator[Mark]:
        return interchange(self.read_at, self.wanted.answers, self.size)

    def _set_number(self, number: int) -> str:
        return f"{self.numbers.set + number:04d}"

    # -- 999 and 997

    def functional_groups(self) -> Iterator[Group]:
        """Received groups in order; those with equal GS02 and GS03 that follow each other are answered in one group."""
        name = self.wanted.kind
        version = self.profile.version_997 if name == "997" else ""
        run = _Run(self, Style(name == "999", self.delimiters))
        number = 0
        while run.gs is not None:
            gs = run.gs
            yield self._group(name, gs, self.numbers.group + number, run.sets(application_ids(gs)), version)
            number += 1

    def group_codes(self) -> dict[int, list[str]]:
        """AK905 codes by the byte offset of the GS or GE that they are about."""
        codes: dict[int, list[str]] = {}
        for finding in self.findings:
            code = answer_to(finding.code).group if finding.scope == "group" else ""
            if code and finding.location.offset is not None:
                codes.setdefault(finding.location.offset, []).append(code)
        return codes

    # -- 277CA

    def claim_groups(self) -> Iterator[Group]:
        """One group with a set for each received 837 set."""
        sets = (mark for mark in self._marks() if isinstance(mark, SetPlan) and is_claims(self.read_at, mark))
        first = next(sets)
        assert first.gs is not None
        yield self._group("277CA", first.gs, self.numbers.group, self._claim_sets(chain((first,), sets)))

    def _claim_sets(self, plans: Iterator[SetPlan]) -> Iterator[Set]:
        readings = ByOffset(self.findings), ByOffset(self.findings), ByOffset(self.findings)
        for number, plan in enumerate(plans):
            source = self._source(number)
            yield Set(self._set_number(number), Answered(self.read_at, plan, readings, self.profile, source, self.delimiters).body())

    def _source(self, number: int) -> Source:
        """The information source: the receiver of the claims, unless the profile names another."""
        kept = keeper(self.delimiters)
        profile = self.profile
        who = kept(profile.source_id or profile.sender or self.isa.get(8), 80) or "00"
        reference = f"{self.numbers.interchange:09d}.{self.numbers.set + number}"
        return Source(kept(profile.source_name, 60) or who, who, reference, self.at)


class _Run:
    """The groups of a received interchange as they are answered: the writer takes sets one by one, and `gs` is the group to answer next."""

    def __init__(self, reply: _Reply, style: Style) -> None:
        self._reply, self._style = reply, style
        self._marks = reply._marks()
        self._codes = reply.group_codes()
        self._findings = ByOffset(reply.findings)
        self._number = 0
        self.gs: Control | None = None
        self._advance()

    def _advance(self) -> None:
        """To the next group that is answered."""
        self.gs = next((mark for mark in self._marks if isinstance(mark, Control) and mark.elements[0] == "GS" and answerable(mark)), None)

    def sets(self, ids: tuple[str, str]) -> Iterator[Set]:
        while self.gs is not None and application_ids(self.gs) == ids:
            number, self._number = self._number, self._number + 1
            yield Set(self._reply._set_number(number), self._body(self.gs))

    def _body(self, gs: Control) -> Iterator[Segment]:
        reply = self._reply
        group = AnsweredGroup(reply.read_at, gs, self._codes.get(gs.offset, []), self._style, reply.profile.most_segments, reply.wanted.doubt)
        yield group.opening()
        ge: Control | None = None
        following: Control | None = None
        for mark in self._marks:
            if isinstance(mark, SetPlan):
                if mark.gs is not None and mark.st.elements[0] == "ST":
                    yield from group.answer(mark, self._findings)
            elif isinstance(mark, Control):
                ge = mark if mark.elements[0] == "GE" else None
                following = mark if mark.elements[0] == "GS" else None
                break
        if ge is not None:
            group.codes.update(dict.fromkeys(self._codes.get(ge.offset, [])))
        yield group.closing(ge)
        if following is not None and answerable(following):
            self.gs = following
        else:
            self._advance()
