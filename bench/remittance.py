"""835 (005010X221A1) segments without terminators. It balances: each line, each claim, and BPR02 = sum of CLP04 less the provider adjustments."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from bench.people import CLINICS, FIRST, PAYERS, PHYSICIANS, SERVICE_DAYS, below, charges, money, pick, procedure, scramble, surname

VERSION = "005010X221A1"
GROUP = "HP"
LINE_COUNTS = (1, 1, 2, 2, 3, 3, 4, 5, 6)
DENIALS = (("16", "N290"), ("16", "M127"), ("29", ""), ("50", "N115"), ("96", "N130"), ("97", "N19"), ("197", "N54"), ("18", ""), ("27", "N30"))
REMARKS = ("MA01", "MA07", "MA13", "MA18")
CLAIMS_PER_LX = 500


class Line(NamedTuple):
    """An adjudicated line in cents; charge = paid + the amounts of the adjustments."""

    composite: str
    charge: int
    paid: int
    units: int
    adjustments: tuple[tuple[str, str, int], ...]
    remark: str


def head(control: int, rng: Random, total: int) -> list[str]:
    payer, payer_id = pick(rng, PAYERS)
    clinic, number, tax = pick(rng, CLINICS)
    day = pick(rng, SERVICE_DAYS)
    money_moves = total > 0
    how = (
        f"{money(total)}*C*ACH*CCP*01*999999992*DA*{below(rng, 10**8):08d}*1{tax}**01*999988880*DA*{below(rng, 10**8):08d}"
        if money_moves
        else "0*C*NON************"
    )
    return [
        f"ST*835*{control:04d}",
        f"BPR*{'I' if money_moves else 'H'}*{how.rstrip('*') if money_moves else how[:-1]}*{day}",
        f"TRN*1*E{scramble(control):010d}*1{tax}",
        f"DTM*405*{day}",
        f"N1*PR*{payer}*XV*{payer_id}",
        f"N3*{1 + below(rng, 9900)} COMMERCE WAY",
        "N4*READING*PA*19601",
        "PER*BL*PROVIDER SERVICES*TE*5555550199",
        f"N1*PE*{clinic}*XX*{number}",
        f"REF*TJ*{tax}",
    ]


def adjudicate(rng: Random, charge: int, denial: tuple[str, str] | None, earlier_payer: bool) -> Line:
    """Decide one line: denied whole, or paid after reduction, sequestration, an earlier payer and the patient's share."""
    units = 1 if rng.random() < 0.8 else 2 + below(rng, 6)
    if denial:
        return Line(procedure(rng), charge, 0, units, (("CO", denial[0], charge),), denial[1])
    adjustments = [("CO", "45", charge * (10 + below(rng, 40)) // 100)]
    rest = charge - adjustments[0][2]
    if rng.random() < 0.15:
        adjustments.append(("CO", "253", max(1, rest * 2 // 100)))
    if earlier_payer:
        adjustments.append(("OA", "23", rest * 60 // 100))
    draw = rng.random()
    if draw < 0.45:
        adjustments.append(("PR", "3" if draw < 0.2 else "2", rest * (5 + below(rng, 20)) // 100))
    if draw < 0.08:
        adjustments.append(("PR", "1", rest * 10 // 100))
    kept = tuple(one for one in adjustments if one[2])
    return Line(procedure(rng), charge, charge - sum(one[2] for one in kept), units, kept, "N381" if rng.random() < 0.05 else "")


def adjustment_segments(adjustments: tuple[tuple[str, str, int], ...], sign: int) -> list[str]:
    """One CAS per group, its reasons as triplets (reason, amount, quantity)."""
    groups: dict[str, list[str]] = {}
    for group, reason, cents in adjustments:
        groups.setdefault(group, []).append(f"{reason}*{money(sign * cents)}")
    return [f"CAS*{group}*{'**'.join(triplets)}" for group, triplets in groups.items()]


def claim(rng: Random, number: int, decided: list[Line], status: int, sign: int) -> tuple[list[str], int]:
    """Loop 2100 with its lines, and what CLP04 says in cents. `sign` is -1 for the reversal of what was decided."""
    charge, paid = sign * sum(one.charge for one in decided), sign * sum(one.paid for one in decided)
    share = sum(cents for one in decided for group, _, cents in one.adjustments if group == "PR")
    day = SERVICE_DAYS[number * 31 % 365]
    payer_number = f"{2025}{scramble(number):010d}{'R' if sign < 0 else ''}"
    shown_share = money(share) if share and sign > 0 else ""
    filing = pick(rng, ("12", "12", "HM", "MB"))
    last, first, physician, _ = PHYSICIANS[number % len(PHYSICIANS)]
    out = [
        f"CLP*C{scramble(number):010d}*{22 if sign < 0 else status}*{money(charge)}*{money(paid)}*{shown_share}*{filing}*{payer_number}*11*1",
        f"NM1*QC*1*{surname(rng)}*{pick(rng, FIRST)}*{chr(65 + below(rng, 26))}***MI*W{scramble(number):010d}",
    ]
    if rng.random() < 0.15:
        out.append(f"NM1*IL*1*{surname(rng)}*{pick(rng, FIRST)}****MI*W{scramble(number):010d}")
    if rng.random() < 0.04:
        out.append(f"NM1*74*1*{surname(rng)}*{pick(rng, FIRST)}****C*W{below(rng, 10**10):010d}")
    out.append(f"NM1*82*1*{last}*{first}****XX*{physician}")
    if rng.random() < 0.25:
        out.append(f"MOA***{pick(rng, REMARKS)}")
    if rng.random() < 0.6:
        out.append(f"REF*EA*{below(rng, 10**8):08d}")
    out += [f"DTM*232*{day}", f"DTM*233*{day}", f"DTM*050*{SERVICE_DAYS[min(364, number * 31 % 365 + 1 + below(rng, 20))]}"]
    for position, one in enumerate(decided):
        out += line(number, position, one, day, sign)
    return out, paid


def line(number: int, position: int, one: Line, day: str, sign: int) -> list[str]:
    out = [
        f"SVC*{one.composite}*{money(sign * one.charge)}*{money(sign * one.paid)}**{one.units}",
        f"DTM*472*{day}",
        *adjustment_segments(one.adjustments, sign),
        f"REF*6R*L{scramble(number):010d}{position + 1:02d}",
    ]
    allowed = one.charge - sum(cents for group, _, cents in one.adjustments if group == "CO")
    if allowed and sign > 0:
        out.append(f"AMT*B6*{money(allowed)}")
    if one.remark:
        out.append(f"LQ*HE*{one.remark}")
    return out


def loops(rng: Random, first: int) -> Iterator[tuple[list[str], int]]:
    """Endless: (segments of one more claim, cents paid). One in eight is denied, one in ten secondary, one in a hundred reversed and redone."""
    number, written = first, 0
    while True:
        denial = pick(rng, DENIALS) if rng.random() < 0.125 else None
        secondary = rng.random() < 0.1
        amounts = charges(rng, pick(rng, LINE_COUNTS))
        decided = [adjudicate(rng, charge, denial, secondary) for charge in amounts]
        for sign in (-1, 1) if rng.random() < 0.01 else (1,):
            start = [f"LX*{written // CLAIMS_PER_LX + 1}"] if written % CLAIMS_PER_LX == 0 else []
            segments, paid = claim(rng, number, decided, 2 if secondary else 1, sign)
            yield start + segments, paid
            written += 1
        number += 1


def tail(control: int, rng: Random) -> tuple[list[str], int]:
    """Provider adjustments, every fifth remittance, and their sum in cents."""
    if control % 5:
        return [], 0
    recovered, interest = 1000 + below(rng, 9000), below(rng, 500) + 1
    segment = f"PLB*{pick(rng, CLINICS)[1]}*20251231*WO:C{scramble(below(rng, 10**6)):010d}*{money(recovered)}*L6*{money(-interest)}"
    return [segment], recovered - interest
