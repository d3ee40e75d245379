"""278 request and response (005010X217): one patient and one event a set, as the guide has it, with one to four services."""

from collections.abc import Iterator
from random import Random

from bench.eligibility import TRACER, born, named
from bench.family import Family, Part
from bench.people import CLINICS, DIAGNOSES, PAYERS, PHYSICIANS, SERVICE_DAYS, below, pick, procedure, scramble

VERSION = "005010X217"
KINDS = ("1", "2", "3", "12", "42", "48", "AD", "PT")
REASONS = ("0U", "0V", "35", "19")


def heading(purpose: str, control: int, rng: Random) -> list[str]:
    payer, payer_id = pick(rng, PAYERS)
    clinic, number, _ = pick(rng, CLINICS)
    return [
        f"ST*278*{control:04d}*{VERSION}",
        f"BHT*0007*{purpose.format(f'A{scramble(control):010d}')}",
        "HL*1**20*1",
        f"NM1*X3*2*{payer}*****PI*{payer_id}",
        "HL*2*1*21*1",
        f"NM1*1P*2*{clinic}*****XX*{number}",
    ]


def events(rng: Random, first: int, answer: bool) -> Iterator[Part]:
    """Levels 2000C to 2000F of a patient, one in four a dependent; each set begins with its own."""
    number = first
    while True:
        hl = 2
        hl += 1
        out = [f"HL*{hl}*2*22*1", named(rng, "IL", f"****MI*W{scramble(number):010d}")]
        if rng.random() < 0.25:
            hl += 1
            out += [f"HL*{hl}*{hl - 1}*23*1", named(rng, "QC"), born(rng), "INS*N*19"]
        else:
            out.append(born(rng))
        services = 1 + below(rng, 4)
        hl += 1
        event = hl
        out += patient_event(rng, event, number, answer)
        for _ in range(services):
            hl += 1
            out += service(rng, hl, event, answer)
        yield out, 0
        number += 1


def patient_event(rng: Random, hl: int, number: int, answer: bool) -> list[str]:
    last, first, npi, taxonomy = pick(rng, PHYSICIANS)
    day = pick(rng, SERVICE_DAYS)
    codes = rng.sample(DIAGNOSES, 1 + below(rng, 3))
    out = [
        f"HL*{hl}*{hl - 1}*EV*1",
        f"TRN*{2 if answer else 1}*R{scramble(number):010d}*{TRACER}",
        f"UM*HS*I*{pick(rng, KINDS)}*{pick(rng, ('11', '22', '21'))}:B",
    ]
    if answer:
        out += [decision(rng, number)]
    return [
        *out,
        f"DTP*AAH*RD8*{day}-{day}",
        "HI*" + "*".join(f"{'ABF' if n else 'ABK'}:{code}" for n, code in enumerate(codes)),
        f"NM1*SJ*1*{last}*{first}****XX*{npi}",
        *([] if answer else [f"PRV*PE*PXC*{taxonomy}"]),
    ]


def decision(rng: Random, number: int) -> str:
    draw = rng.random()
    if draw < 0.7:
        return f"HCR*A1*AUTH{scramble(number):010d}"
    return f"HCR*A3**{pick(rng, REASONS)}" if draw < 0.85 else f"HCR*A4**{pick(rng, REASONS)}"


def service(rng: Random, hl: int, event: int, answer: bool) -> list[str]:
    out = [f"HL*{hl}*{event}*SS*0", f"UM*HS*I*{pick(rng, KINDS)}"]
    if answer:
        out.append(f"HCR*A1*S{below(rng, 10**8):08d}")
    out += [f"DTP*472*D8*{pick(rng, SERVICE_DAYS)}", f"SV1*{procedure(rng)}**UN*{1 + below(rng, 12)}"]
    return [*out, f"HSD*VS*{1 + below(rng, 12)}*DA*1*34*{1 + below(rng, 4)}"] if rng.random() < 0.3 else out


def request(control: int, rng: Random, _total: int) -> list[str]:
    return heading("13*{}*20251231*1023", control, rng)


def response(control: int, rng: Random, _total: int) -> list[str]:
    return heading("11*{}*20251231*1023*18", control, rng)


REQUEST = Family(VERSION, "HI", request, lambda rng, first: events(rng, first, False), single=True)
RESPONSE = Family(VERSION, "HI", response, lambda rng, first: events(rng, first, True), single=True)
