"""Map table of the 820 of exchanges: the same event as of the 820 of groups."""

from schemas.maps import claims as c
from schemas.maps import premiums as p
from schemas.maps.mapping import Field, Map, Obj, Seg, both

MAP = Map(
    name="premium_820x306",
    guide="820X306",
    objects=(
        Obj("ST", ""), Obj("1000A", "payee"), Obj("1000B", "payer"), Obj("2000", "remittances[]"), Obj("2100", "people[]"),
        Obj("2300", "items[]"), Obj("2320", "adjustments[]"),
    ),
    segments=(
        *p.PAYMENT,
        *both("1000A", p.PARTY),
        Seg("1000B", "N1", (Field("01", "role"), *p.PARTY[1])),
        *both("1000A 1000B", *c.ADDRESS, c.FUNCTION_CONTACTS),
        *both("2000", p.ENTITY),
        Seg("2100", "NM1", c.ROLE_NAME),
        *both("2100", c.REFERENCES),
        *both("2300", *p.ITEM),
        *both("2320", p.ADJUSTMENT),
    ),
    emits=(p.EMIT,),
)  # fmt: skip
