"""Rows that the 270 and the 271 share: who asks whom about whom."""

from schemas.maps import claims as c
from schemas.maps.mapping import Choice, Chosen, Emit, Field, Obj, Row, Seg, both
from schemas.maps.transaction import HEAD

LEVELS = ("C", "D")
"""Letters of the two loops that may be the patient's: subscriber and dependent."""

OBJECTS = (
    Obj("ST", "transaction"), Obj("2100A", "payer"), Obj("2100B", "provider"), Obj("2000C", ""), Obj("2100C", "subscriber"), Obj("2000D", ""),
    Obj("2100D", "patient"),
)  # fmt: skip

_NAMED: tuple[Row, ...] = (*c.REFERENCE, Field("03", "description"))
_DIAGNOSIS: tuple[Field, ...] = (Field("1", "qualifier"), Field("2", "code"))
_DIAGNOSES = Choice(1, 8, {
    "ABK": Chosen("diagnoses", _DIAGNOSIS, (("kind", "principal"),)),
    "BK": Chosen("diagnoses", _DIAGNOSIS, (("kind", "principal"),)),
    "ABF": Chosen("diagnoses", _DIAGNOSIS, (("kind", "other"),)),
    "BF": Chosen("diagnoses", _DIAGNOSIS, (("kind", "other"),)),
})  # fmt: skip


def _named(code: str, name: str) -> c.Part:
    """REF with the name of what the number is of beside it."""
    return f"REF:{code}", (Field("02", f"{name}_number"), Field("03", f"{name}_name")), ""


PLAN_NUMBERS: tuple[c.Part, ...] = (_named("18", "plan"), _named("1L", "policy"), _named("6P", "group"), _named("N6", "plan_network"))
REFERENCES: c.Part = ("REF", _NAMED, "references[]")
DATES: c.Part = ("DTP", (Field("01", "qualifier"), Field(("02", "03"), "period", "period")), "dates[]")
REJECTIONS: c.Part = ("AAA", (Field("01", "valid"), Field("03", "reason"), Field("04", "follow_up")), "rejections[]")
ADDITIONAL: c.Part = ("III", (Field("01", "qualifier"), Field("02", "code"), Field("03", "category"), Field("04", "description")), "")
POINTERS = ("-1", "-2", "-3", "-4")

HEADING: tuple[Seg, ...] = (
    *HEAD,
    *both("2100A 2100B", ("NM1", c.ROLE_NAME, "")),
    *both("2100B", REFERENCES, *c.ADDRESS, ("PRV", (Field("01", "provider_role"), Field("03", "taxonomy")), "")),
)  # fmt: skip

MEMBERS: tuple[Seg, ...] = (
    *both("2000C 2000D", (
        "TRN",
        (Field("01", "type"), Field("02", "number"), Field("03", "originator"), Field("04", "originator_supplement")),
        "traces[]",
    )),
    *both(
        "2100C 2100D", ("NM1", c.NAME, ""), *PLAN_NUMBERS, c.number("REF:EJ", "patient_control_number"), c.number("REF:1W", "member_id"),
        c.number("REF:EA", "medical_record_number"), c.number("REF:SY", "social_security_number"), REFERENCES, *c.ADDRESS,
        ("PRV", (Field("01", "role"), Field("02", "id_qualifier"), Field("03", "id")), "provider"), c.DEMOGRAPHICS,
        ("INS", (
            Field("02", "relationship"), Field("03", "maintenance_type"), Field("04", "maintenance_reason"),
            Field("17", "birth_sequence", "integer"),
        ), ""),
        ("HI", (_DIAGNOSES,), ""), DATES,
    ),
)  # fmt: skip


_LEAVES: dict[str, tuple[tuple[str, str], ...]] = {
    "2000A": (("payer", "payer"),),
    "2000B": (("provider", "provider"),),
    "2000C": (("subscriber", "subscriber"), ("traces", "subscriber_traces")),
}
"""What each level says that goes for those below it as well."""

_CONTEXT = {
    "2000A": ("transaction",),
    "2000B": ("transaction", "payer"),
    "2000C": ("transaction", "payer", "provider"),
    "2000D": ("transaction", "payer", "provider", "subscriber", "subscriber_traces"),
}


def emit(event: str, loop: str, holds: tuple[str, ...], *checks: str) -> Emit:
    """An event for each HL of a loop that holds one of these segments."""
    return Emit(
        event=event,
        loop=loop,
        item="HL",
        key=("subscriber.id",),
        lane="member",
        topic="patients",
        context=_CONTEXT[loop],
        alias=(("patient", "subscriber"),),
        checks=checks,
        holds=holds,
        leaves=_LEAVES.get(loop, ()),
    )
