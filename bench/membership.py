"""834 (005010X220A1) and 820 (005010X218): members of one sponsor, and the premiums paid for them, which add up to BPR02."""

from collections.abc import Iterator
from random import Random

from bench.eligibility import born
from bench.family import Family, Part
from bench.people import FIRST, PAYERS, PHYSICIANS, SERVICE_DAYS, address, below, money, pick, scramble, surname

ENROLLMENT, PREMIUM = "005010X220A1", "005010X218"
SPONSOR = "981234567"
PLANS = ("HLT", "DEN", "VIS", "PPO", "HMO")


def enroll(control: int, rng: Random, _total: int) -> list[str]:
    payer, payer_id = pick(rng, PAYERS)
    return [
        f"ST*834*{control:04d}*{ENROLLMENT}",
        f"BGN*00*M{scramble(control):010d}*20251231*1023****2",
        f"REF*38*G{scramble(control):010d}",
        f"N1*P5*NORTHFIELD FOUNDRY*FI*{SPONSOR}",
        f"N1*IN*{payer}*FI*{990_000_000 + int(payer_id)}",
    ]


def members(rng: Random, first: int) -> Iterator[Part]:
    """Loop 2000: a subscriber, then none to three dependents under the same number."""
    number, dependents = first, 0
    family = ""
    while True:
        subscriber = not dependents
        if subscriber:
            family, dependents = f"W{scramble(number):010d}", 1 + pick(rng, (0, 0, 1, 2, 3))
        dependents -= 1
        yield member(rng, family, subscriber), 0
        number += 1


def member(rng: Random, family: str, subscriber: bool) -> list[str]:
    start = pick(rng, SERVICE_DAYS)
    relation = "18" if subscriber else pick(rng, ("01", "19", "19"))
    reason = f"{pick(rng, ('021', '001', '030'))}*{pick(rng, ('28', '20', 'AI'))}"
    out = [
        f"INS*Y*{relation}*{reason}*A***FT" if subscriber else f"INS*N*{relation}*{reason}*A",
        f"REF*0F*{family}",
        f"REF*1L*{10_000 + below(rng, 80_000)}",
        f"DTP*356*D8*{start}",
        f"NM1*IL*1*{surname(rng)}*{pick(rng, FIRST)}****34*{100_000_000 + below(rng, 500_000_000)}",
    ]
    if subscriber:
        out.append(f"PER*IP**HP*555555{below(rng, 10_000):04d}*EM*{pick(rng, FIRST)}{below(rng, 1000)}@EXAMPLE.ORG")
    out += [*address(rng), born(rng)]
    for kind in rng.sample(PLANS, 1 + below(rng, 3)):
        out += [f"HD*021**{kind}*PLAN {below(rng, 40)}*{'FAM' if rng.random() < 0.5 else 'IND'}", f"DTP*348*D8*{start}"]
        if rng.random() < 0.4:
            out.append(f"REF*1L*{10_000 + below(rng, 80_000)}")
        if kind == "HMO":
            last, given, npi, _ = pick(rng, PHYSICIANS)
            out += ["LX*1", f"NM1*P3*1*{last}*{given}****XX*{npi}*25"]
    return out


def pay(control: int, rng: Random, total: int) -> list[str]:
    payer, payer_id = pick(rng, PAYERS)
    return [
        f"ST*820*{control:04d}*{PREMIUM}",
        f"BPR*C*{money(total)}*C*ACH*CCP*01*999999992*DA*{below(rng, 10**8):08d}*1{SPONSOR}**01*999988880*DA*{below(rng, 10**8):08d}*20251231",
        f"TRN*3*P{scramble(control):010d}*1{SPONSOR}",
        f"REF*14*{10_000 + below(rng, 80_000)}",
        f"N1*PE*{payer}*FI*{990_000_000 + int(payer_id)}",
        f"N1*PR*NORTHFIELD FOUNDRY*FI*{SPONSOR}",
    ]


def premiums(rng: Random, first: int) -> Iterator[Part]:
    """Loop 2000B: one person with one or two premiums."""
    number, entry = first, 0
    while True:
        entry += 1
        out = [
            f"ENT*{entry}*2J*EI*{10_000_000 + below(rng, 80_000_000)}",
            f"NM1*IL*1*{surname(rng)}*{pick(rng, FIRST)}****N*W{scramble(number):010d}",
        ]
        total = 0
        for _ in range(1 + below(rng, 2)):
            cents = 10_000 + below(rng, 90_000)
            total += cents
            out += [
                f"RMR*AZ*{10**7 + below(rng, 10**7)}**{money(cents)}",
                f"REF*ZZ*{1_436_500_000_000 + below(rng, 10**9)}",
                "DTM*582****RD8*20251201-20251231",
            ]
        yield out, total
        number += 1


ENROLLMENTS = Family(ENROLLMENT, "BE", enroll, members)
PREMIUMS = Family(PREMIUM, "RA", pay, premiums, whole=True)
