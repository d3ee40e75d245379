"""DFT: what the visit is charged for, a transaction (FT1) for each service line of the claim."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from gateway.synth.identity import day
from gateway.synth.model import Claim, Line, decimal
from gateway.synth.v2.model import Fact, Message, Visit, chance
from gateway.synth.v2.parts import billed_diagnoses, coded_diagnosis, diagnoses, ended, event, location, money_side, patient, stay
from gateway.synth.v2.text import doctor, joined, segment, stamp

SYSTEMS = {"AD": "CD2"}
"""X12 qualifier of a procedure -> HL7 table 0396; the qualifier HC is for two lists, CPT and HCPCS."""
_CHARGE, _CREDIT = "CG", "CD"


class Posting(NamedTuple):
    """One FT1; `sign` -1 takes an earlier one back."""

    line: Line
    reference: str
    sign: int = 1


def charges(visit: Visit) -> Iterator[Message]:
    """Posted in the evening. Now and then the last line comes a day later, or a charge was wrong and is taken back."""
    claim = visit.claim
    posted = [Posting(line, line.reference) for line in claim.lines]
    late: list[Posting] = []
    if len(posted) > 1 and chance(claim, 7, 1):
        late = [posted.pop()]
    if chance(claim, 11, 2):
        wrong = f"{posted[0].reference}X"
        posted.append(Posting(posted[0].line, wrong))
        late.append(Posting(posted[0].line, wrong, -1))
    at = ended(claim) + timedelta(minutes=25)
    yield _posted(visit, at, posted)
    if late:
        yield _posted(visit, at + timedelta(hours=12), late)


def _posted(visit: Visit, at: datetime, postings: list[Posting]) -> Message:
    head = [event("P03", at), patient(visit), stay(visit, visit.claim.inpatient, discharged=True)]
    body = [_transaction(visit, number, one, at) for number, one in enumerate(postings, 1)]
    segments = (*head, *body, *diagnoses(visit, "F"), *money_side(visit))
    facts = tuple(Fact("charge.posted", len(head) + number) for number in range(1, len(body) + 1))
    return Message(at, "DFT^P03^DFT_P03", visit.patient, visit.account, visit.number, segments, facts)


def _transaction(visit: Visit, number: int, posting: Posting, at: datetime) -> str:
    claim, line = visit.claim, posting.line
    sign = "-" if posting.sign < 0 else ""
    fields = {
        1: str(number), 2: posting.reference, 3: f"B{claim.day:05d}", 4: day(line.day), 5: stamp(at), 6: _CREDIT if sign else _CHARGE,
        7: joined(*_charge_code(line)), 10: f"{sign}{line.units}", 11: f"{sign}{decimal(line.charge)}", 16: location(visit),
        19: "~".join(coded_diagnosis(code) for code in line_diagnoses(claim, line)), 20: doctor(claim.clinician),
    }  # fmt: skip
    if orders(claim):
        fields[21] = doctor(claim.other_clinician)
    if line.composite:
        fields[25] = procedure(line)
        fields[26] = "~".join(line.composite[2:])
    if line.drug[0]:
        fields[29] = joined(line.drug[0], "", "NDC")
    return segment("FT1", fields)


def orders(claim: Claim) -> bool:
    """Whether the claim names who referred the patient."""
    return claim.kind == "837P" and claim.variety % 3 == 0


def line_diagnoses(claim: Claim, line: Line) -> tuple[str, ...]:
    """Those it points to; a line without pointers stands for all of the claim."""
    codes = billed_diagnoses(claim)
    return tuple(codes[int(pointer) - 1] for pointer in line.pointers) if line.pointers else codes


def _charge_code(line: Line) -> tuple[str, str, str]:
    """FT1-7: the revenue code where the line has one, else a number of the site's own price list."""
    return (line.revenue, "", "NUBC") if line.revenue else (f"CH{line.composite[1]}", "", "L")


def procedure(line: Line) -> str:
    qualifier, code = line.composite[:2]
    return joined(code, "", SYSTEMS.get(qualifier) or ("C4" if code.isdigit() else "HPC"))
