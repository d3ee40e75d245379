"""Map table of the 834 of exchanges and of member reports: the same event as of the 834, with the parties that their heading names."""

from schemas.maps import claims as c
from schemas.maps import enrollment_834 as e
from schemas.maps.mapping import Each, Field, Map, Obj, Seg, both

_REFERENCES: c.Part = ("REF", (*c.REFERENCE, Field("03", "description")), "references[]")
_HEALTH_CODE = (
    Field("0-1", "qualifier"), Field("0-2", "code"), Field(("0-3", "0-4"), "date", "formatted_date"), Field("0-5", "amount", "money"),
    Field("0-6", "quantity", "quantity"), Field("0-7", "version"),
)  # fmt: skip

MAP = Map(
    name="enrollment_834x307",
    guide="834X307",
    objects=(
        *e.OBJECTS, Obj("1000D", "submitter"), Obj("1000E", "receiver"), Obj("1000F", "source"), Obj("1000G", "employers[]"),
        Obj("1100G", "accounts[]"), Obj("2100I", "other_parties[]"),
    ),
    segments=(
        *e.FILE, *e.MEMBER, *e.COVERAGE,
        *both("1000D 1000E 1000F 1000G", ("N1", e.PARTY, "")),
        *both("1000G 1100G", *c.ADDRESS, c.FUNCTION_CONTACTS),
        Seg("1100G", "ACT", (Field("01", "number"),)),
        *both(
            "1100G", _REFERENCES, ("DTP", (Field("01", "qualifier"), Field("02", "format"), Field("03", "value")), "time_limits[]"), e.AMOUNTS,
        ),
        Seg("2100A", "HI", (Each("health_codes", 1, 1, 12, _HEALTH_CODE),)),
        Seg("2100I", "NM1", c.ROLE_NAME),
        Seg("2310", "PRV", (Field("03", "taxonomy"),)),
        *both("2750", _REFERENCES),
        Seg("2750", "N1", (Field("01", "role"), Field("02", "name"), Field("03", "id_qualifier"), Field("04", "id"))),
    ),
    emits=(e.EMIT._replace(context=(*e.EMIT.context, "submitter", "receiver", "source")),),
)  # fmt: skip
