"""Appointments and the way of a patient through a visit: SIU, ADT, BAR."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from gateway.synth.v2.model import Fact, Message, Visit, chance, duplicate, wrong_visit
from gateway.synth.v2.parts import (
    diagnoses,
    ended,
    event,
    location,
    merged,
    money_side,
    patient,
    started,
    stay,
)
from gateway.synth.v2.text import doctor, joined, moment, segment, stamp

_BOOKED_BEFORE, _PLANNED_AFTER = 10, 30
"""Days: a visit is booked before it; what was only asked about is planned for after the answer."""
_MINUTES = 30


def adt(visit: Visit, trigger: str, structure: str, at: datetime, kind: str, body: list[str]) -> Message:
    """An ADT message of one fact about one patient, which begins at the PID."""
    segments = (event(trigger, at), patient(visit), *body)
    return Message(at, f"ADT^{trigger}^{structure}", visit.patient, visit.account, visit.number, segments, (Fact(kind, 2),))


# -- appointments


def appointments(visit: Visit) -> Iterator[Message]:
    """Booked some days before; now and then moved to another room, or cancelled and booked anew."""
    claim = visit.claim
    if claim.inpatient:
        return
    begins = started(claim) if visit.is_treated else moment(claim.sent + _PLANNED_AFTER, 9 * 60)
    booked = moment(claim.admitted - _BOOKED_BEFORE, 9 * 60 + claim.variety % 300)
    number = f"APT{claim.number:09d}"
    if chance(claim, 8, 1):
        yield _scheduled(visit, "S12", "booked", booked - timedelta(days=2), f"{number}X", begins - timedelta(days=1), "BOOKED")
        yield _scheduled(visit, "S15", "cancelled", booked - timedelta(minutes=2), f"{number}X", begins - timedelta(days=1), "CANCELLED")
    yield _scheduled(visit, "S12", "booked", booked, number, begins, "BOOKED")
    if chance(claim, 4, 2):
        yield _scheduled(visit, "S14", "updated", booked + timedelta(days=1), number, begins, "BOOKED")


def _scheduled(visit: Visit, trigger: str, what: str, at: datetime, number: str, begins: datetime, status: str) -> Message:
    claim = visit.claim
    own = joined(number, "EHR")
    lasting = {6: stamp(begins), 9: str(_MINUTES), 10: "MIN"}
    schedule = {
        1: own, 2: own, 6: "FOLLOWUP" if claim.variety % 2 else "NEW", 7: "CHECKUP", 9: str(_MINUTES), 10: "MIN",
        11: joined("", "", str(_MINUTES), stamp(begins), stamp(begins + timedelta(minutes=_MINUTES))), 16: doctor(claim.clinician),
        20: doctor(claim.clinician), 25: status,
    }  # fmt: skip
    segments = (
        segment("SCH", schedule),
        patient(visit),
        stay(visit),
        segment("RGS", {1: "1", 2: "A"}),
        segment("AIL", {1: "1", 2: "A", 3: location(visit), 4: "ROOM"} | lasting),
        segment("AIP", {1: "1", 2: "A", 3: doctor(claim.clinician), 4: "ATT"} | lasting),
    )
    fact = Fact(f"appointment.{what}", 2)
    return Message(at, f"SIU^{trigger}^SIU_S12", visit.patient, visit.account, visit.number, segments, (fact,))


# -- the visit


def arrival(visit: Visit) -> Iterator[Message]:
    """Admitted or registered, now and then under a second number of the same patient, or in a visit that is cancelled at once."""
    claim = visit.claim
    at = started(claim)
    if chance(claim, 10, 3):
        wrong = wrong_visit(visit)
        yield registered(wrong, at - timedelta(minutes=20))
        yield adt(wrong, "A11", "ADT_A09", at - timedelta(minutes=15), "encounter.cancelled", [stay(wrong)])
    if chance(claim, 11, 4):
        second = duplicate(visit)
        yield registered(second, at)
        yield _merge(visit, second, at + timedelta(minutes=12))
    else:
        yield registered(visit, at)
    if not chance(claim, 3, 5):
        body = [stay(visit), *diagnoses(visit, "A"), *money_side(visit)]
        yield adt(visit, "A08", "ADT_A01", at + timedelta(minutes=14), "patient.updated", body)
    if claim.kind == "837I":
        yield _account(visit, at + timedelta(minutes=16))
    if claim.inpatient:
        yield adt(visit, "A02", "ADT_A02", at + timedelta(minutes=190), "encounter.transferred", [stay(visit, moved=True)])


def departure(visit: Visit) -> Iterator[Message]:
    claim = visit.claim
    at = ended(claim)
    moved = claim.inpatient
    gone = stay(visit, moved, discharged=True)
    if claim.inpatient and chance(claim, 5, 6):
        yield adt(visit, "A03", "ADT_A03", at - timedelta(minutes=30), "encounter.ended", [gone])
        yield adt(visit, "A13", "ADT_A01", at - timedelta(minutes=10), "encounter.cancelled", [stay(visit, moved)])
    yield adt(visit, "A03", "ADT_A03", at, "encounter.ended", [gone, *diagnoses(visit, "F")])


def registered(visit: Visit, at: datetime | None = None) -> Message:
    """Admitted (A01) or registered (A04), when the visit began or at another time."""
    at = at or started(visit.claim)
    body = [stay(visit), *diagnoses(visit, "A"), *money_side(visit)]
    return adt(visit, "A01" if visit.claim.inpatient else "A04", "ADT_A01", at, "encounter.started", body)


def _merge(kept: Visit, gone: Visit, at: datetime) -> Message:
    """Two facts of one group: who stays, and who is no more."""
    facts = Fact("patient.merged", 2), Fact("patient.retired", 2, gone.patient)
    return Message(at, "ADT^A40^ADT_A39", kept.patient, "", "", (event("A40", at), *merged(kept, gone)), facts)


def _account(visit: Visit, at: datetime) -> Message:
    segments = (event("P01", at), patient(visit), stay(visit), *diagnoses(visit, "A"), *money_side(visit))
    return Message(at, "BAR^P01^BAR_P01", visit.patient, visit.account, visit.number, segments, (Fact("account.created", 2),))
