"""What comes back for a claim file: TA1, 999 (005010X231A1) and 277CA (005010X214)."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from gateway.synth.catalog import REJECTIONS, Site
from gateway.synth.claims import HUB, clearing_number, submitter
from gateway.synth.decisions import payer_number
from gateway.synth.files import CLOCK, VERSIONS, Written
from gateway.synth.identity import day
from gateway.synth.model import Submission, money
from gateway.synth.segments import Item, Levels, clinic, organisation, person
from parsers.x12.writer import Segment

_BATCH, _PROVIDER = ("90", "AA"), ("QA", "QC")
"""QTY01 of accepted and of rejected claims, by level."""


def is_rejected(one: Submission, later: bool) -> bool:
    """Whether the claim is returned before it is decided on: the first time only."""
    return one.claim.scenario == "rejected" and not later


def interchange(sent: Written) -> Segment:
    """The TA1 of a file that was accepted."""
    return Item(["TA1", f"{sent.interchange:09d}", day(sent.day)[2:], CLOCK, "A", "000"], sent)


def functional(sent: Written) -> Iterator[Segment]:
    """A 999 between ST and SE: every set was accepted."""
    version = VERSIONS[sent.guide]
    yield ["AK1", "HC", str(sent.group), version]
    for number in sent.sets:
        yield ["AK2", "837", number, version]
        yield ["IK5", "A"]
    count = str(len(sent.sets))
    yield ["AK9", "A", count, count, count]


def claims(site: Site, reference: str, answered: str, sent: int, on: int, submissions: Sequence[Submission], later: bool) -> Iterator[Segment]:
    """A 277CA between ST and SE for the set whose BHT03 was `answered`; submissions of one clinic follow each other."""
    yield ["BHT", "0085", "08", reference, day(on), "0700", "TH"]
    levels = Levels()
    yield levels.hl("20")
    yield organisation("AY", HUB[0], "46", HUB[1])
    yield ["TRN", "1", reference]
    yield ["DTP", "050", "D8", day(sent)]
    yield ["DTP", "009", "D8", day(on)]
    yield levels.hl("21", 1)
    yield submitter(site)
    yield ["TRN", "2", answered]
    yield from _totals(_BATCH, day(on), submissions, later)
    for ours, same in groupby(submissions, key=lambda one: one.claim.clinic):
        several = list(same)
        yield levels.hl("19", 2)
        yield clinic("85", ours)
        yield ["TRN", "1", "0"]
        yield from _totals(_PROVIDER, "", several, later)
        provider = levels.last
        for one in several:
            yield levels.hl("PT", provider, "")
            yield from _claim(one, on, is_rejected(one, later))


def _totals(counts: tuple[str, str], on: str, submissions: Sequence[Submission], later: bool) -> Iterator[Segment]:
    """What was accepted and what was not, in number and in money; `counts` qualify the numbers."""
    charges: dict[bool, list[int]] = {False: [], True: []}
    for one in submissions:
        charges[is_rejected(one, later)].append(one.claim.charge)
    yield ["STC", ("A1", "19", "PR"), on, "WQ", money(sum(map(sum, charges.values())))]
    for qualifier, rejected in zip(counts, charges, strict=True):
        if charges[rejected]:
            yield ["QTY", qualifier, str(len(charges[rejected]))]
    for qualifier, rejected in zip(("YU", "YY"), charges, strict=True):
        if charges[rejected]:
            yield ["AMT", qualifier, money(sum(charges[rejected]))]


def _claim(one: Submission, on: int, rejected: bool) -> Iterator[Segment]:
    claim = one.claim
    yield person("QC", claim.patient.person, one.coverage.member_id)
    yield Item(["TRN", "2", claim.control_number], one)
    status = REJECTIONS[claim.variety % len(REJECTIONS)] if rejected else ("A2", "20", "PR")
    yield ["STC", status, day(on), "U" if rejected else "WQ", money(claim.charge)]
    if not rejected:
        yield ["REF", "1K", payer_number(claim, "S" if one.prior else "R" if one.replaces else "")]
    yield ["REF", "D9", clearing_number(one)]
    if claim.kind == "837I":
        yield ["REF", "BLT", f"{claim.facility}{one.frequency}"]
    single = claim.admitted == claim.day
    yield ["DTP", "472", "D8", day(claim.day)] if single else ["DTP", "472", "RD8", f"{day(claim.admitted)}-{day(claim.day)}"]
