"""276 and 277 (005010X212) and 277CA (005010X214): one payer and one receiver a set, a new provider every 25 claims."""

from collections.abc import Callable, Iterator
from random import Random

from bench.eligibility import born, named
from bench.family import Family, Part
from bench.people import CLINICS, PAYERS, SERVICE_DAYS, below, charges, money, pick, procedure, scramble

VERSION, RECEIPT_VERSION = "005010X212", "005010X214"
FINAL = (("F1", "65"), ("F2", "21"), ("F0", "3"), ("P1", "20"), ("P3", "317"), ("R3", "294"))
REFUSED = (("A7", "562", "85"), ("A7", "164", "IL"), ("A6", "454", ""), ("A8", "33", ""), ("A3", "54", ""))
PROVIDER_CLAIMS = 25
"""A divisor of the claims of a set, so that what a 277CA sums for a provider is all there; only the last set of a file breaks off."""
Claim = Callable[[Random, int], Part]


def heading(code: str, bht: str, version: str, control: int, rng: Random) -> list[str]:
    payer, payer_id = pick(rng, PAYERS)
    return [
        f"ST*{code}*{control:04d}*{version}",
        bht.format(f"S{scramble(control):010d}"),
        "HL*1**20*1",
        f"NM1*PR*2*{payer}*****PI*{payer_id}",
    ]


RECEIVER = ["HL*2*1*21*1", "NM1*41*2*NORTHFIELD BILLING SERVICES*****46*NBS4711"]


def ask(control: int, rng: Random, _total: int) -> list[str]:
    return heading("276", "BHT*0010*13*{}*20251231*1023", VERSION, control, rng) + RECEIVER


def answer(control: int, rng: Random, _total: int) -> list[str]:
    return [*heading("277", "BHT*0010*08*{}*20251231*1023*DG", VERSION, control, rng), "PER*IC*CLAIMS DESK*TE*5555550142", *RECEIVER]


def receive(control: int, rng: Random, total: int) -> list[str]:
    """The amount received stands in front of the claims it sums."""
    trace = f"B{scramble(control):010d}"
    return [
        *heading("277", "BHT*0085*08*{}*20251231*1023*TH", RECEIPT_VERSION, control, rng),
        f"TRN*1*{trace}",
        "DTP*050*D8*20251231",
        "DTP*009*D8*20251231",
        *RECEIVER,
        f"TRN*2*{trace}",
        f"STC*A1:19:PR*20251231*WQ*{money(total)}",
    ]


def levels(rng: Random, first: int, claim: Claim, patient: Callable[[Random, int, int, int], tuple[list[str], int]]) -> Iterator[Part]:
    """Provider levels with their patients and a claim each; `patient(rng, hl, provider, number)` gives its segments and how many levels they are."""
    hl, number = 2, first
    while True:
        claims = [claim(rng, number + at) for at in range(PROVIDER_CLAIMS)]
        clinic, npi, _ = pick(rng, CLINICS)
        hl += 1
        provider = hl
        out = [f"HL*{hl}*2*19*1", f"NM1*{'85' if claim is received else '1P'}*2*{clinic}*****XX*{npi}"]
        if claim is received:
            total = sum(cents for _, cents in claims)
            out += [f"TRN*1*P{scramble(number):010d}", f"STC*A1:19:PR**WQ*{money(total)}"]
        for of_claim, cents in claims:
            segments, used = patient(rng, hl + 1, provider, number)
            hl += used
            yield out + segments + of_claim, cents
            out = []
            number += 1


def asked_patient(rng: Random, hl: int, provider: int, number: int) -> tuple[list[str], int]:
    member = f"****MI*W{scramble(number):010d}"
    if rng.random() < 0.25:
        above = [f"HL*{hl}*{provider}*22*1", named(rng, "IL", member)]
        return [*above, f"HL*{hl + 1}*{hl}*23", born(rng), named(rng, "QC")], 2
    return [f"HL*{hl}*{provider}*22*0", born(rng), named(rng, "IL", member)], 1


def answered_patient(rng: Random, hl: int, provider: int, number: int) -> tuple[list[str], int]:
    segments, used = asked_patient(rng, hl, provider, number)
    return [text for text in segments if not text.startswith("DMG")], used


def received_patient(rng: Random, hl: int, provider: int, number: int) -> tuple[list[str], int]:
    return [f"HL*{hl}*{provider}*PT", named(rng, "QC", f"****MI*W{scramble(number):010d}")], 1


def asked(rng: Random, number: int) -> Part:
    """Loop 2200: one in three asks about its lines too."""
    amounts = charges(rng, 1 + below(rng, 4))
    day = pick(rng, SERVICE_DAYS)
    out = [
        f"TRN*1*Q{scramble(number):010d}",
        f"REF*EJ*C{scramble(number):010d}",
        f"REF*D9*{20_250_000_000_000 + scramble(number)}",
        f"AMT*T3*{money(sum(amounts))}",
        f"DTP*472*D8*{day}",
    ]
    if rng.random() < 0.33:
        for at, cents in enumerate(amounts, 1):
            out += [f"SVC*{procedure(rng)}*{money(cents)}*****1", f"REF*FJ*L{scramble(number):010d}{at:02d}", f"DTP*472*D8*{day}"]
    return out, 0


def answered(rng: Random, number: int) -> Part:
    amounts = charges(rng, 1 + below(rng, 4))
    day = pick(rng, SERVICE_DAYS)
    category, code = pick(rng, FINAL)
    total = sum(amounts)
    paid = total * (40 + below(rng, 45)) // 100 if category == "F1" else 0
    check = f"**20251230**20251230*{10**7 + below(rng, 10**7)}" if category == "F1" else ""
    out = [
        f"TRN*2*Q{scramble(number):010d}",
        f"STC*{category}:{code}*20251231**{money(total)}*{money(paid)}" + check.removeprefix("*"),
        f"REF*1K*{2_025_000_000 + below(rng, 10**8)}",
        f"REF*EJ*C{scramble(number):010d}",
        f"DTP*472*D8*{day}",
    ]
    if rng.random() < 0.5:
        for at, cents in enumerate(amounts, 1):
            out += [
                f"SVC*{procedure(rng)}*{money(cents)}*{money(paid // len(amounts))}****1",
                f"STC*{category}:{code}*20251231",
                f"REF*FJ*L{scramble(number):010d}{at:02d}",
                f"DTP*472*D8*{day}",
            ]
    return out, 0


def received(rng: Random, number: int) -> Part:
    """Loop 2200D: one claim in twelve is rejected."""
    total = sum(charges(rng, 1 + below(rng, 4)))
    status, action = ("A2:20:PR", "WQ") if rng.random() > 1 / 12 else (":".join(pick(rng, REFUSED)).rstrip(":"), "U")
    out = [
        f"TRN*2*C{scramble(number):010d}",
        f"STC*{status}*20251231*{action}*{money(total)}",
        f"REF*1K*{2_025_000_000 + below(rng, 10**8)}",
        f"REF*D9*{20_250_000_000_000 + scramble(number)}",
        f"DTP*472*D8*{pick(rng, SERVICE_DAYS)}",
    ]
    return out, total


ASKED = Family(VERSION, "HR", ask, lambda rng, first: levels(rng, first, asked, asked_patient))
ANSWERED = Family(VERSION, "HN", answer, lambda rng, first: levels(rng, first, answered, answered_patient))
RECEIVED = Family(RECEIPT_VERSION, "HN", receive, lambda rng, first: levels(rng, first, received, received_patient))
