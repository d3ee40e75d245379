"""Map table of the 837P: one `claim.submitted` for each CLM of a professional claim file."""

from schemas.maps import claims as c
from schemas.maps.mapping import Choice, Chosen, Field, Map, Obj, Row, Seg, Texts, both

_DIAGNOSIS: tuple[Field, ...] = (Field("1", "qualifier"), Field("2", "code"))
_CODES = Choice(1, 12, {
    "ABK": Chosen("diagnoses", _DIAGNOSIS, (("kind", "principal"),)),
    "BK": Chosen("diagnoses", _DIAGNOSIS, (("kind", "principal"),)),
    "ABF": Chosen("diagnoses", _DIAGNOSIS, (("kind", "other"),)),
    "BF": Chosen("diagnoses", _DIAGNOSIS, (("kind", "other"),)),
    "BP": Chosen("anesthesia_procedures", (Field("2", "code"),), (("kind", "principal"),)),
    "BO": Chosen("anesthesia_procedures", (Field("2", "code"),), (("kind", "other"),)),
    "BG": Chosen("condition_codes", (Field("2", "code"),)),
})  # fmt: skip

_PATIENT_FACTS: tuple[Row, ...] = (
    Field(("05", "06"), "patient_death_date", "formatted_date"), Field("07", "patient_weight_unit"),
    Field("08", "patient_weight", "quantity"), Field("09", "patient_pregnant"),
)  # fmt: skip
"""PAT below the subscriber: who is the patient then; the loop's object is the coverage."""

_CLAIM: tuple[Seg, ...] = (
    Seg("2300", "CLM", (*c.CLAIM, Field("05-1", "place_of_service"), *c.ACCIDENT)),
    *both(
        "2300", c.day("431", "onset_date"), c.day("454", "initial_treatment_date"), c.day("304", "last_seen_date"),
        c.day("453", "acute_manifestation_date"), c.day("439", "accident_date"), c.day("484", "last_menstrual_period_date"),
        c.day("455", "last_xray_date"), c.day("471", "prescription_date"), c.span("314", "disability_period"),
        c.span("360", "disability_start"), c.span("361", "disability_end"), c.day("297", "last_worked_date"),
        c.day("296", "return_to_work_date"), c.day("435", "admission_date"), c.day("096", "discharge_date"), c.day("090", "assumed_care_date"),
        c.day("091", "relinquished_care_date"), c.day("444", "first_contact_date"), c.day("050", "repricer_received_date"),
        c.money("AMT:F5", "patient_paid"), *c.CLAIM_NUMBERS, c.AMBULANCE, c.CONDITIONS,
        ("CR2", (Field("08", "condition"), Texts(("10", "11"), "descriptions")), "spinal"), ("HI", (_CODES,), ""),
    ),
    *c.DETAILS,
)  # fmt: skip

_LINE: tuple[Seg, ...] = (
    *c.LINES,
    *both(
        "2400",
        ("SV1", (
            *c.procedure("01"), Field("02", "charge", "money"), Field("03", "unit"), Field("04", "units", "quantity"),
            Field("05", "place_of_service"), Texts(("07-1", "07-2", "07-3", "07-4"), "diagnosis_pointers"), Field("09", "emergency"),
            Field("11", "epsdt"), Field("12", "family_planning"), Field("15", "copay_status"),
        ), ""),
        ("SV5", (
            Field("01-1", "procedure.qualifier"), Field("01-2", "procedure.code"), Field("02", "unit"), Field("03", "units", "quantity"),
            Field("04", "rental_price", "money"), Field("05", "purchase_price", "money"), Field("06", "rental_frequency"),
        ), "equipment"),
        ("CR3", (Field("01", "certification_type"), Field("02", "duration_unit"), Field("03", "duration", "quantity")), "equipment_certification"),
        c.ATTACHMENT, c.AMBULANCE, c.CONDITIONS, c.CONTRACT, c.FILE_INFORMATION, *c.LINE_REFERENCES,
        c.day("471", "prescription_date"), c.day("607", "recertification_date"), c.day("463", "therapy_start_date"),
        c.day("461", "last_certification_date"), c.day("304", "last_seen_date"), c.day("738", "hemoglobin_test_date"),
        c.day("739", "serum_creatinine_test_date"), c.day("011", "shipped_date"), c.day("455", "last_xray_date"),
        c.day("454", "initial_treatment_date"), c.money("AMT:T", "sales_tax"), c.money("AMT:F4", "postage_amount"),
        ("QTY:PT", (Field("02", "ambulance_patients", "quantity"),), ""), ("QTY:FL", (Field("02", "obstetric_units", "quantity"),), ""),
        ("MEA", (Field("01", "reference"), Field("02", "qualifier"), Field("03", "value", "quantity")), "measurements[]"),
        ("PS1", (Field("01", "provider_id"), Field("02", "amount", "money")), "purchased_service"),
    ),
    *c.DRUGS,
    *both(
        "2440", ("LQ", (Field("01", "qualifier"), Field("02", "code")), ""),
        ("FRM", (
            Field("01", "question"), Field("02", "response"), Field("03", "text"), Field("04", "date", "date"), Field("05", "percent", "quantity"),
        ), "answers[]"),
    ),
)  # fmt: skip

_CLAIM_OBJECTS, _CLAIM_PROVIDERS = c.providers(
    "2310",
    A="referring_providers[]",
    B="rendering_provider",
    C="service_facility",
    D="supervising_provider",
    E="ambulance_pickup",
    F="ambulance_dropoff",
)
_PAYER_OBJECTS, _PAYER_PROVIDERS = c.providers(
    "2330", C="referring_providers[]", D="rendering_provider", E="service_facility", F="supervising_provider", G="billing_provider"
)
_LINE_OBJECTS, _LINE_PROVIDERS = c.providers(
    "2420", A="rendering_provider", B="purchased_service_provider", C="service_facility", D="supervising_provider", E="ordering_provider",
    F="referring_providers[]", G="ambulance_pickup", H="ambulance_dropoff",
)  # fmt: skip

_PROVIDER_DETAILS: tuple[Seg, ...] = (
    *both("2330C 2330D 2330E 2330F 2330G", c.REFERENCES),
    *both("2310B 2420A", c.TAXONOMY),
    *both("2310A 2310B 2310C 2310D", c.REFERENCES),
    *both("2310C 2310E 2310F 2420C 2420E 2420G 2420H", *c.ADDRESS),
    *both("2310C 2420E", c.CONTACTS),
    *both("2420A 2420B 2420C 2420D 2420E 2420F", c.PAYER_REFERENCES),
)

MAP = Map(
    name="claim_837p",
    guide="837P",
    objects=(*c.OBJECTS, *_CLAIM_OBJECTS, *_PAYER_OBJECTS, *_LINE_OBJECTS, Obj("2410", "drugs[]"), Obj("2440", "forms[]")),
    segments=(
        *c.HEADING,
        *both("2010AA", c.number("REF:SY", "social_security_number"), ("REF:0B,1G", c.REFERENCE, "references[]")),
        *both("2010BA 2010CA", c.CONTACTS),
        Seg("2000B", "PAT", _PATIENT_FACTS),
        *_CLAIM, *_CLAIM_PROVIDERS, *c.OTHER_PAYERS, *_PAYER_PROVIDERS, *_LINE, *_LINE_PROVIDERS, *_PROVIDER_DETAILS,
    ),
    emits=(c.EMIT,),
    required=c.REQUIRED,
)  # fmt: skip
