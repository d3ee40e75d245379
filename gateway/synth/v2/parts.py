"""Segments about patient, visit, diagnoses, insurance and guarantor, as every message of a visit says them."""

from datetime import datetime, timedelta

from gateway.synth.identity import Coverage, Person
from gateway.synth.model import Claim
from gateway.synth.v2.model import Visit
from gateway.synth.v2.text import address, doctor, escaped, joined, moment, name, number, segment, stamp, telephone

RELATIONSHIPS = {"18": "SEL", "01": "SPO", "19": "CHD"}
"""X12 1069 -> HL7 table 0063."""
WARDS = ("3N", "4E", "5S", "ICU")
_HOME = "01"
_TWO_COVERAGES = ("secondary", "crossover")


def event(trigger: str, at: datetime) -> str:
    return segment("EVN", {1: trigger, 2: stamp(at)})


def patient(visit: Visit) -> str:
    person = visit.claim.patient.person
    fields = {
        1: "1", 3: number(visit.patient, visit.authority, "MR"), 5: name(person), 7: person.born, 8: person.sex, 11: address(person.address),
        13: telephone(visit.claim.number),
    }  # fmt: skip
    return segment("PID", fields | ({18: number(visit.account, visit.authority, "AN")} if visit.account else {}))


def merged(kept: Visit, gone: Visit) -> tuple[str, str]:
    """PID and MRG: the second goes into the first."""
    mrg = segment("MRG", {1: number(gone.patient, gone.authority, "MR"), 7: name(gone.claim.patient.person)})
    return patient(kept._replace(account="")), mrg


def patient_class(claim: Claim) -> str:
    emergency = any(line.revenue == "0450" for line in claim.lines)
    return "I" if claim.inpatient else "E" if emergency else "O"


def location(visit: Visit, moved: bool = False) -> str:
    """PL: a bed for inpatients, a room for others."""
    claim = visit.claim
    if claim.inpatient:
        ward = WARDS[(claim.variety + moved) % len(WARDS)]
        return joined(ward, str(100 + claim.variety % 40), "AB"[claim.variety % 2], visit.authority)
    return joined(f"CLINIC{claim.site.clinics.index(claim.clinic) + 1}", f"R{claim.variety % 9 + 1}", "", visit.authority)


def started(claim: Claim) -> datetime:
    """When the patient came, in office hours."""
    return moment(claim.admitted, 8 * 60 + claim.variety % 360)


def ended(claim: Claim) -> datetime:
    return moment(claim.day, 17 * 60 + claim.variety % 90) if claim.inpatient else started(claim) + timedelta(minutes=150)


def stay(visit: Visit, moved: bool = False, discharged: bool = False) -> str:
    """PV1."""
    claim = visit.claim
    fields = {
        1: "1", 2: patient_class(claim), 3: location(visit, moved), 7: doctor(claim.clinician), 8: doctor(claim.other_clinician),
        19: number(visit.number, visit.authority, "VN"), 44: stamp(started(claim)),
    }  # fmt: skip
    if moved:
        fields[6] = location(visit)
    return segment("PV1", fields | ({36: _HOME, 45: stamp(ended(claim))} if discharged else {}))


def dotted(code: str) -> str:
    """A diagnosis as clinical systems write it; claims leave the point out."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def billed_diagnoses(claim: Claim) -> tuple[str, ...]:
    """Those that the claim says; a dental one says them now and then."""
    return () if claim.kind == "837D" and claim.variety % 4 else claim.diagnoses


def coded_diagnosis(code: str) -> str:
    return joined(dotted(code), "", "I10")


def diagnoses(visit: Visit, kind: str) -> list[str]:
    """DG1 of type admitting (A), working (W) or final (F), the first one before the others."""
    on = stamp(started(visit.claim))
    return [
        segment("DG1", {1: str(at), 3: coded_diagnosis(code), 5: on, 6: kind, 15: str(min(at, 2))})
        for at, code in enumerate(billed_diagnoses(visit.claim), 1)
    ]


def coverages(claim: Claim) -> tuple[Coverage, ...]:
    return (claim.patient.first, claim.patient.second) if claim.scenario in _TWO_COVERAGES else (claim.patient.first,)


def insurances(visit: Visit) -> list[str]:
    return [_insurance(visit, at, coverage) for at, coverage in enumerate(coverages(visit.claim), 1)]


def _insurance(visit: Visit, at: int, coverage: Coverage) -> str:
    payer, holder, claim = coverage.payer, coverage.holder or visit.claim.patient.person, visit.claim
    fields = {
        1: str(at), 2: joined(f"{payer.id}STD", escaped(f"{payer.name} STANDARD")), 3: number(payer.id, "PAYERS", "PI"), 4: escaped(payer.name),
        5: address(payer.address), 8: coverage.group, 16: name(holder), 17: RELATIONSHIPS[coverage.relationship], 18: holder.born,
        19: address(holder.address), 20: "Y", 22: str(at), 36: coverage.member_id, 43: holder.sex,
    }  # fmt: skip
    if claim.authorization and at == 1:
        fields[14] = claim.authorization
    return segment("IN1", fields)


def guarantor(visit: Visit) -> str:
    """Who answers for the bill: the holder of the first coverage."""
    first = visit.claim.patient.first
    person: Person = first.holder or visit.claim.patient.person
    fields = {
        1: "1", 3: name(person), 5: address(person.address), 6: telephone(visit.claim.number), 8: person.born, 9: person.sex,
        11: "SE" if first.holder is None else "GR",
    }  # fmt: skip
    return segment("GT1", fields)


def money_side(visit: Visit) -> list[str]:
    return [guarantor(visit), *insurances(visit)]
