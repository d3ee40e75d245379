"""Map table of the 837D: one `claim.submitted` for each CLM of a dental claim file; a predetermination has `predetermination` PB."""

from schemas.maps import claims as c
from schemas.maps.mapping import Choice, Chosen, Field, Map, Seg, Texts, both

_DIAGNOSIS = (Field("1", "qualifier"), Field("2", "code"))
_CODES = Choice(1, 12, {
    "ABK": Chosen("diagnoses", _DIAGNOSIS, (("kind", "principal"),)),
    "BK": Chosen("diagnoses", _DIAGNOSIS, (("kind", "principal"),)),
    "ABF": Chosen("diagnoses", _DIAGNOSIS, (("kind", "other"),)),
    "BF": Chosen("diagnoses", _DIAGNOSIS, (("kind", "other"),)),
    "TQ": Chosen("diagnoses", _DIAGNOSIS, (("kind", "other"),)),
})  # fmt: skip

_CLAIM: tuple[Seg, ...] = (
    Seg("2300", "CLM", (*c.CLAIM, Field("05-1", "place_of_service"), *c.ACCIDENT)),
    Seg("2300", "DN1", (
        Field("01", "treatment_months", "quantity"), Field("02", "remaining_months", "quantity"), Field("03", "treatment_indicator"),
        Field("04", "description"),
    ), "orthodontics"),
    Seg("2300", "DN2", (Field("01", "tooth"), Field("02", "status"), Field("06", "qualifier")), "tooth_status[]"),
    *both(
        "2300", c.day("439", "accident_date"), c.day("452", "appliance_placement_date"), c.span("472", "service_period"),
        c.day("050", "repricer_received_date"), c.money("AMT:F5", "patient_paid"), *c.CLAIM_NUMBERS, ("HI", (_CODES,), ""),
    ),
    *c.DETAILS,
)  # fmt: skip

_LINE: tuple[Seg, ...] = (
    *c.LINES,
    *both(
        "2400",
        ("SV3", (
            *c.procedure("01"), Field("02", "charge", "money"), Field("03", "place_of_service"),
            Texts(("04-1", "04-2", "04-3", "04-4", "04-5"), "oral_cavity"), Field("05", "prosthesis"), Field("06", "units", "quantity"),
            Texts(("11-1", "11-2", "11-3", "11-4"), "diagnosis_pointers"),
        ), ""),
        ("TOO", (
            Field("01", "qualifier"), Field("02", "code"), Texts(("03-1", "03-2", "03-3", "03-4", "03-5"), "surfaces"),
        ), "tooth[]"),
        c.CONTRACT, c.FILE_INFORMATION, *c.LINE_REFERENCES, c.money("AMT:T", "sales_tax"),
        c.day("441", "prior_placement_date"), c.day("139", "estimated_prior_placement_date"), c.day("452", "appliance_placement_date"),
        c.day("446", "replacement_date"), c.day("196", "treatment_start_date"), c.day("198", "treatment_completion_date"),
    ),
)  # fmt: skip

_CLAIM_OBJECTS, _CLAIM_PROVIDERS = c.providers(
    "2310", A="referring_providers[]", B="rendering_provider", C="service_facility", D="assistant_surgeon", E="supervising_provider"
)
_PAYER_OBJECTS, _PAYER_PROVIDERS = c.providers(
    "2330",
    C="referring_providers[]",
    D="rendering_provider",
    E="supervising_provider",
    F="billing_provider",
    G="service_facility",
    H="assistant_surgeon",
)
_LINE_OBJECTS, _LINE_PROVIDERS = c.providers("2420", A="rendering_provider", B="assistant_surgeon", C="supervising_provider", D="service_facility")

_PROVIDER_DETAILS: tuple[Seg, ...] = (
    *both("2330C 2330D 2330E 2330F 2330G 2330H", c.REFERENCES),
    *both("2310A 2310B 2310D 2420A 2420B", c.TAXONOMY),
    *both("2310A 2310B 2310C 2310D 2310E", c.REFERENCES),
    *both("2310C 2420D", *c.ADDRESS),
    *both("2420A 2420B 2420C 2420D", c.PAYER_REFERENCES),
)

MAP = Map(
    name="claim_837d",
    guide="837D",
    objects=(*c.OBJECTS, *_CLAIM_OBJECTS, *_PAYER_OBJECTS, *_LINE_OBJECTS),
    segments=(
        *c.HEADING,
        *both("2010AA", c.number("REF:SY", "social_security_number"), ("REF:0B,1G", c.REFERENCE, "references[]")),
        *_CLAIM, *_CLAIM_PROVIDERS, *c.OTHER_PAYERS, *_PAYER_PROVIDERS, *_LINE, *_LINE_PROVIDERS, *_PROVIDER_DETAILS,
    ),
    emits=(c.EMIT,),
    required=c.REQUIRED,
)  # fmt: skip
