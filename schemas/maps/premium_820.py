"""Map table of the 820 of groups: one `premium.paid` for the transaction set, whom it is for inside."""

from schemas.maps import claims as c
from schemas.maps import premiums as p
from schemas.maps.mapping import Field, Map, Obj, Seg, both

_ADDITIONAL: c.Part = ("N2", (Field("01", "additional_name"),), "")

MAP = Map(
    name="premium_820",
    guide="820",
    objects=(
        Obj("ST", ""), Obj("1000A", "payee"), Obj("1000B", "payer"), Obj("1000C", "intermediaries[]"),
        Obj("2000A", "remittances[]"), Obj("2200A", "adjustments[]"), Obj("2300A", "items[]"), Obj("2310A", "lines[]"),
        Obj("2312A", "charges[]"), Obj("2315A", "member_counts[]"), Obj("2320A", "adjustments[]"),
        Obj("2000B", "remittances[]"), Obj("2100B", "people[]"), Obj("2200B", "adjustments[]"), Obj("2300B", "items[]"),
        Obj("2320B", "adjustments[]"),
    ),
    segments=(
        *p.PAYMENT,
        *both("1000A 1000B 1000C", _ADDITIONAL, *c.ADDRESS),
        *both("1000A 1000B", p.PARTY),
        Seg("1000A", "RDM", (Field("01", "method"), Field("02", "name"), Field("03", "address")), "delivery"),
        *both("1000B 1000C", c.FUNCTION_CONTACTS),
        Seg("1000C", "N1", (Field("01", "role"), *p.PARTY[1])),
        *both("2000A 2000B", p.ENTITY),
        *both("2200A 2320A 2200B 2320B", p.ADJUSTMENT),
        *both("2300A 2300B", *p.ITEM),
        Seg("2310A", "IT1", (Field("01", "number"),)),
        Seg("2312A", "SAC", (Field("01", "indicator"), Field("02", "code"), Field("05", "amount", "cents"))),
        Seg("2315A", "SLN", (Field("01", "number"), Field("03", "relation"), Field("04", "quantity", "quantity"), Field("05-1", "unit"))),
        Seg("2100B", "NM1", c.ROLE_NAME),
    ),
    emits=(p.EMIT,),
)  # fmt: skip
