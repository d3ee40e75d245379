"""MDM: the note of a visit, or the summary of a stay."""

from datetime import timedelta

from gateway.synth.v2.model import Fact, Message, Visit
from gateway.synth.v2.parts import dotted, ended, event, patient, stay
from gateway.synth.v2.text import doctor, joined, segment, stamp

_SUMMARY, _NOTE = ("DS", "18842-5", "DISCHARGE SUMMARY"), ("PN", "11506-3", "PROGRESS NOTE")
"""Table 0270, LOINC, name."""


def document(visit: Visit) -> Message:
    claim = visit.claim
    at = ended(claim) + timedelta(minutes=10)
    kind, code, title = _SUMMARY if claim.inpatient else _NOTE
    head = {
        1: "1", 2: kind, 3: "TX", 4: stamp(ended(claim)), 5: doctor(claim.clinician), 6: stamp(at), 9: doctor(claim.clinician),
        12: joined(f"DOC{claim.number:09d}", "EHR"), 16: f"{claim.number:09d}.txt", 17: "AU", 19: "AV",
    }  # fmt: skip
    seen = ", ".join(dotted(one) for one in claim.diagnoses)
    text = f"SEEN FOR {seen}.~PLAN DISCUSSED \\T\\ AGREED."
    segments = (
        event("T02", at),
        patient(visit),
        stay(visit, claim.inpatient),
        segment("TXA", head),
        segment("OBX", {1: "1", 2: "TX", 3: joined(code, title, "LN"), 5: text, 11: "F"}),
    )
    return Message(at, "MDM^T02^MDM_T02", visit.patient, visit.account, visit.number, segments, (Fact("document.reported", 4),))
