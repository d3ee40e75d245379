"""270 and 271 (005010X279A1): one payer and one provider a set, a fourth of the patients dependents."""

from collections.abc import Iterator
from random import Random

from bench.family import Family, Part
from bench.people import BIRTH_DAYS, CLINICS, FIRST, PAYERS, SERVICE_DAYS, address, below, money, pick, scramble, surname

VERSION = "005010X279A1"
TRACER = "9877281234"
SERVICES = ("30", "1", "33", "35", "47", "48", "50", "86", "88", "98", "AL", "MH", "UC")
REJECTED = ("15", "43", "48", "51")


def heading(code: str, purpose: str, control: int, rng: Random) -> list[str]:
    payer, payer_id = pick(rng, PAYERS)
    clinic, number, _ = pick(rng, CLINICS)
    return [
        f"ST*{code}*{control:04d}*{VERSION}",
        f"BHT*0022*{purpose}*E{scramble(control):010d}*20251231*1023",
        "HL*1**20*1",
        f"NM1*PR*2*{payer}*****PI*{payer_id}",
        "HL*2*1*21*1",
        f"NM1*1P*2*{clinic}*****XX*{number}",
    ]


def named(rng: Random, code: str, member: str = "") -> str:
    return f"NM1*{code}*1*{surname(rng)}*{pick(rng, FIRST)}{member}"


def born(rng: Random) -> str:
    return f"DMG*D8*{pick(rng, BIRTH_DAYS)}*{'FM'[below(rng, 2)]}"


def patients(rng: Random, first: int, answer: bool) -> Iterator[Part]:
    """Levels 2000C and, for one in four, 2000D with what is asked or answered of the patient."""
    hl, number = 2, first
    while True:
        dependent = rng.random() < 0.25
        hl += 1
        member = f"****MI*W{scramble(number):010d}"
        trace = f"TRN*{2 if answer else 1}*T{scramble(number):010d}*{TRACER}"
        out = [f"HL*{hl}*2*22*{int(dependent)}", *([] if dependent else [trace]), named(rng, "IL", member)]
        if dependent:
            hl += 1
            out += [f"HL*{hl}*{hl - 1}*23*0", trace, named(rng, "03")]
        yield out + (answered(rng, number) if answer else asked(rng, dependent)), 0
        number += 1


def asked(rng: Random, dependent: bool) -> list[str]:
    out = [*address(rng)] if rng.random() < 0.2 else []
    out += [born(rng), *(["INS*N*19"] if dependent else []), f"DTP*291*D8*{pick(rng, SERVICE_DAYS)}"]
    return [*out, f"EQ*{'^'.join(rng.sample(SERVICES, 2)) if rng.random() < 0.1 else pick(rng, SERVICES)}"]


def answered(rng: Random, number: int) -> list[str]:
    if rng.random() < 0.05:
        return [f"AAA*N**{pick(rng, REJECTED)}*C"]
    out = [f"REF*6P*{10_000 + below(rng, 80_000)}*EMPLOYER GROUP", *address(rng), born(rng), f"DTP*346*D8*{pick(rng, SERVICE_DAYS)}"]
    if rng.random() < 0.08:
        return [*out, "EB*6**30"]
    out.append("EB*1**30^1^33^35^47^48^50^86^98^AL^MH^UC*HM*GOLD CHOICE")
    for service in rng.sample(SERVICES, 2 + below(rng, 5)):
        out += benefit(rng, service)
    if rng.random() < 0.3:
        first, last = pick(rng, FIRST), surname(rng)
        out += ["EB*L", "LS*2120", f"NM1*P3*1*{last}*{first}****SV*P{below(rng, 10**6):06d}", "PER*IC**TE*5555550123", "LE*2120"]
    return out


def benefit(rng: Random, service: str) -> list[str]:
    """Deductible with what is left of it, coinsurance, or a copay with its limits."""
    network = pick(rng, ("Y", "Y", "N"))
    draw = rng.random()
    if draw < 0.35:
        whole = 50_000 + below(rng, 20) * 10_000
        left = below(rng, whole)
        return [f"EB*C*IND*{service}***23*{money(whole)}*****{network}", f"EB*C*IND*{service}***29*{money(left)}*****{network}"]
    if draw < 0.6:
        return [f"EB*A*IND*{service}*****.{pick(rng, '1234')}****{network}", "MSG*AFTER DEDUCTIBLE"]
    out = [f"EB*B*IND*{service}***27*{money(1000 + 500 * below(rng, 12))}*****{network}"]
    if draw < 0.8:
        return [*out, f"HSD*VS*{10 + below(rng, 30)}***22"]
    return [*out, f"DTP*292*RD8*20250101-{pick(rng, SERVICE_DAYS)}"]


INQUIRY = Family(VERSION, "HS", lambda control, rng, _: heading("270", "13", control, rng), lambda rng, first: patients(rng, first, False))
ANSWER = Family(VERSION, "HB", lambda control, rng, _: heading("271", "11", control, rng), lambda rng, first: patients(rng, first, True))
