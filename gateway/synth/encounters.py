"""What was done and billed: claims drawn from a generator."""

from random import Random

from gateway.synth.catalog import (
    DENIALS,
    DENTAL,
    DENTAL_WITH_SURFACE,
    DENTAL_WITH_TOOTH,
    DIAGNOSES,
    DRUGS,
    ENDED,
    INPATIENT_REVENUE,
    LATE,
    MODIFIERS,
    OUTPATIENT_REVENUE,
    PAYERS,
    PROCEDURES,
    UNAUTHORIZED,
    Site,
)
from gateway.synth.identity import patient
from gateway.synth.model import Claim, Line

_VISITS_PER_PATIENT = 2
_LATE_DAYS = 420
_AUTHORIZED = 0.3
_APART = 50_000_000
"""Numbers of patients whose coverage differs from what it was at other visits: they come once."""


def claim(rng: Random, seed: int, number: int, site: Site, kind: str, scenario: str, day: int) -> Claim:
    """Claim number `number` of the world, with service up to ten days before `day`, when it is billed."""
    denial = rng.choice(DENIALS) if scenario in {"denied", "replaced"} else None
    served = day - rng.randrange(1, 10) - (_LATE_DAYS if denial and denial.carc == LATE else 0)
    inpatient = kind == "837I" and rng.random() < 0.5
    admitted = served - (rng.randrange(1, 6) if inpatient else 0)
    diagnoses = tuple(rng.sample(DIAGNOSES, rng.randrange(1, 5)))
    lines = _lines(rng, number, kind, inpatient, len(diagnoses), served, at_least=2 if scenario in {"partial", "split"} else 1)
    clinician, other = rng.sample(site.clinicians, 2)
    authorized = rng.random() < _AUTHORIZED and not (denial and denial.carc in (LATE, UNAUTHORIZED, ENDED)) and scenario != "unknown_member"
    apart = scenario == "unknown_member" or (denial is not None and denial.carc == ENDED)
    return Claim(
        number=number,
        site=site,
        kind=kind,
        control_number=f"{site.prefix}{number:09d}",
        scenario=scenario,
        patient=patient(seed, site.id, _APART + number if apart else number // _VISITS_PER_PATIENT, PAYERS),
        clinic=rng.choice(site.clinics),
        clinician=clinician,
        other_clinician=other,
        lines=lines,
        diagnoses=diagnoses,
        admitted=admitted,
        day=served,
        sent=day,
        inpatient=inpatient,
        authorization=f"AUTH{number:08d}" if authorized else "",
        patient_paid=rng.choice((1000, 2000, 2500)) if rng.random() < 0.1 else 0,
        variety=rng.getrandbits(30),
        denial=denial,
    )


def _lines(rng: Random, number: int, kind: str, inpatient: bool, diagnoses: int, day: int, at_least: int) -> tuple[Line, ...]:
    count = max(at_least, rng.choice((1, 1, 2, 2, 3, 4, 5)))
    made = []
    for at in range(count):
        reference = f"L{number:09d}{at + 1:02d}"
        charge = rng.randrange(60, 900) * 100 + (rng.randrange(100) if rng.random() < 0.4 else 0)
        if kind == "837I":
            made.append(_hospital_line(rng, charge, day, reference, inpatient))
        elif kind == "837D":
            made.append(_dental_line(rng, charge, day, reference))
        else:
            pointers = tuple(str(1 + n) for n in range(min(diagnoses, 1 + at % 3)))
            made.append(_office_line(rng, charge, day, reference, pointers))
    return tuple(made)


def _office_line(rng: Random, charge: int, day: int, reference: str, pointers: tuple[str, ...]) -> Line:
    if rng.random() < 0.08:
        code, drug, unit = rng.choice(DRUGS)
        return Line(("HC", code), charge, rng.randrange(1, 5), day, reference, pointers=pointers, drug=(drug, unit))
    code = rng.choice(PROCEDURES)
    modifiers = tuple(rng.sample(MODIFIERS, rng.choice((0, 0, 0, 1, 1, 2))))
    return Line(("HC", code, *modifiers), charge, rng.choice((1, 1, 1, 1, 2, 3)), day, reference, pointers=pointers)


def _hospital_line(rng: Random, charge: int, day: int, reference: str, inpatient: bool) -> Line:
    if inpatient:
        return Line((), charge * 6, rng.randrange(1, 6), day, reference, revenue=rng.choice(INPATIENT_REVENUE))
    if rng.random() < 0.1:
        code, drug, unit = rng.choice(DRUGS)
        return Line(("HC", code), charge, rng.randrange(1, 5), day, reference, revenue="0636", drug=(drug, unit))
    revenue, code = rng.choice(OUTPATIENT_REVENUE)
    return Line(("HC", code), charge, 1, day, reference, revenue=revenue)


def _dental_line(rng: Random, charge: int, day: int, reference: str) -> Line:
    code = rng.choice(DENTAL)
    tooth = str(rng.randrange(1, 33)) if code in DENTAL_WITH_TOOTH else ""
    surfaces = tuple(rng.sample("MODBL", 2 if code == "D2392" else 1)) if code in DENTAL_WITH_SURFACE else ()
    return Line(("AD", code), charge, 1, day, reference, tooth=tooth, surfaces=surfaces)
