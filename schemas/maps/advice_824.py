"""Map table of the 824: one `application.advised` for each OTI."""

from schemas.maps import acknowledgements as a
from schemas.maps import claims as c
from schemas.maps.mapping import Emit, Field, Map, Obj, Seg, both

_PARTY = (Field("02", "name"), Field("03", "id_qualifier"), Field("04", "id"))

_HEADING: tuple[Seg, ...] = (
    Seg("ST", "ST", (Field("02", "control_number"), Field("03", "guide"))),
    Seg("ST", "BGN", (
        Field("01", "purpose"), Field("02", "reference"), Field("03", "created_date", "date"), Field("04", "created_time", "time"),
        Field("05", "time_zone"), Field("06", "original_reference"), Field("07", "type"), Field("08", "action"), Field("09", "security_level"),
    )),
    *both("1000A 1000B", ("N1", _PARTY, ""), *c.ADDRESS, c.REFERENCES, c.FUNCTION_CONTACTS),
)  # fmt: skip

_ADVICE: tuple[Seg, ...] = (
    Seg("2000", "OTI", (
        Field("01", "code"), Field("02", "reference_qualifier"), Field("03", "reference"), Field("04", "group_sender"), Field("05", "group_receiver"),
        Field("06", "group_date", "date"), Field("07", "group_time", "time"), Field("08", "group_control_number"),
        Field("09", "set_control_number"), Field("10", "set_transaction"), Field("11", "set_version"), Field("12", "purpose"), Field("13", "type"),
        Field("14", "application_type"), Field("15", "action"), Field("16", "handling"), Field("17", "reason"),
    )),
    *both(
        "2000", c.REFERENCES, c.FUNCTION_CONTACTS,
        ("DTM", (Field("01", "qualifier"), Field("02", "date", "date"), Field("03", "time", "time")), "dates[]"),
        ("AMT", (Field("01", "qualifier"), Field("02", "amount", "money")), "amounts[]"),
        ("QTY", (Field("01", "qualifier"), Field("02", "quantity", "quantity")), "quantities[]"),
    ),
    Seg("2100", "NM1", c.ROLE_NAME),
    Seg("2200", "TED", (
        Field("01", "condition"), Field("02", "text"), Field("03", "tag"), Field("04", "position", "integer"), Field("05-1", "element", "integer"),
        Field("05-2", "component", "integer"), Field("05-3", "repetition", "integer"), Field("06", "reference"), Field("07", "value"),
        Field("08", "new_value"),
    )),
    *both(
        "2200", a.CONTEXT,
        ("RED", (
            Field("01", "description"), Field("02", "relation"), Field("03", "agency"), Field("04", "source"), Field("05", "qualifier"),
            Field("06", "code"),
        ), "details[]"),
    ),
)  # fmt: skip

MAP = Map(
    name="advice_824",
    guide="824",
    objects=(
        Obj("ST", "transaction"), Obj("1000A", "submitter"), Obj("1000B", "receiver"), Obj("2000", ""), Obj("2100", "parties[]"),
        Obj("2200", "errors[]"),
    ),
    segments=(*_HEADING, *_ADVICE),
    emits=(
        Emit(
            event="application.advised", loop="2000", item="OTI", key=("group_control_number", "reference"), lane="batch", topic="batches",
            context=("transaction", "submitter", "receiver"),
        ),
    ),
)  # fmt: skip
