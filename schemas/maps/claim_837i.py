"""Map table of the 837I: one `claim.submitted` for each CLM of an institutional claim file."""

from schemas.maps import claims as c
from schemas.maps.mapping import Choice, Chosen, Field, Map, Obj, Seg, both

_DIAGNOSIS = (Field("1", "qualifier"), Field("2", "code"), Field("9", "present_on_admission"))
_PROCEDURE = (Field("1", "qualifier"), Field("2", "code"), Field(("3", "4"), "date", "formatted_date"))


def _diagnosis(kind: str) -> Chosen:
    return Chosen("diagnoses", _DIAGNOSIS, (("kind", kind),))


_CODES = Choice(1, 12, {
    "ABK": _diagnosis("principal"),
    "BK": _diagnosis("principal"),
    "ABJ": _diagnosis("admitting"),
    "BJ": _diagnosis("admitting"),
    "APR": _diagnosis("reason_for_visit"),
    "PR": _diagnosis("reason_for_visit"),
    "ABN": _diagnosis("external_cause"),
    "BN": _diagnosis("external_cause"),
    "ABF": _diagnosis("other"),
    "BF": _diagnosis("other"),
    "BBR": Chosen("procedures", _PROCEDURE, (("kind", "principal"),)),
    "BR": Chosen("procedures", _PROCEDURE, (("kind", "principal"),)),
    "CAH": Chosen("procedures", _PROCEDURE, (("kind", "principal"),)),
    "BBQ": Chosen("procedures", _PROCEDURE, (("kind", "other"),)),
    "BQ": Chosen("procedures", _PROCEDURE, (("kind", "other"),)),
    "BI": Chosen("occurrence_spans", (Field("2", "code"), Field(("3", "4"), "period", "period"))),
    "BH": Chosen("occurrences", (Field("2", "code"), Field(("3", "4"), "date", "formatted_date"))),
    "BE": Chosen("values", (Field("2", "code"), Field("5", "amount", "money"))),
    "BG": Chosen("condition_codes", (Field("2", "code"),)),
    "TC": Chosen("treatment_codes", (Field("2", "code"),)),
})  # fmt: skip

_CLAIM: tuple[Seg, ...] = (
    Seg("2300", "CLM", (*c.CLAIM, Field("05-1", "facility_type"))),
    Seg("2300", "CL1", (Field("01", "admission_type"), Field("02", "admission_source"), Field("03", "patient_status"))),
    *both(
        "2300", c.span("434", "statement_period"), c.day("435", "admission_date"), c.day("096", "discharge_hour"),
        c.day("050", "repricer_received_date"), c.money("AMT:F3", "estimated_due"), *c.CLAIM_NUMBERS, c.CONDITIONS,
        ("HI:DR", (Field("01-2", "drg"),), ""), ("HI", (_CODES,), ""),
    ),
    *c.DETAILS,
    Seg("2320", *c.INPATIENT),
)  # fmt: skip

_LINE: tuple[Seg, ...] = (
    *c.LINES,
    *both(
        "2400",
        ("SV2", (
            Field("01", "revenue_code"), *c.procedure("02"), Field("03", "charge", "money"), Field("04", "unit"), Field("05", "units", "quantity"),
            Field("07", "noncovered_charge", "money"),
        ), ""),
        c.ATTACHMENT, c.number("REF:6R", "control_number"), ("REF:9B,9D", c.REFERENCE, "references[]"),
        c.money("AMT:GT", "service_tax"), c.money("AMT:N8", "facility_tax"),
    ),
    *c.DRUGS,
)  # fmt: skip

_CLAIM_OBJECTS, _CLAIM_PROVIDERS = c.providers(
    "2310",
    A="attending_provider",
    B="operating_provider",
    C="other_operating_provider",
    D="rendering_provider",
    E="service_facility",
    F="referring_providers[]",
)
_PAYER_OBJECTS, _PAYER_PROVIDERS = c.providers(
    "2330", C="attending_provider", D="operating_provider", E="other_operating_provider", F="service_facility", G="rendering_provider",
    H="referring_providers[]", I="billing_provider",
)  # fmt: skip
_LINE_OBJECTS, _LINE_PROVIDERS = c.providers(
    "2420", A="operating_provider", B="other_operating_provider", C="rendering_provider", D="referring_providers[]"
)

_PROVIDER_DETAILS: tuple[Seg, ...] = (
    *both("2330C 2330D 2330E 2330F 2330G 2330H 2330I", c.REFERENCES),
    *both("2310A", c.TAXONOMY),
    *both("2310A 2310B 2310C 2310D 2310E 2310F", c.REFERENCES),
    *both("2310E", *c.ADDRESS),
    *both("2420A 2420B 2420C 2420D", c.PAYER_REFERENCES),
)

MAP = Map(
    name="claim_837i",
    guide="837I",
    objects=(*c.OBJECTS, *_CLAIM_OBJECTS, *_PAYER_OBJECTS, *_LINE_OBJECTS, Obj("2410", "drugs[]")),
    segments=(
        *c.HEADING, *_CLAIM, *_CLAIM_PROVIDERS, *c.OTHER_PAYERS, *_PAYER_PROVIDERS, *_LINE, *_LINE_PROVIDERS, *_PROVIDER_DETAILS,
    ),
    emits=(c.EMIT,),
    required=c.REQUIRED,
)  # fmt: skip
