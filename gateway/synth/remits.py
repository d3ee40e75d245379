"""835 transaction sets (005010X221A1): what one payer pays one clinic on one day, balanced at line, claim and payment."""

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from gateway.synth.claims import drg
from gateway.synth.identity import Organisation, Payer, day, phone
from gateway.synth.model import Adjustment, Claim, Decided, Decision, decimal, money
from gateway.synth.segments import Item, clinician, payer, person, place
from parsers.x12.writer import Element, Segment


class ProviderAdjustment(NamedTuple):
    """One PLB pair: positive cents lower the payment."""

    code: str
    reference: str
    cents: int


Adjustments = tuple[ProviderAdjustment, ...]


class Remittance(NamedTuple):
    """One ST: a payment. `trace` is TRN02."""

    payer: Payer
    clinic: Organisation
    day: int
    trace: str
    decisions: tuple[Decision, ...]
    provider_adjustments: Adjustments

    @property
    def claims_paid(self) -> int:
        return sum(one.paid for one in self.decisions)

    @property
    def amount(self) -> int:
        return self.claims_paid - sum(one.cents for one in self.provider_adjustments)


def adjust(decisions: tuple[Decision, ...], trace: str, owed: Adjustments) -> tuple[Adjustments, Adjustments]:
    """The provider adjustments of a payment, and those it leaves for the next payment of the same payer to the same clinic.

    Interest (L6) raises the payment. Money of a reversal that the provider had sent back is given credit for by 72; where the recovery is put off,
    WO with a minus sign holds it back now and WO takes it next time. A total below zero is carried forward by FB with a minus sign and taken up
    by FB next time, so that no payment is negative.
    """
    made, later = list(owed), []
    for one in decisions:
        if one.interest:
            made.append(ProviderAdjustment("L6", one.payer_number, -one.interest))
        if one.settlement == "returned" and one.paid:
            made.append(ProviderAdjustment("72", one.payer_number, one.paid))
        elif one.settlement == "deferred" and one.paid:
            made.append(ProviderAdjustment("WO", one.payer_number, one.paid))
            later.append(ProviderAdjustment("WO", one.payer_number, -one.paid))
    total = sum(one.paid for one in decisions) - sum(each.cents for each in made)
    if total < 0:
        made.append(ProviderAdjustment("FB", trace, total))
        later.append(ProviderAdjustment("FB", trace, -total))
    return tuple(made), tuple(later)


class Ledger:
    """Makes payments of decisions, and remembers what payers are owed."""

    def __init__(self) -> None:
        self._owed: dict[tuple[str, str], Adjustments] = {}
        self._trace = count(1)

    def payments(self, on: int, decisions: tuple[Decision, ...]) -> Iterator[Remittance]:
        """One payment per payer and clinic."""
        lanes: dict[tuple[str, str], list[Decision]] = {}
        for one in decisions:
            lanes.setdefault((one.coverage.payer.id, one.claim.clinic.npi), []).append(one)
        for lane, ours in sorted(lanes.items()):
            trace = f"EFT{next(self._trace):09d}"
            adjustments, self._owed[lane] = adjust(tuple(ours), trace, self._owed.get(lane, ()))
            yield Remittance(ours[0].coverage.payer, ours[0].claim.clinic, on, trace, tuple(ours), adjustments)

    def owed(self) -> dict[str, str]:
        """What is still to be recovered, by payer and clinic."""
        return {f"{payer}/{npi}": decimal(sum(each.cents for each in owed)) for (payer, npi), owed in sorted(self._owed.items()) if owed}


def body(remittance: Remittance) -> Iterator[Segment]:
    """Everything between ST and SE."""
    yield from _heading(remittance)
    institutional = remittance.decisions[0].claim.kind == "837I"
    yield ["LX", "1"]
    if institutional:
        yield _provider_summary(remittance)
    for one in remittance.decisions:
        yield from _claim(one, remittance.day)
    pairs = remittance.provider_adjustments
    for start in range(0, len(pairs), 6):
        segment: list[Element] = ["PLB", remittance.clinic.npi, f"{day(remittance.day)[:4]}1231"]
        for pair in pairs[start : start + 6]:
            segment += [(pair.code, pair.reference), money(pair.cents)]
        yield segment


def _heading(one: Remittance) -> Iterator[Segment]:
    originator = f"1{one.payer.tax}"
    if one.amount:
        bank = ("01", "999999992", "DA", f"{one.payer.id}01")
        yield [
            "BPR", "I", money(one.amount), "C", "ACH", "CCP", *bank, originator, "", "01", "999988880", "DA", one.clinic.tax, day(one.day),
        ]  # fmt: skip
    else:
        yield ["BPR", "H", "0", "C", "NON", *[""] * 11, day(one.day)]
    yield ["TRN", "1", one.trace, originator]
    yield ["DTM", "405", day(one.day - 1)]
    yield ["N1", "PR", one.payer.name]
    yield from place(one.payer.address)
    yield ["REF", "2U", one.payer.id]
    yield ["PER", "BL", "PROVIDER SERVICES", "TE", phone(99)]
    yield ["N1", "PE", one.clinic.name, "XX", one.clinic.npi]
    yield from place(one.clinic.address)
    yield ["REF", "TJ", one.clinic.tax]


def _provider_summary(one: Remittance) -> Segment:
    facility = one.decisions[0].claim.facility
    charge = sum(each.charge for each in one.decisions)
    return ["TS3", one.clinic.npi, facility, f"{day(one.day)[:4]}1231", str(len(one.decisions)), money(charge)]


def _claim(one: Decision, paid_on: int) -> Iterator[Segment]:
    claim, coverage = one.claim, one.coverage
    share = money(one.patient_share) if one.patient_share and one.sign > 0 else ""
    yield Item([
        "CLP", claim.control_number, one.status, money(one.charge), money(one.paid), share, coverage.payer.remit_filing, one.payer_number,
        claim.facility, one.frequency, "", drg(claim) if claim.inpatient else "",
    ], one)  # fmt: skip
    yield from _adjustments(one.claim_adjustments, one.sign)
    yield from _names(one)
    yield from _outpatient_or_inpatient(one)
    if one.corrects:
        yield ["REF", "F8", one.corrects]
    if claim.kind != "837D":
        yield ["REF", "EA", claim.patient.medical_record]
    yield ["REF", "1L", coverage.group]
    if claim.scenario != "predetermination":
        yield ["DTM", "232", day(claim.admitted)]
        yield ["DTM", "233", day(claim.day)]
    yield ["DTM", "050", day(min(claim.sent + 1, paid_on))]
    if one.interest:
        yield ["AMT", "I", money(one.interest)]
    if claim.inpatient and one.sign > 0 and one.paid:
        yield ["QTY", "CA", str(claim.day - claim.admitted)]
    for line in one.lines:
        yield from _line(claim, line, one.sign)


def _names(one: Decision) -> Iterator[Segment]:
    claim, coverage = one.claim, one.coverage
    who = claim.patient.person
    yield person("QC", who, coverage.member_id if coverage.holder is None else "")
    if coverage.holder is not None:
        yield person("IL", coverage.holder, coverage.member_id)
    if claim.variety % 30 == 0 and one.sign > 0:
        yield ["NM1", "74", "1", who.last, f"{who.first}A"]
    yield clinician("82", claim.clinician)
    if one.forwarded_to is not None:
        yield payer("TT", one.forwarded_to.payer)


def _outpatient_or_inpatient(one: Decision) -> Iterator[Segment]:
    if one.claim.inpatient:
        first, *rest = [*one.remarks, ""]
        yield ["MIA", "0", "", "", "", first, *[""] * 14, *[each for each in rest if each]]
    elif one.remarks:
        yield ["MOA", "", "", *one.remarks]


def _adjustments(adjustments: tuple[Adjustment, ...], sign: int) -> Iterator[Segment]:
    """One CAS per group: reason and amount, quantity left out."""
    groups: dict[str, list[str]] = {}
    for each in adjustments:
        groups.setdefault(each.group, []).extend((each.carc, money(sign * each.cents), ""))
    for group, triplets in groups.items():
        yield ["CAS", group, *triplets]


def _line(claim: Claim, one: Decided, sign: int) -> Iterator[Segment]:
    line = one.line
    sent = line.composite or ("NU", line.revenue)
    decided = (sent[0], one.paid_code) if one.paid_code else sent
    units = one.paid_units or line.units
    segment: list[Element] = ["SVC", decided, money(sign * line.charge), money(sign * one.paid), line.revenue if line.composite else "", str(units)]
    if decided != sent or units != line.units:
        segment += [sent if decided != sent else "", str(line.units) if units != line.units else ""]
    yield segment
    if claim.scenario != "predetermination":
        yield ["DTM", "472", day(line.day)]
    yield from _adjustments(one.adjustments, sign)
    yield ["REF", "6R", line.reference]
    allowed = line.charge - sum(each.cents for each in one.adjustments if each.group == "CO")
    if one.paid and sign > 0:
        yield ["AMT", "B6", money(allowed)]
    for remark in one.remarks:
        yield ["LQ", "HE", remark]
