"""Rows that the maps of the 278 share, in both directions and for all three of its guides.

An event is a patient event (HL level EV). Above it, a level is an item of its own when a rejection stands there, or when a sender put a review
there without any patient event.
"""

from schemas.maps import claims as c
from schemas.maps import eligibility_parts as e
from schemas.maps.mapping import Choice, Chosen, Emit, Field, Obj, Repeat, Row, Seg, Texts, both

HOLDS = ("AAA", "UM", "HCR", "STC")
"""What makes a level above the patient event an item: a rejection, or a review that a sender of a wrong dialect put there."""
_KEY = ("traces.0.number", "subscriber.id", "transaction.reference")
ABOVE = ("2000A", "2000B", "2000C", "2000D")
CONTEXT = ("transaction", "reviewer", "requester", "subscriber", "patient")
NOTICE_CONTEXT = ("transaction", "sender", "receiver", "subscriber", "patient")
"""Objects that an event shows, by level: the head of the set, then those of 2000A to 2000D."""

_TRACE: tuple[Row, ...] = (Field("01", "type"), Field("02", "number"), Field("03", "originator"), Field("04", "originator_supplement"))
_REFERENCES: c.Part = ("REF", (*c.REFERENCE, Field("03", "state")), "references[]")
_PLAIN_REFERENCES: c.Part = ("REF", c.REFERENCE, "references[]")
_PROVIDER: c.Part = ("PRV", (Field("01", "provider_role"), Field("03", "taxonomy")), "")
_RELATIONSHIP: c.Part = (
    "INS",
    (Field("02", "relationship"), Field("08", "employment_status"), Field("17", "birth_sequence", "integer")),
    "",
)
_MEMBER: tuple[c.Part, ...] = (
    ("NM1", c.NAME, ""), c.number("REF:EJ", "patient_control_number"), c.number("REF:SY", "social_security_number"), _PLAIN_REFERENCES, *c.ADDRESS,
    c.DEMOGRAPHICS, _RELATIONSHIP,
)  # fmt: skip
_PARTY: tuple[c.Part, ...] = (("NM1", c.ROLE_NAME, ""), _REFERENCES, *c.ADDRESS, c.CONTACTS, _PROVIDER)

_DIAGNOSIS: tuple[Field, ...] = (Field("1", "qualifier"), Field("2", "code"), Field(("3", "4"), "date", "formatted_date"))
_DATED: tuple[Field, ...] = (Field("2", "code"), Field(("3", "4"), "date", "formatted_date"))
_KINDS = {
    "principal": ("ABK", "BK"), "admitting": ("ABJ", "BJ"), "reason_for_visit": ("APR", "PR"), "other": ("ABF", "BF"),
}  # fmt: skip
_CODES: dict[str, Chosen] = {
    **{code: Chosen("diagnoses", _DIAGNOSIS, (("kind", kind),)) for kind, codes in _KINDS.items() for code in codes},
    "DR": Chosen("drgs", _DATED),
}
_REQUESTED_INFORMATION = {"LOI": Chosen("requested_information", _DATED)}

_ASKED = {"LOI": Chosen("requested_information", (Field("2", "code"),))}

REVIEW: tuple[Row, ...] = (
    Field("01", "request_category"), Field("02", "certification_type"), Field("03", "service_type"), Field("04-1", "facility_type"),
    Field("04-2", "facility_qualifier"), Texts(("05-1", "05-2", "05-3"), "accident_causes"), Field("05-4", "accident_state"),
    Field("05-5", "accident_country"), Field("06", "level_of_service"), Field("07", "health_condition"), Field("08", "prognosis"),
    Field("09", "release_of_information"), Field("10", "delay_reason"),
)  # fmt: skip
"""UM of a patient event or service."""

_DELIVERY: c.Part = (
    "HSD",
    (
        Field("01", "quantity_qualifier"), Field("02", "quantity", "quantity"), Field("03", "unit"), Field("04", "modulus", "quantity"),
        Field("05", "time_period"), Field("06", "periods", "quantity"), Field("07", "delivery_frequency"), Field("08", "delivery_time"),
    ),
    "delivery",
)  # fmt: skip
_ATTACHMENTS: c.Part = (
    "PWK",
    (Field("01", "type"), Field("02", "transmission"), Field("06", "control_number"), Field("07", "description")),
    "attachments[]",
)
_COMMON: tuple[c.Part, ...] = (
    ("UM", REVIEW, ""), c.number("REF:BB", "previous_authorization_number"), _DELIVERY, _ATTACHMENTS, ("MSG", (Texts(("01",), "messages"),), ""),
)  # fmt: skip
_OWN_TRACES: c.Part = ("TRN", _TRACE, "traces[]")
_OUTCOME: tuple[c.Part, ...] = (
    e.REJECTIONS, c.number("REF:NT", "administrative_reference"), c.day("102", "issued_date"), c.day("036", "expiration_date"),
    c.span("007", "effective_period"),
    ("HCR", (Field("01", "action"), Field("02", "review_number"), Repeat("03", "reasons"), Field("04", "second_opinion")), "decision"),
)  # fmt: skip
REQUEST: tuple[c.Part, ...] = (_OWN_TRACES, c.number("REF:NT", "previous_administrative_reference"))
STATEMENT: tuple[c.Part, ...] = (_OWN_TRACES, *_OUTCOME)
ANSWER: tuple[c.Part, ...] = (("TRN:2", _TRACE, "traces[]"), ("TRN:1", _TRACE, "reviewer_traces[]"), *_OUTCOME)
"""What differs by direction: who gave the trace numbers, and whether there is an outcome. A statement is an inquiry or notification."""

_CLINICAL: tuple[c.Part, ...] = (
    c.day("439", "accident_date"), c.day("484", "last_menstrual_period_date"), c.day("ABC", "estimated_birth_date"), c.day("431", "onset_date"),
    c.span("AAH", "event_period"), c.span("435", "admission_period"), c.day("096", "discharge_date"),
    ("CL1", (Field("01", "admission_type"), Field("02", "admission_source"), Field("03", "patient_status"), Field("04", "nursing_home_status")), ""),
    ("CR1", (
        Field("01", "weight_unit"), Field("02", "patient_weight", "quantity"), Field("03", "transport_type"), Field("04", "transport_reason"),
        Field("05", "distance_unit"), Field("06", "distance", "quantity"), Field("09", "round_trip_purpose"), Field("10", "stretcher_purpose"),
    ), "transport"),
    ("CR2", (
        Field("01", "treatment_number", "quantity"), Field("02", "treatment_count", "quantity"), Texts(("03", "04"), "subluxation_levels"),
        Field("08", "condition"), Field("09", "complication"), Texts(("10", "11"), "descriptions"), Field("12", "xrays_available"),
    ), "spinal"),
    ("CR5", (
        Texts(("03", "04", "18"), "equipment_types"), Field("05", "equipment_reason"), Field("06", "flow_rate", "quantity"),
        Field("07", "daily_uses", "quantity"), Field("08", "hours_per_use", "quantity"), Field("09", "therapist_orders"),
        Field("10", "arterial_blood_gas", "quantity"), Field("11", "oxygen_saturation", "quantity"), Field("12", "test_condition"),
        Texts(("13", "14", "15"), "test_findings"), Field("16", "portable_flow_rate", "quantity"), Field("17", "delivery_system"),
    ), "oxygen"),
    ("CR6", (
        Field("01", "prognosis"), Field("02", "start_date", "date"), Field(("03", "04"), "certification_period", "period"),
        Field("07", "medicare_coverage"), Field("08", "certification_type"), Field("09", "surgery_date", "date"), Field("10", "procedure_qualifier"),
        Field("11", "procedure"), Field("12", "order_date", "date"), Field("13", "last_visit_date", "date"),
        Field("14", "physician_contact_date", "date"), Field(("15", "16"), "last_admission_period", "period"), Field("17", "patient_location"),
    ), "home_health"),
)  # fmt: skip


def _charged(element: str) -> tuple[Row, ...]:
    """Procedure composite of SV1, SV2 or SV3, which may be a range."""
    return (*c.procedure(element), Field(f"{element}-8", "procedure.last_code"))


_SERVICE: tuple[c.Part, ...] = (
    c.span("472", "service_period"),
    ("SV1", (
        *_charged("01"), Field("02", "charge", "money"), Field("03", "unit"), Field("04", "units", "quantity"),
        Texts(("07-1", "07-2", "07-3", "07-4"), "diagnosis_pointers"), Field("11", "epsdt"), Field("20", "nursing_home_level"),
    ), ""),
    ("SV2", (
        Field("01", "revenue_code"), *_charged("02"), Field("03", "charge", "money"), Field("04", "unit"), Field("05", "units", "quantity"),
        Field("06", "rate", "quantity"), Field("09", "nursing_home_status"), Field("10", "nursing_home_level"),
    ), ""),
    ("SV3", (
        *_charged("01"), Field("02", "charge", "money"), Texts(tuple(f"04-{part}" for part in range(1, 6)), "oral_cavity"),
        Field("05", "prosthesis"), Field("06", "units", "quantity"), Field("07", "description"),
    ), ""),
    ("TOO", (Field("01", "qualifier"), Field("02", "code"), Texts(tuple(f"03-{part}" for part in range(1, 6)), "surfaces")), "tooth[]"),
)  # fmt: skip

_OTHER_REVIEWER: tuple[c.Part, ...] = (
    ("NM1", c.ROLE_NAME, ""), c.day("598", "denial_date"),
    ("REF", (
        Field("01", "denial_qualifier"), Field("02", "denial_reason"), Field("04-1", "second_denial_qualifier"),
        Field("04-2", "second_denial_reason"), Field("04-3", "third_denial_qualifier"), Field("04-4", "third_denial_reason"),
    ), ""),
)  # fmt: skip

HEADING: tuple[Seg, ...] = (
    *e.HEADING[:2],
    *both("2010A", ("NM1", c.ROLE_NAME, "")),
    *both("2010B", ("NM1", c.ROLE_NAME, ""), _PLAIN_REFERENCES, _PROVIDER),
    *both("2010C 2010D", *_MEMBER),
    *both("2010C", c.number("REF:6P", "group_number"), c.number("REF:1L", "policy_number")),
)
WITH_ADDRESS: tuple[c.Part, ...] = (*c.ADDRESS, c.CONTACTS)
TRANSPORT: tuple[c.Part, ...] = (("NM1", c.ROLE_NAME, ""), *c.ADDRESS)
CONTACT: tuple[c.Part, ...] = (("NM1", c.NAME, ""), *c.ADDRESS, c.CONTACTS)
REJECTIONS = e.REJECTIONS


def party(loops: str, *more: c.Part) -> tuple[Seg, ...]:
    """Providers of events or services."""
    return both(loops, *_PARTY, *more)


def other_reviewer(loop: str) -> tuple[Seg, ...]:
    return both(loop, *_OTHER_REVIEWER)


def events(loops: str, direction: tuple[c.Part, ...], *more: c.Part) -> tuple[Seg, ...]:
    """A patient event, wherever it stands."""
    codes = Choice(1, 12, _CODES if direction is REQUEST else {**_CODES, **_REQUESTED_INFORMATION})
    return both(loops, *direction, *_COMMON, *_CLINICAL, ("HI", (codes,), ""), *more)


def services(direction: tuple[c.Part, ...]) -> tuple[Seg, ...]:
    """A service of a patient event."""
    asked: tuple[c.Part, ...] = () if direction is REQUEST else (("HI", (Choice(1, 12, _ASKED),), ""),)
    return both("2000F", *direction, *_COMMON, *_SERVICE, *asked)


def levels(names: tuple[str, ...] = CONTEXT) -> tuple[Obj, ...]:
    """Objects of the loops above the patient event, and of the event itself."""
    levels = zip(ABOVE, ("2010A", "2010B", "2010C", "2010D"), names[1:], strict=True)
    return (Obj("ST", names[0]), *(row for level, loop, name in levels for row in (Obj(level, ""), Obj(loop, name))), Obj("2000E", ""))


def emits(event: str, names: tuple[str, ...] = CONTEXT, checks: tuple[str, ...] = ()) -> tuple[Emit, ...]:
    """An event for each patient event, and for each level above that holds what makes it one."""
    common = Emit(event, "2000E", "HL", _KEY, "member", "patients", checks=checks)
    patient = ((names[4], names[3]),)
    above = (
        common._replace(loop=level, context=names[:at], holds=HOLDS, leaves=((names[at], names[at]),), alias=patient if level == "2000D" else ())
        for at, level in enumerate(ABOVE, 1)
    )
    return (*above, common._replace(context=names, alias=patient))


# -- inquiries and notifications, whose tables hold what both directions may say

WIDE_OBJECTS = (
    Obj("2010EA", "providers[]"), Obj("2010EB", "information_contact"), Obj("2010EC", "transport_locations[]"), Obj("2010ED", "other_reviewers[]"),
    Obj("2000F", "services[]"), Obj("2010FA", "providers[]"), Obj("2010FB", "information_contact"),
)  # fmt: skip
ANSWER_CHECKS = ("authorization_outcome", "referral_level")


def wide(events_in: str, direction: tuple[c.Part, ...]) -> tuple[Seg, ...]:
    """All rows of a guide whose events stand in these loops."""
    return (
        *HEADING, *both("2000A 2010A 2010B 2010C 2010D", REJECTIONS), *both("2010A", _PLAIN_REFERENCES, _PROVIDER),
        *both("2010A 2010B", *WITH_ADDRESS), *events(events_in, direction, c.span("472", "service_period"), c.CONDITIONS),
        *party("2010EA 2010FA", REJECTIONS), *both("2010EB 2010FB", *CONTACT), *both("2010EC", *TRANSPORT, REJECTIONS),
        *other_reviewer("2010ED"), *services(direction),
    )  # fmt: skip
