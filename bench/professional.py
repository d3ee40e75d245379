"""837P (005010X222A1) segments without terminators. Charges add up: CLM02 = sum of SV102, and SV102 = SVD02 + CAS where another payer came first."""

from collections.abc import Iterator
from random import Random

from bench.people import (
    BIRTH_DAYS,
    CLINICS,
    DIAGNOSES,
    FIRST,
    PAYERS,
    PHYSICIANS,
    SERVICE_DAYS,
    address,
    below,
    charges,
    money,
    npi,
    pick,
    procedure,
    scramble,
    surname,
)  # fmt: skip

VERSION = "005010X222A1"
GROUP = "HC"
LINE_COUNTS = (1, 1, 2, 2, 3, 3, 4, 5, 6)
NOTES = ("PATIENT SEEN FOR FOLLOW UP", "RECORDS SENT ON REQUEST", "SECOND OPINION", "SERVICE REPEATED SAME DAY")


def head(control: int, rng: Random) -> list[str]:
    return [
        f"ST*837*{control:04d}*{VERSION}",
        f"BHT*0019*00*B{scramble(control):010d}*20251231*1023*CH",
        "NM1*41*2*NORTHFIELD BILLING SERVICES*****46*NBS4711",
        "PER*IC*CLAIMS DESK*TE*5555550142*EX*231",
        "NM1*40*2*CLEARING EXAMPLE*****46*CLX900",
    ]


def provider(rng: Random, hl: int) -> list[str]:
    name, number, tax = pick(rng, CLINICS)
    pay_to = ["NM1*87*2", *address(rng)] if rng.random() < 0.15 else []
    return [
        f"HL*{hl}**20*1",
        f"PRV*BI*PXC*{pick(rng, PHYSICIANS)[3]}",
        f"NM1*85*2*{name}*****XX*{number}",
        *address(rng, long_zip=True),
        f"REF*EI*{tax}",
        *pay_to,
    ]


def person(rng: Random, code: str, member: str = "") -> list[str]:
    """NM1 of a person with address and demographics; `member` is what follows NM105."""
    middle = chr(65 + below(rng, 26)) if rng.random() < 0.5 or member else ""
    name = f"NM1*{code}*1*{surname(rng)}*{pick(rng, FIRST)}*{middle}{member}".rstrip("*")
    return [name, *address(rng), f"DMG*D8*{pick(rng, BIRTH_DAYS)}*{'FM'[below(rng, 2)]}"]


def subscriber(rng: Random, hl: int, parent: int, number: int) -> tuple[list[str], bool]:
    """Loops 2000B and, for one in four, 2000C. Returns the segments and whether a dependent is the patient."""
    dependent = rng.random() < 0.25
    payer, payer_id = pick(rng, PAYERS)
    named = person(rng, "IL", f"***MI*W{scramble(number):010d}")
    out = [
        f"HL*{hl}*{parent}*22*{int(dependent)}",
        f"SBR*P*{'' if dependent else '18'}*{10_000 + below(rng, 80_000)}******{pick(rng, ('CI', 'BL', 'HM'))}",
        *(named[:1] if dependent else named),
        f"NM1*PR*2*{payer}*****PI*{payer_id}",
        f"REF*G2*{100_000 + below(rng, 900_000)}",
    ]
    if dependent:
        out += [f"HL*{hl + 1}*{hl}*23*0", f"PAT*{pick(rng, ('01', '19', '19', 'G8'))}", *person(rng, "QC")]
    return out, dependent


def claim(rng: Random, number: int) -> list[str]:
    """Loop 2300 with everything below it."""
    line_charges = charges(rng, pick(rng, LINE_COUNTS))
    day = below(rng, 365)
    accident = rng.random() < 0.05
    out = [
        f"CLM*C{scramble(number):010d}*{money(sum(line_charges))}***{pick(rng, ('11', '11', '22', '23'))}:B:1*Y*A*Y*Y" + ("**OA" if accident else "")
    ]
    if accident or rng.random() < 0.2:
        out.append(f"DTP*{439 if accident else 431}*D8*{SERVICE_DAYS[max(0, day - below(rng, 60))]}")
    if rng.random() < 0.1:
        out.append(f"AMT*F5*{money(500 + below(rng, 4000))}")
    if rng.random() < 0.12:
        out.append(f"REF*G1*A{below(rng, 10**9):09d}")
    out.append(f"REF*D9*{20_250_000_000_000 + scramble(number)}")
    if rng.random() < 0.6:
        out.append(f"REF*EA*{below(rng, 10**8):08d}")
    if rng.random() < 0.05:
        out.append(f"NTE*ADD*{pick(rng, NOTES)} {below(rng, 1000)}")
    pointers = 1 + below(rng, 6)
    out.append("HI*" + "*".join(f"{'ABF' if n else 'ABK'}:{code}" for n, code in enumerate(rng.sample(DIAGNOSES, pointers))))
    out += claim_providers(rng)
    prior = prior_payer(rng, line_charges) if rng.random() < 0.2 else None
    if prior:
        out += prior[1]
    for position, charge in enumerate(line_charges):
        out += line(rng, number, position, charge, SERVICE_DAYS[day], min(pointers, 4))
        if prior:
            out += prior_line(prior[0], charge, prior[2][position], out)
    return out


def claim_providers(rng: Random) -> list[str]:
    out: list[str] = []
    if rng.random() < 0.3:
        last, first, number, _ = pick(rng, PHYSICIANS)
        out.append(f"NM1*DN*1*{last}*{first}****XX*{number}")
    if rng.random() < 0.75:
        last, first, number, taxonomy = pick(rng, PHYSICIANS)
        out += [f"NM1*82*1*{last}*{first}****XX*{number}", f"PRV*PE*PXC*{taxonomy}"]
    if rng.random() < 0.5:
        site = below(rng, 400)
        out += [f"NM1*77*2*{pick(rng, CLINICS)[0]}*****XX*{npi(900_000 + site)}", *address(rng, long_zip=True)]
    return out


def prior_payer(rng: Random, line_charges: list[int]) -> tuple[str, list[str], list[int]]:
    """Loop 2320 of a payer that has decided already: its id, the segments, and what it paid per line in cents."""
    payer, payer_id = pick(rng, PAYERS)
    paid = [charge * (40 + below(rng, 45)) // 100 for charge in line_charges]
    policy = f"***MI*X{below(rng, 10**9):09d}"
    segments = [
        f"SBR*S*{pick(rng, ('01', '18', '19'))}*{10_000 + below(rng, 80_000)}******CI",
        f"AMT*D*{money(sum(paid))}",
        "OI***Y***Y",
        *person(rng, "IL", policy)[:3],
        f"NM1*PR*2*{payer}*****PI*{payer_id}",
    ]
    return payer_id, segments, paid


def prior_line(payer_id: str, charge: int, paid: int, before: list[str]) -> list[str]:
    """Loop 2430: paid, contractual reduction and patient share add up to the charge. Procedure and date are those of the line just written."""
    composite = next(text for text in reversed(before) if text.startswith("SV1*")).split("*", 2)[1]
    date = next(text for text in reversed(before) if text.startswith("DTP*472")).rsplit("*", 1)[1][:8]
    reduction = (charge - paid) // 2
    return [
        f"SVD*{payer_id}*{money(paid)}*{composite}**1",
        f"CAS*CO*45*{money(reduction)}",
        f"CAS*PR*2*{money(charge - paid - reduction)}",
        f"DTP*573*D8*{date}",
    ]


def line(rng: Random, number: int, position: int, charge: int, day: str, pointers: int) -> list[str]:
    pointed = ":".join(str(n + 1) for n in range(1 + below(rng, pointers)))
    out = [
        f"LX*{position + 1}",
        f"SV1*{procedure(rng)}*{money(charge)}*UN*{1 if rng.random() < 0.8 else 2 + below(rng, 6)}***{pointed}",
        f"DTP*472*D8*{day}" if rng.random() < 0.9 else f"DTP*472*RD8*{day}-{day}",
        f"REF*6R*L{scramble(number):010d}{position + 1:02d}",
    ]
    if rng.random() < 0.05:
        out += [f"LIN**N4*99999{below(rng, 10**6):06d}", f"CTP****{1 + below(rng, 30)}*{pick(rng, ('ML', 'UN', 'ME'))}"]
    return out


def loops(rng: Random, first: int) -> Iterator[tuple[list[str], int]]:
    """Endless: (segments of one more claim with the loops it opens, 0). About 40 subscribers a billing provider, one in ten with two claims."""
    hl = parent = left = 0
    number = first
    while True:
        out: list[str] = []
        if not left:
            left = 15 + below(rng, 50)
            hl += 1
            parent = hl
            out += provider(rng, hl)
        segments, dependent = subscriber(rng, hl + 1, parent, number)
        hl += 1 + dependent
        left -= 1
        yield out + segments + claim(rng, number), 0
        number += 1
        if rng.random() < 0.1:
            yield claim(rng, number), 0
            number += 1


def tail(control: int, rng: Random) -> tuple[list[str], int]:
    """Nothing follows the claims of an 837."""
    return [], 0
