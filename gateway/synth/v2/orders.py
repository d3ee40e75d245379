"""What the service lines of a claim were before they were charged: orders and results (ORM, ORU), pharmacy (RDE, RDS), vaccines (VXU)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from gateway.synth.model import Claim, Line
from gateway.synth.v2.charges import procedure
from gateway.synth.v2.model import Fact, Message, Visit, chance
from gateway.synth.v2.parts import coded_diagnosis, insurances, patient, started, stay
from gateway.synth.v2.text import doctor, joined, segment, stamp


class Test(NamedTuple):
    """LOINC code, name, unit, usual range and the values that are drawn, with so many decimals."""

    code: str
    name: str
    unit: str
    usual: tuple[str, str]
    drawn: tuple[int, int]
    decimals: int = 0


class Study(NamedTuple):
    """What is ordered: LOINC code, name, the section that does it, and its tests; without tests its result is a text."""

    code: str
    name: str
    section: str
    tests: tuple[Test, ...] = ()


_METABOLIC = Study("24323-8", "METABOLIC PANEL", "LAB", (
    Test("2345-7", "GLUCOSE", "mg/dL", ("70", "99"), (60, 190)), Test("2160-0", "CREATININE", "mg/dL", ("0.6", "1.2"), (40, 260), 2),
    Test("2951-2", "SODIUM", "mmol/L", ("136", "145"), (130, 150)), Test("2823-3", "POTASSIUM", "mmol/L", ("3.5", "5.1"), (31, 58), 1),
))  # fmt: skip
_COUNT = Study("58410-2", "BLOOD COUNT", "LAB", (
    Test("718-7", "HEMOGLOBIN", "g/dL", ("12.0", "16.0"), (85, 175), 1), Test("777-3", "PLATELETS", "10*3/uL", ("150", "400"), (90, 480)),
    Test("6690-2", "LEUKOCYTES", "10*3/uL", ("4.0", "11.0"), (25, 160), 1),
))  # fmt: skip
STUDIES = {
    "80053": _METABOLIC, "0300": _METABOLIC, "85025": _COUNT, "36415": _COUNT, "71046": Study("36643-5", "CHEST, 2 VIEWS", "RAD"),
    "73030": Study("36713-6", "SHOULDER", "RAD"), "76700": Study("24558-9", "ABDOMEN", "RAD"), "0320": Study("36643-5", "CHEST, 2 VIEWS", "RAD"),
    "93000": Study("11524-6", "ECG", "CAR"),
}  # fmt: skip
"""By procedure code, or revenue code where the line has no other."""
_PHARMACY = "0250"
_VACCINE = "90471"
_ANTIBIOTIC = ("00000404004", "UN")
_FINDING = "NO ACUTE FINDING.~COMPARED WITH EARLIER STUDIES."
_ORDERED, _DONE = 25, 80
"""Minutes after the patient came."""


def code_of(line: Line) -> str:
    return line.composite[1] if line.composite else line.revenue


def drug_of(line: Line) -> tuple[str, str]:
    """NDC and unit of what the pharmacy hands out for the line; empty texts where it does not."""
    return _ANTIBIOTIC if code_of(line) == _PHARMACY else line.drug


def clinical(visit: Visit) -> Iterator[Message]:
    """In order; the studies of a visit are ordered together."""
    claim = visit.claim
    at = started(claim) + timedelta(minutes=_ORDERED)
    studied = [line for line in claim.lines if code_of(line) in STUDIES]
    if studied:
        yield _ordered(visit, at, studied)
        if chance(claim, 9, 7):
            yield _withdrawn(visit, at + timedelta(minutes=3))
        if chance(claim, 6, 2):
            yield _reported(visit, at + timedelta(minutes=30), studied, "P")
        yield _reported(visit, at + timedelta(minutes=_DONE), studied, "F")
    given = [line for line in claim.lines if drug_of(line)[0]]
    if given:
        yield _prescribed(visit, at + timedelta(minutes=5), given)
        yield _dispensed(visit, at + timedelta(minutes=40), given)
    for line in claim.lines:
        if code_of(line) == _VACCINE:
            yield _vaccinated(visit, at + timedelta(minutes=50), line)
            return


def placer(line: Line) -> str:
    return joined(f"P{line.reference}", "EHR")


def filler(line: Line, section: str) -> str:
    return joined(f"F{line.reference}", section)


def _study(line: Line) -> Study:
    return STUDIES[code_of(line)]


def _message(visit: Visit, at: datetime, kind: str, head: list[str], items: list[list[str]], what: str) -> Message:
    """Each item is an event that begins at its first segment."""
    segments, facts = list(head), []
    for item in items:
        facts.append(Fact(what, len(segments) + 1))
        segments += item
    return Message(at, kind, visit.patient, visit.account, visit.number, tuple(segments), tuple(facts))


# -- studies


def _ordered(visit: Visit, at: datetime, lines: list[Line]) -> Message:
    head = [patient(visit), stay(visit), *insurances(visit)]
    return _message(visit, at, "ORM^O01^ORM_O01", head, [_order(visit.claim, at, line) for line in lines], "order.placed")


def _order(claim: Claim, at: datetime, line: Line) -> list[str]:
    study, number = _study(line), placer(line)
    who = doctor(claim.clinician)
    wanted = procedure(line) if line.composite else joined(study.code, study.name, "LN")
    request = {1: "1", 2: number, 4: wanted, 16: who, 24: study.section, 27: "^^^^^R", 31: coded_diagnosis(claim.diagnoses[0])}
    return [segment("ORC", {1: "NW", 2: number, 9: stamp(at), 12: who}), segment("OBR", request)]


def _withdrawn(visit: Visit, at: datetime) -> Message:
    """An order that is taken back; the lines of the claim have nothing of it."""
    number, who = joined(f"P{visit.claim.number:09d}X", "EHR"), doctor(visit.claim.clinician)
    item = [segment("ORC", {1: "CA", 2: number, 5: "CA", 9: stamp(at), 12: who}), segment("OBR", {1: "1", 2: number, 4: "24323-8^^LN", 16: who})]
    return _message(visit, at, "ORM^O01^ORM_O01", [patient(visit), stay(visit)], [item], "order.updated")


def _reported(visit: Visit, at: datetime, lines: list[Line], status: str) -> Message:
    head = [patient(visit), stay(visit)]
    items = [_report(visit, at, number, line, status) for number, line in enumerate(lines, 1)]
    return _message(visit, at, "ORU^R01^ORU_R01", head, items, "result.reported")


def _report(visit: Visit, at: datetime, number: int, line: Line, status: str) -> list[str]:
    claim, study = visit.claim, _study(line)
    own, theirs, done = placer(line), filler(line, study.section), stamp(at - timedelta(minutes=10))
    request = {
        1: str(number), 2: own, 3: theirs, 4: joined(study.code, study.name, "LN"), 7: stamp(started(claim) + timedelta(minutes=_ORDERED + 10)),
        16: doctor(claim.clinician), 22: done, 24: study.section, 25: status,
    }  # fmt: skip
    head = [segment("ORC", {1: "RE", 2: own, 3: theirs, 5: "CM" if status == "F" else "IP"}), segment("OBR", request)]
    if not study.tests:
        words = {1: "1", 2: "TX", 3: joined(study.code, study.name, "LN"), 5: _FINDING, 11: status, 14: done}
        return [*head, segment("OBX", words)]
    return [*head, *(_observation(claim, line, at, test, status, done) for at, test in enumerate(study.tests, 1))]


def _observation(claim: Claim, line: Line, at: int, test: Test, status: str, done: str) -> str:
    low, high = test.drawn
    drawn = low + (claim.variety // at + line.charge) % (high - low)
    value = f"{drawn / 10**test.decimals:.{test.decimals}f}"
    flag = "L" if float(value) < float(test.usual[0]) else "H" if float(value) > float(test.usual[1]) else "N"
    fields = {
        1: str(at), 2: "NM", 3: joined(test.code, test.name, "LN"), 5: value, 6: joined(test.unit, "", "UCUM"), 7: "-".join(test.usual), 8: flag,
        11: status, 14: done,
    }  # fmt: skip
    return segment("OBX", fields)


# -- drugs and vaccines


def _prescribed(visit: Visit, at: datetime, lines: list[Line]) -> Message:
    items = []
    for line in lines:
        ndc, unit = drug_of(line)
        order = segment("ORC", {1: "NW", 2: placer(line), 9: stamp(at), 12: doctor(visit.claim.clinician)})
        encoded = {2: joined(ndc, "", "NDC"), 3: str(line.units), 5: unit, 10: str(line.units), 11: unit, 15: f"RX{line.reference}"}
        items.append([order, segment("RXE", encoded), segment("TQ1", {1: "1", 3: "ONCE", 7: stamp(at)}), segment("RXR", {1: "IM"})])
    return _message(visit, at, "RDE^O11^RDE_O11", [patient(visit), stay(visit)], items, "medication.ordered")


def _dispensed(visit: Visit, at: datetime, lines: list[Line]) -> Message:
    items = []
    for number, line in enumerate(lines, 1):
        ndc, unit = drug_of(line)
        order = segment("ORC", {1: "RE", 2: placer(line), 3: filler(line, "PHA")})
        handed = {1: str(number), 2: joined(ndc, "", "NDC"), 3: stamp(at), 4: str(line.units), 5: unit, 7: f"RX{line.reference}"}
        items.append([order, segment("RXD", handed), segment("RXR", {1: "IM"})])
    return _message(visit, at, "RDS^O13^RDS_O13", [patient(visit), stay(visit)], items, "medication.dispensed")


def _vaccinated(visit: Visit, at: datetime, line: Line) -> Message:
    claim = visit.claim
    given = {
        1: "0", 2: "1", 3: stamp(at), 4: stamp(at), 5: "140^^CVX", 6: "0.5", 7: "mL^^UCUM", 9: "00^^NIP001", 10: doctor(claim.clinician),
        15: f"LOT{claim.variety % 9999:04d}", 16: "20271231", 17: "PMC^^MVX", 20: "CP", 21: "A",
    }  # fmt: skip
    item = [segment("ORC", {1: "RE", 2: placer(line), 3: filler(line, "IMM")}), segment("RXA", given), segment("RXR", {1: "IM", 2: "LD"})]
    return _message(visit, at, "VXU^V04^VXU_V04", [patient(visit), stay(visit)], [item], "immunization.recorded")
