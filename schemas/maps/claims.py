"""Rows that several maps share: parties, references, adjustments, and what the three claim guides (837) have in common.

Positions are those of the 005010 guides, in the words of the guide tables beside this package. A row may name an element that one of the
guides leaves out: what a sender puts there all the same is then still read.
"""

from schemas.maps.mapping import Each, Emit, Field, Obj, Row, Seg, Texts, both

Part = tuple[str, tuple[Row, ...], str]


def procedure(element: str, name: str = "procedure") -> tuple[Row, ...]:
    """The medical procedure composite: qualifier, code, up to four modifiers, description."""
    return (
        Field(f"{element}-1", f"{name}.qualifier"),
        Field(f"{element}-2", f"{name}.code"),
        Texts(tuple(f"{element}-{part}" for part in range(3, 7)), f"{name}.modifiers"),
        Field(f"{element}-7", f"{name}.description"),
    )


def day(qualifier: str, name: str) -> Part:
    """DTP with one date or time, its format in element 02."""
    return f"DTP:{qualifier}", (Field(("02", "03"), name, "formatted_date"),), ""


def span(qualifier: str, name: str) -> Part:
    """DTP with a day or a range of days."""
    return f"DTP:{qualifier}", (Field(("02", "03"), name, "period"),), ""


def money(tag: str, name: str) -> Part:
    """AMT with one qualifier: the amount under a name of its own."""
    return tag, (Field("02", name, "money"),), ""


def number(tag: str, name: str) -> Part:
    """REF with one qualifier: the number under a name of its own."""
    return tag, (Field("02", name),), ""


NAME: tuple[Row, ...] = (
    Field("02", "entity_type"), Field("03", "name"), Field("04", "first_name"), Field("05", "middle_name"), Field("06", "prefix"),
    Field("07", "suffix"), Field("08", "id_qualifier"), Field("09", "id"),
)  # fmt: skip
"""NM1: `name` is the organisation or the last name, as `entity_type` says."""

ROLE_NAME: tuple[Row, ...] = (Field("01", "role"), *NAME)
"""NM1 of a place that takes several roles (referring, primary care)."""

ADDRESS: tuple[Part, ...] = (
    ("N3", (Field("01", "address_line1"), Field("02", "address_line2")), ""),
    ("N4", (Field("01", "city"), Field("02", "state"), Field("03", "postal_code"), Field("04", "country"), Field("07", "country_subdivision")), ""),
)
TAXONOMY: Part = ("PRV", (Field("03", "taxonomy"),), "")
DEMOGRAPHICS: Part = ("DMG", (Field(("01", "02"), "birth_date", "formatted_date"), Field("03", "sex")), "")
REFERENCE: tuple[Row, ...] = (Field("01", "qualifier"), Field("02", "value"))
REFERENCES: Part = ("REF", REFERENCE, "references[]")
PAYER_REFERENCES: Part = ("REF", (*REFERENCE, Field("04-2", "payer_id")), "references[]")
"""REF of a line or its providers: 04 names the payer it is meant for."""

NUMBERS = Each("numbers", 3, 2, 3, (Field("0", "type"), Field("1", "number")))
CONTACTS: Part = ("PER", (Field("02", "name"), NUMBERS), "contacts[]")
FUNCTION_CONTACTS: Part = ("PER", (Field("01", "function"), Field("02", "name"), NUMBERS), "contacts[]")
ADJUSTMENTS: Part = (
    "CAS",
    (
        Each(
            "adjustments", 2, 3, 6, (Field("0", "reason"), Field("1", "amount", "money"), Field("2", "quantity", "quantity")), (Field("01", "group"),)
        ),
    ),
    "",
)
"""CAS: one entry for each of the six triplets, all with the group of the segment."""

INPATIENT: Part = (
    "MIA",
    (
        Field("01", "covered_days", "quantity"), Field("02", "operating_outlier_amount", "money"),
        Field("03", "lifetime_psychiatric_days", "quantity"), Field("04", "drg_amount", "money"),
        Texts(("05", "20", "21", "22", "23"), "remark_codes"), Field("06", "disproportionate_share_amount", "money"),
        Field("07", "msp_pass_through_amount", "money"), Field("08", "capital_amount", "money"), Field("09", "capital_federal_drg_amount", "money"),
        Field("10", "capital_hospital_drg_amount", "money"), Field("11", "capital_disproportionate_share_amount", "money"),
        Field("12", "old_capital_amount", "money"), Field("13", "capital_medical_education_amount", "money"),
        Field("14", "operating_hospital_drg_amount", "money"), Field("15", "cost_report_days", "quantity"),
        Field("16", "operating_federal_drg_amount", "money"), Field("17", "capital_outlier_amount", "money"),
        Field("18", "indirect_teaching_amount", "money"), Field("19", "professional_component_amount", "money"),
        Field("24", "capital_exception_amount", "money"),
    ),
    "inpatient_adjudication",
)  # fmt: skip
OUTPATIENT: Part = (
    "MOA",
    (
        Field("01", "reimbursement_rate", "quantity"), Field("02", "hcpcs_payable_amount", "money"),
        Texts(("03", "04", "05", "06", "07"), "remark_codes"),
        Field("08", "esrd_amount", "money"), Field("09", "professional_component_amount", "money"),
    ),
    "outpatient_adjudication",
)  # fmt: skip

# -- the 837 above the claim

CONTEXT = (
    "transaction", "submitter", "receiver", "billing_provider", "pay_to_address", "pay_to_plan", "coverage", "subscriber", "payer", "patient",
)  # fmt: skip
OBJECTS = (
    Obj("ST", "transaction"), Obj("1000A", "submitter"), Obj("1000B", "receiver"), Obj("2000A", "billing_provider"),
    Obj("2010AA", "billing_provider"), Obj("2010AB", "pay_to_address"), Obj("2010AC", "pay_to_plan"), Obj("2000B", "coverage"),
    Obj("2010BA", "subscriber"), Obj("2010BB", "payer"), Obj("2000C", "patient"), Obj("2010CA", "patient"),
    Obj("2300", ""), Obj("2320", "other_payers[]"), Obj("2330A", "subscriber"), Obj("2330B", "payer"),
    Obj("2400", "lines[]"), Obj("2430", "adjudications[]"),
)  # fmt: skip
EMIT = Emit(
    event="claim.submitted",
    loop="2300",
    item="CLM",
    key="patient_control_number",
    lane="claim",
    topic="claims",
    context=CONTEXT,
    alias=(("patient", "subscriber"),),
    checks=("charge_balance", "cob_balance", "frequency_reference", "accident_date"),
)
REQUIRED = ("patient_control_number",)

SUBSCRIPTION: Part = (
    "SBR",
    (
        Field("01", "payer_responsibility"), Field("02", "relationship"), Field("03", "group_number"), Field("04", "group_name"),
        Field("05", "insurance_type"), Field("09", "filing_indicator"),
    ),
    "",
)  # fmt: skip
NAMED_NUMBERS = (number("REF:SY", "social_security_number"), number("REF:Y4", "property_casualty_claim_number"), number("REF:1W", "member_id"))

HEADING: tuple[Seg, ...] = (
    Seg("ST", "ST", (Field("02", "control_number"), Field("03", "guide"))),
    Seg("ST", "BHT", (
        Field("02", "purpose"), Field("03", "reference"), Field("04", "created_date", "date"), Field("05", "created_time", "time"),
        Field("06", "use"),
    )),
    *both("1000A 1000B", ("NM1", NAME, "")),
    *both("1000A", CONTACTS),
    *both("2000A", TAXONOMY, ("CUR", (Field("02", "currency"),), "")),
    *both("2010AA 2010AC", ("NM1", NAME, ""), *ADDRESS),
    *both("2010AA", number("REF:EI", "tax_id"), CONTACTS),
    *both("2010AC", number("REF:EI", "tax_id"), ("REF:2U,FY,NF", REFERENCE, "references[]")),
    *both("2010AB", ("NM1", NAME, ""), *ADDRESS),
    *both("2000B", SUBSCRIPTION),
    *both("2010BA 2010CA", ("NM1", NAME, ""), *ADDRESS, DEMOGRAPHICS),
    *both("2010BA", *NAMED_NUMBERS[:2]),
    *both("2010CA", *NAMED_NUMBERS),
    *both("2010BB", ("NM1", NAME, ""), *ADDRESS, REFERENCES),
    Seg("2000C", "PAT", (
        Field("01", "relationship"), Field(("05", "06"), "death_date", "formatted_date"), Field("07", "weight_unit"),
        Field("08", "weight", "quantity"), Field("09", "pregnant"),
    )),
)  # fmt: skip

# -- the claim

CLAIM: tuple[Row, ...] = (
    Field("01", "patient_control_number"), Field("02", "total_charge", "money"), Field("05-2", "facility_qualifier"), Field("05-3", "frequency"),
    Field("06", "signature_on_file"), Field("07", "assignment"), Field("08", "benefits_assigned"), Field("09", "release_of_information"),
    Field("10", "patient_signature"), Field("12", "special_program"), Field("19", "predetermination"), Field("20", "delay_reason"),
)  # fmt: skip
ACCIDENT: tuple[Row, ...] = (Texts(("11-1", "11-2"), "accident_causes"), Field("11-4", "accident_state"), Field("11-5", "accident_country"))
ATTACHMENT: Part = ("PWK", (Field("01", "type"), Field("02", "transmission"), Field("06", "control_number")), "attachments[]")
CONTRACT: Part = (
    "CN1",
    (
        Field("01", "type"), Field("02", "amount", "money"), Field("03", "percent", "quantity"), Field("04", "code"),
        Field("05", "discount_percent", "quantity"), Field("06", "version"),
    ),
    "contract",
)  # fmt: skip
NOTES: Part = ("NTE", (Field("01", "type"), Field("02", "text")), "notes[]")
FILE_INFORMATION: Part = ("K3", (Texts(("01",), "file_information"),), "")
CONDITIONS: Part = ("CRC", (Field("01", "category"), Field("02", "indicator"), Texts(("03", "04", "05", "06", "07"), "codes")), "conditions[]")
AMBULANCE: Part = (
    "CR1",
    (
        Field("01", "weight_unit"), Field("02", "patient_weight", "quantity"), Field("04", "transport_reason"), Field("05", "distance_unit"),
        Field("06", "distance", "quantity"), Field("09", "round_trip_purpose"), Field("10", "stretcher_purpose"),
    ),
    "ambulance",
)  # fmt: skip
PRICING: tuple[Row, ...] = (
    Field("01", "methodology"), Field("02", "allowed_amount", "money"), Field("03", "savings_amount", "money"), Field("04", "organization_id"),
    Field("05", "rate", "quantity"), Field("06", "group_code"), Field("07", "group_amount", "money"), Field("08", "revenue_code"),
    Field("09", "procedure.qualifier"), Field("10", "procedure.code"), Field("11", "unit"), Field("12", "units", "quantity"),
    Field("13", "reject_reason"), Field("14", "policy_compliance"), Field("15", "exception"),
)  # fmt: skip
"""HCP: what a repricer made of the claim or line; group code and amount are its ambulatory patient group or DRG."""

CLAIM_NUMBERS = (
    number("REF:F8", "payer_claim_number"), number("REF:G1", "prior_authorization"), number("REF:9F", "referral_number"),
    number("REF:EA", "medical_record_number"), number("REF:D9", "clearinghouse_trace"), number("REF:G3", "predetermination_number"),
    ("REF:4N,F5,EW,X4,9A,9C,P4,1J,LU,G4", REFERENCE, "references[]"),
    ("REF:LX", REFERENCE, "references[]"),
)  # fmt: skip
DETAILS: tuple[Seg, ...] = both("2300", ATTACHMENT, CONTRACT, NOTES, FILE_INFORMATION, ("HCP", PRICING, "pricing"))

# -- the other payers of a claim

OTHER_PAYERS: tuple[Seg, ...] = (
    *both(
        "2320", SUBSCRIPTION, ADJUSTMENTS, money("AMT:D", "paid_amount"), money("AMT:A8", "noncovered_amount"),
        money("AMT:EAF", "remaining_liability"),
        ("OI", (Field("03", "benefits_assigned"), Field("04", "patient_signature"), Field("06", "release_of_information")), ""), OUTPATIENT,
    ),
    *both("2330A 2330B", ("NM1", NAME, ""), *ADDRESS),
    *both("2330A", number("REF:SY", "social_security_number")),
    *both(
        "2330B", day("573", "remittance_date"), number("REF:F8", "payer_claim_number"), number("REF:G1", "prior_authorization"),
        number("REF:9F", "referral_number"), number("REF:T4", "adjustment_indicator"), number("REF:G3", "predetermination_number"),
        ("REF:2U,EI,FY,NF", REFERENCE, "references[]"),
    ),
)  # fmt: skip


def providers(level: str, **names: str) -> tuple[tuple[Obj, ...], tuple[Seg, ...]]:
    """Objects and NM1 rows of the provider loops of a level ("2310", "2330", "2420") by their last letter; a list takes several roles."""
    objects = tuple(Obj(f"{level}{letter}", name) for letter, name in names.items())
    return objects, tuple(Seg(row.loop, "NM1", ROLE_NAME if row.name.endswith("[]") else NAME) for row in objects)


# -- service lines

LINE_NUMBER: Part = ("LX", (Field("01", "number", "integer"),), "")
LINE_REFERENCES: tuple[Part, ...] = (
    number("REF:6R", "control_number"),
    ("REF:9B,9D,EW,X4,F4,BT", REFERENCE, "references[]"),
    ("REF:G1,9F,G3", (*REFERENCE, Field("04-2", "payer_id")), "references[]"),
)
LINES: tuple[Seg, ...] = (
    *both("2400", LINE_NUMBER, NOTES, ("HCP", PRICING, "pricing"), span("472", "service_period")),
    *both(
        "2430",
        ("SVD", (
            Field("01", "payer_id"), Field("02", "paid_amount", "money"), *procedure("03"), Field("04", "revenue_code"),
            Field("05", "units", "quantity"), Field("06", "bundled_line", "integer"),
        ), ""),
        ADJUSTMENTS, day("573", "date"), money("AMT:EAF", "remaining_liability"),
    ),
)  # fmt: skip
DRUGS: tuple[Seg, ...] = both(
    "2410",
    ("LIN", (Field("02", "qualifier"), Field("03", "code")), ""),
    ("CTP", (Field("04", "quantity", "quantity"), Field("05-1", "unit")), ""),
    number("REF:XZ", "prescription_number"),
    number("REF:VY", "link_sequence_number"),
)
