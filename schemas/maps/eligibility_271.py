"""Map table of the 271: one `eligibility.answered` for each subscriber or dependent with benefits (EB) or rejections (AAA), and one for a
rejection at the level of who answers or who asks, since no patient follows then.
"""

from schemas.maps import claims as c
from schemas.maps import eligibility_parts as e
from schemas.maps.mapping import Field, Map, Obj, Repeat, Seg, Texts, both

_BENEFIT: tuple[Seg, ...] = (
    *both(
        "2110C 2110D",
        ("EB", (
            Field("01", "information"), Field("02", "coverage_level"), Repeat("03", "service_types"), Field("04", "insurance_type"),
            Field("05", "plan"), Field("06", "time_period"), Field("07", "amount", "money"), Field("08", "percent", "quantity"),
            Field("09", "quantity_qualifier"), Field("10", "quantity", "quantity"), Field("11", "authorization_required"),
            Field("12", "in_network"), *c.procedure("13"), Field("13-8", "procedure.last_code"),
            Texts(tuple(f"14{part}" for part in e.POINTERS), "diagnosis_pointers"),
        ), ""),
        ("HSD", (
            Field("01", "quantity_qualifier"), Field("02", "quantity", "quantity"), Field("03", "unit"), Field("04", "modulus", "quantity"),
            Field("05", "time_period"), Field("06", "periods", "quantity"), Field("07", "delivery_frequency"), Field("08", "delivery_time"),
        ), "limits[]"),
        *e.PLAN_NUMBERS, e.REFERENCES, e.DATES, e.REJECTIONS, ("MSG", (Texts(("01",), "messages"),), ""),
    ),
    *both("2115C 2115D", e.ADDITIONAL),
    *both(
        "2120C 2120D", ("NM1", (*c.ROLE_NAME, Field("10", "relationship")), ""), c.ADDRESS[0],
        ("N4", (*c.ADDRESS[1][1], Field("05", "location_qualifier"), Field("06", "location")), ""), c.CONTACTS,
        ("PRV", (Field("01", "provider_role"), Field("03", "taxonomy")), ""),
    ),
)  # fmt: skip

_MILITARY: c.Part = (
    "MPI",
    (
        Field("01", "information_status"), Field("02", "employment_status"), Field("03", "affiliation"), Field("04", "description"),
        Field("05", "rank"), Field(("06", "07"), "period", "period"),
    ),
    "military_service[]",
)  # fmt: skip

MAP = Map(
    name="eligibility_271",
    guide="271",
    objects=(
        *e.OBJECTS, Obj("2000A", ""), Obj("2000B", ""),
        *(Obj(f"2110{letter}", "/benefits[]") for letter in e.LEVELS), *(Obj(f"2115{letter}", "additional_information[]") for letter in e.LEVELS),
        *(Obj(f"2120{letter}", "entities[]") for letter in e.LEVELS),
    ),
    segments=(
        *e.HEADING, *both("2000A 2100A 2100B 2100C 2100D", e.REJECTIONS), *both("2100A", c.CONTACTS), *e.MEMBERS, *both("2100C 2100D", _MILITARY),
        *_BENEFIT,
    ),
    emits=tuple(
        e.emit("eligibility.answered", f"2000{letter}", ("EB", "AAA") if letter in e.LEVELS else ("AAA",), "rejections") for letter in "ABCD"
    ),
)  # fmt: skip
