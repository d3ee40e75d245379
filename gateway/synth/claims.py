"""837 transaction sets: submissions in, segments out (005010X222A1, X223A2, X224A2)."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from gateway.synth.catalog import DRGS, INPATIENT_PROCEDURES, NOTES, Site
from gateway.synth.identity import Clinician, Coverage, Organisation, day, phone
from gateway.synth.model import Claim, Decision, Line, Submission, money
from gateway.synth.segments import Item, Levels, born, clinician, organisation, payer, person, place
from parsers.x12.writer import Element, Segment

HUB = ("CLEARING EXAMPLE", "CLX900")


def body(site: Site, batch: str, sent: int, submissions: Iterable[Submission]) -> Iterator[Segment]:
    """Everything between ST and SE; submissions of one clinic must follow each other."""
    yield ["BHT", "0019", "00", batch, day(sent), "1023", "CH"]
    yield submitter(site)
    yield ["PER", "IC", "CLAIMS DESK", "TE", phone(42), "EX", "231"]
    yield organisation("40", HUB[0], "46", HUB[1])
    levels = Levels()
    for clinic, ours in groupby(submissions, key=lambda one: one.claim.clinic):
        yield levels.hl("20")
        billing = levels.last
        yield from _billing(clinic)
        for _, same in groupby(ours, key=lambda one: (one.claim.patient.medical_record, one.coverage.member_id)):
            several = list(same)
            yield levels.hl("22", billing, "1" if several[0].coverage.holder else "0")
            yield from _subscriber(several[0])
            if several[0].coverage.holder is not None:
                yield levels.hl("23", levels.last, "0")
                yield from _dependent(several[0])
            for one in several:
                yield from _claim(one)


def submitter(site: Site) -> Segment:
    return organisation("41", site.name, "46", f"{site.prefix}4711")


def clearing_number(one: Submission) -> str:
    """REF*D9."""
    return f"CLX{one.claim.number:011d}{one.frequency}"


def _billing(clinic: Organisation) -> Iterator[Segment]:
    yield ["PRV", "BI", "PXC", clinic.taxonomy]
    yield organisation("85", clinic.name, "XX", clinic.npi)
    yield from place(clinic.address)
    yield ["REF", "EI", clinic.tax]
    yield ["PER", "IC", "BILLING OFFICE", "TE", phone(17)]


def _sbr(order: str, self_or_other: str, coverage: Coverage, medicare_second: bool) -> Segment:
    return ["SBR", order, self_or_other, coverage.group, "", "12" if medicare_second else "", "", "", "", coverage.payer.filing]


def _medicare_second(claim: Claim, order: str, coverage: Coverage) -> bool:
    return order == "S" and coverage.payer.filing == "MB" and claim.kind != "837I"


def _subscriber(one: Submission) -> Iterator[Segment]:
    coverage, patient = one.coverage, one.claim.patient.person
    order = "P" if one.prior is None else "S"
    yield _sbr(order, "" if coverage.holder else "18", coverage, _medicare_second(one.claim, order, coverage))
    holder = coverage.holder or patient
    yield person("IL", holder, coverage.member_id)
    yield from place(holder.address)
    yield born(holder)
    yield payer("PR", coverage.payer)
    yield from place(coverage.payer.address)


def _dependent(one: Submission) -> Iterator[Segment]:
    patient = one.claim.patient.person
    yield ["PAT", one.coverage.relationship]
    yield person("QC", patient)
    yield from place(patient.address)
    yield born(patient)


def _claim(one: Submission) -> Iterator[Segment]:
    claim = one.claim
    predetermined = claim.scenario == "predetermination"
    kind = claim.kind
    facility = (claim.facility, "A" if kind == "837I" else "B", one.frequency)
    signed = "" if kind == "837I" else "Y"
    head: list[Element] = ["CLM", claim.control_number, money(claim.charge), "", "", facility, signed, "A", "Y", "Y"]
    if kind == "837P" and claim.variety % 13 == 0:
        head += ["", ("AA", "", "", claim.patient.person.address.state)]
    elif predetermined:
        head += [""] * 9 + ["PB"]
    yield Item(head, one)
    yield from _dates(claim, predetermined)
    if kind == "837I":
        yield ["CL1", "3" if claim.inpatient else "9", "1", "01"]
    elif kind == "837D" and claim.variety % 7 == 0:
        yield ["DN1", "24", "18"]
        yield ["DN2", "16", "M", "", "", "", "JP"]
    if claim.attachment:
        yield ["PWK", "OZ", "EL", "", "", "AC", claim.attachment]
    if claim.patient_paid:
        yield ["AMT", "F3" if kind == "837I" else "F5", money(min(claim.patient_paid, claim.charge))]
    yield from _references(one)
    if claim.variety % 10 == 1:
        yield ["NTE", "ADD", NOTES[claim.variety % len(NOTES)]]
    yield from _codes(claim)
    yield from _providers(claim)
    yield from _other_payer(one)
    for at, line in enumerate(claim.lines):
        yield from _line(one, at, line, predetermined)


def _dates(claim: Claim, predetermined: bool) -> Iterator[Segment]:
    if claim.kind == "837I":
        if claim.inpatient:
            yield ["DTP", "096", "TM", "1130"]
        yield ["DTP", "434", "RD8", f"{day(claim.admitted)}-{day(claim.day)}"]
        if claim.inpatient:
            yield ["DTP", "435", "DT", f"{day(claim.admitted)}0815"]
    elif claim.kind == "837D":
        if not predetermined:
            yield ["DTP", "472", "D8", day(claim.day)]
    elif claim.variety % 13 == 0:
        yield ["DTP", "439", "D8", day(claim.day - 2)]
    elif claim.variety % 5 == 0:
        yield ["DTP", "431", "D8", day(claim.day - 4)]


def _references(one: Submission) -> Iterator[Segment]:
    claim = one.claim
    if claim.authorization:
        yield ["REF", "G1", claim.authorization]
    if one.replaces:
        yield ["REF", "F8", one.replaces]
    yield ["REF", "D9", clearing_number(one)]
    if claim.kind != "837D":
        yield ["REF", "EA", claim.patient.medical_record]


def _codes(claim: Claim) -> Iterator[Segment]:
    if claim.kind == "837I":
        yield from _hospital_codes(claim)
        return
    if claim.kind == "837D" and claim.variety % 4:
        return
    first, *others = claim.diagnoses
    yield ["HI", ("ABK", first), *(("ABF", code) for code in others)]


def _hospital_codes(claim: Claim) -> Iterator[Segment]:
    first, *others = claim.diagnoses
    present = ("", "", "", "", "", "", "Y") if claim.inpatient else ()
    yield ["HI", ("ABK", first, *present)]
    yield ["HI", ("ABJ" if claim.inpatient else "APR", first)]
    if claim.variety % 8 == 0:
        yield ["HI", ("ABN", "W19XXXA", *present)]
    if claim.inpatient:
        yield ["HI", ("DR", drg(claim))]
    if others:
        yield ["HI", *(("ABF", code, *present) for code in others)]
    if claim.inpatient and claim.variety % 2:
        yield ["HI", ("BBR", INPATIENT_PROCEDURES[claim.variety % len(INPATIENT_PROCEDURES)], "D8", day(claim.admitted))]
    if claim.inpatient and claim.variety % 6 == 0:
        yield ["HI", ("BI", "74", "RD8", f"{day(claim.admitted)}-{day(claim.day)}")]
    if claim.variety % 3 == 0:
        yield ["HI", ("BH", "11", "D8", day(claim.admitted)), ("BH", "A3", "D8", day(claim.day))]
    if claim.variety % 4 == 0:
        yield ["HI", ("BE", "80", "", "", str(max(1, claim.day - claim.admitted)))]
    if claim.variety % 5 == 0:
        yield ["HI", ("BG", "09")]


def drg(claim: Claim) -> str:
    return DRGS[claim.variety % len(DRGS)]


def _clinician(code: str, one: Clinician, role: str = "") -> Iterator[Segment]:
    yield clinician(code, one)
    if role:
        yield ["PRV", role, "PXC", one.taxonomy]


def _providers(claim: Claim) -> Iterator[Segment]:
    if claim.kind == "837I":
        yield from _clinician("71", claim.clinician, "AT")
        if claim.inpatient and claim.variety % 2:
            yield from _clinician("72", claim.other_clinician)
        return
    if claim.kind == "837P" and claim.variety % 3 == 0:
        yield from _clinician("DN", claim.other_clinician)
    yield from _clinician("82", claim.clinician, "PE")
    if claim.kind == "837P" and claim.variety % 6 == 0:
        yield organisation("77", claim.clinic.name, "XX", claim.clinic.npi)
        yield from place(claim.clinic.address)


def _other_payer(one: Submission) -> Iterator[Segment]:
    """2320: the first payer and what it paid where this goes to the second, or the second payer where the first will forward."""
    prior, claim = one.prior, one.claim
    if prior is None and claim.scenario != "crossover":
        return
    order, coverage = ("P", prior.coverage) if prior else ("S", claim.patient.second)
    yield _sbr(order, coverage.relationship, coverage, _medicare_second(claim, order, coverage))
    if prior:
        yield ["AMT", "D", money(prior.paid)]
        if prior.patient_share:
            yield ["AMT", "EAF", money(prior.patient_share)]
    yield ["OI", "", "", "Y", "", "", "Y"]
    yield person("IL", coverage.holder or claim.patient.person, coverage.member_id)
    yield payer("PR", coverage.payer)
    if prior:
        yield ["REF", "F8", prior.payer_number]


def _line(one: Submission, at: int, line: Line, predetermined: bool) -> Iterator[Segment]:
    kind = one.claim.kind
    yield ["LX", str(at + 1)]
    if kind == "837I":
        yield ["SV2", line.revenue, line.composite, money(line.charge), "UN" if line.composite else "DA", str(line.units)]
    elif kind == "837D":
        yield ["SV3", line.composite, money(line.charge), "", "", "", str(line.units)]
        if line.tooth:
            yield ["TOO", "JP", line.tooth, line.surfaces]
    else:
        yield ["SV1", line.composite, money(line.charge), "UN", str(line.units), "", "", line.pointers]
    if kind != "837D" and (line.composite or kind == "837P"):
        yield ["DTP", "472", "D8", day(line.day)]
    yield ["REF", "6R", line.reference]
    if line.drug[0]:
        yield ["LIN", "", "N4", line.drug[0]]
        yield ["CTP", "", "", "", str(line.units), (line.drug[1],)]
    if one.prior is not None:
        yield from _prior_line(one.prior, at)


def _prior_line(prior: Decision, at: int) -> Iterator[Segment]:
    decided = prior.lines[at]
    line = decided.line
    yield ["SVD", prior.coverage.payer.id, money(decided.paid), line.composite, line.revenue, str(line.units)]
    groups: dict[str, list[str]] = {}
    for each in decided.adjustments:
        groups.setdefault(each.group, []).extend((each.carc, money(each.cents), ""))
    for group, triplets in groups.items():
        yield ["CAS", group, *triplets]
    yield ["DTP", "573", "D8", day(prior.claim.sent - 1)]
