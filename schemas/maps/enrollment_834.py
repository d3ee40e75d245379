"""Map table of the 834: one `enrollment.changed` for each member (INS)."""

from schemas.maps import claims as c
from schemas.maps.mapping import Emit, Field, Map, Obj, Repeat, Row, Seg, Texts, both

PARTY: tuple[Row, ...] = (Field("02", "name"), Field("03", "id_qualifier"), Field("04", "id"))
_DATES: c.Part = ("DTP", (Field("01", "qualifier"), Field(("02", "03"), "date", "formatted_date")), "dates[]")
AMOUNTS: c.Part = ("AMT", (Field("01", "qualifier"), Field("02", "amount", "money")), "amounts[]")
_DEMOGRAPHICS: c.Part = (
    "DMG",
    (
        Field(("01", "02"), "birth_date", "formatted_date"), Field("03", "sex"), Field("04", "marital_status"),
        Repeat("05", "races", (Field("1", "category"), Field("2", "qualifier"), Field("3", "code"))), Field("06", "citizenship"),
        Field("10", "collection_qualifier"), Field("11", "collection"),
    ),
    "",
)  # fmt: skip

FILE: tuple[Seg, ...] = (
    Seg("ST", "ST", (Field("02", "control_number"), Field("03", "guide"))),
    Seg("ST", "BGN", (
        Field("01", "purpose"), Field("02", "reference"), Field("03", "created_date", "date"), Field("04", "created_time", "time"),
        Field("05", "time_zone"), Field("06", "original_reference"), Field("08", "action"),
    )),
    *both(
        "ST", c.number("REF:38", "master_policy"), _DATES, ("QTY", (Field("01", "qualifier"), Field("02", "quantity", "quantity")), "quantities[]"),
    ),
    *both("1000A 1000B", ("N1", PARTY, "")),
    Seg("1000C", "N1", (Field("01", "role"), *PARTY)),
    Seg("1000C", "ACT", (Field("01", "account"), Field("06", "second_account"))),
)  # fmt: skip

MEMBER: tuple[Seg, ...] = (
    Seg("2000", "INS", (
        Field("01", "subscriber_indicator"), Field("02", "relationship"), Field("03", "maintenance_type"), Field("04", "maintenance_reason"),
        Field("05", "benefit_status"), Field("06-1", "medicare_plan"), Field("06-2", "medicare_reason"), Field("07", "cobra_event"),
        Field("08", "employment_status"), Field("09", "student_status"), Field("10", "handicapped"),
        Field(("11", "12"), "death_date", "formatted_date"), Field("13", "confidentiality"), Field("17", "birth_sequence", "integer"),
    )),
    *both(
        "2000", c.number("REF:0F", "subscriber_id"), c.number("REF:1L", "group_number"), c.REFERENCES,
        c.day("356", "eligibility_start_date"), c.day("357", "eligibility_end_date"), _DATES,
    ),
    *both("2100A 2100D 2100G", ("NM1", c.ROLE_NAME, "")),
    *both("2100B 2100C 2100E 2100F 2100H", ("NM1", c.NAME, "")),
    *both("2100A 2100D 2100E 2100F 2100G", c.FUNCTION_CONTACTS),
    *both("2100A 2100C 2100D 2100E 2100F 2100G 2100H", c.ADDRESS[0]),
    *both("2100C 2100D 2100E 2100F 2100G 2100H", c.ADDRESS[1]),
    Seg("2100A", "N4", (*c.ADDRESS[1][1], Field("05", "location_qualifier"), Field("06", "location"))),
    *both("2100A 2100B", _DEMOGRAPHICS),
    *both(
        "2100A", ("EC", (Texts(("01", "02", "03"), "codes"),), "employments[]"),
        ("ICM", (
            Field("01", "frequency"), Field("02", "amount", "money"), Field("03", "hours", "quantity"), Field("04", "location"), Field("05", "grade"),
        ), "income"),
        AMOUNTS,
        ("HLH", (Field("01", "status"), Field("02", "height", "quantity"), Field("03", "weight", "quantity")), "health"),
        ("LUI", (Field("01", "qualifier"), Field("02", "code"), Field("03", "description"), Field("04", "use")), "languages[]"),
    ),
    Seg("2200", "DSB", (Field("01", "type"), Field("07", "diagnosis_qualifier"), Field("08", "diagnosis"))),
    *both("2200", _DATES),
)  # fmt: skip

COVERAGE: tuple[Seg, ...] = (
    Seg("2300", "HD", (
        Field("01", "maintenance_type"), Field("03", "insurance_line"), Field("04", "plan"), Field("05", "level"), Field("09", "late_enrollment"),
    )),
    *both(
        "2300", c.day("348", "coverage_start_date"), c.day("349", "coverage_end_date"),
        ("DTP", (Field("01", "qualifier"), Field(("02", "03"), "period", "period")), "periods[]"), AMOUNTS, c.REFERENCES,
        ("IDC", (Field("01", "plan"), Field("02", "type"), Field("03", "quantity", "quantity"), Field("04", "action")), "cards[]"),
    ),
    Seg("2310", "NM1", (*c.ROLE_NAME, Field("10", "relationship"))),
    *both("2310 2330", *c.ADDRESS, c.FUNCTION_CONTACTS),
    Seg("2310", "PLA", (
        Field("01", "change_action"), Field("02", "change_entity"), Field("03", "change_date", "date"), Field("05", "change_reason"),
    )),
    Seg("2320", "COB", (
        Field("01", "payer_responsibility"), Field("02", "group_number"), Field("03", "coordination"), Repeat("04", "service_types"),
    )),
    *both("2320", c.REFERENCES, _DATES),
    Seg("2330", "NM1", c.ROLE_NAME),
    *both("2750", c.span("007", "period")),
)  # fmt: skip

OBJECTS: tuple[Obj, ...] = (
    Obj("ST", "transaction"), Obj("1000A", "sponsor"), Obj("1000B", "insurer"), Obj("1000C", "brokers[]"),
    Obj("2000", ""), Obj("2100A", "member"), Obj("2100B", "incorrect_member"), Obj("2100C", "mailing_address"), Obj("2100D", "employers[]"),
    Obj("2100E", "schools[]"), Obj("2100F", "custodial_parent"), Obj("2100G", "responsible_persons[]"), Obj("2100H", "drop_off_location"),
    Obj("2200", "disabilities[]"), Obj("2300", "coverages[]"), Obj("2310", "providers[]"), Obj("2320", "other_coverages[]"),
    Obj("2330", "insurers[]"), Obj("2750", "reporting_categories[]"),
)  # fmt: skip
EMIT = Emit(
    event="enrollment.changed",
    loop="2000",
    item="INS",
    key=("subscriber_id", "member.id"),
    lane="member",
    topic="patients",
    context=("transaction", "sponsor", "insurer"),
    checks=("enrollment_dates",),
)

MAP = Map(
    name="enrollment_834",
    guide="834",
    objects=OBJECTS,
    segments=(*FILE, *MEMBER, *COVERAGE, *both("2750", ("N1", (Field("02", "name"),), ""), c.REFERENCES)),
    emits=(EMIT,),
)
