"""Map table of the 270: one `eligibility.requested` for each subscriber or dependent with a question (EQ)."""

from schemas.maps import claims as c
from schemas.maps import eligibility_parts as e
from schemas.maps.mapping import Field, Map, Obj, Repeat, Seg, Texts, both

_QUESTION: tuple[Seg, ...] = both(
    "2110C 2110D",
    ("EQ", (
        Repeat("01", "service_types"), *c.procedure("02"), Field("03", "coverage_level"),
        Texts(tuple(f"05{part}" for part in e.POINTERS), "diagnosis_pointers"),
    ), ""),
    ("III", e.ADDITIONAL[1], "additional_information[]"), c.number("REF:G1", "prior_authorization"), c.number("REF:9F", "referral_number"),
    e.DATES,
)  # fmt: skip

MAP = Map(
    name="eligibility_270",
    guide="270",
    objects=(*e.OBJECTS, *(Obj(f"2110{letter}", "/inquiries[]") for letter in e.LEVELS)),
    segments=(
        *e.HEADING,
        *e.MEMBERS,
        *_QUESTION,
        *both("2110C", c.money("AMT:R", "spend_down_amount"), c.money("AMT:PB", "spend_down_billed_amount")),
    ),
    emits=tuple(e.emit("eligibility.requested", f"2000{letter}", ("EQ",), "request_trace") for letter in e.LEVELS),
)
