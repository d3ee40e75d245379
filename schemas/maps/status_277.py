"""Map table of the 277 (X212): one `claim.status.answered` for each claim (TRN), and one for a status that a receiver or provider gets for all."""

from schemas.maps import claims as c
from schemas.maps import status_parts as s
from schemas.maps.mapping import Field, Map, Obj, both

_ABOVE = ("transaction", "payer", "information_receiver")

MAP = Map(
    name="status_277",
    guide="277",
    objects=(*s.OBJECTS, Obj("2200B", ""), Obj("2200C", ""), Obj("2220D", "lines[]"), Obj("2220E", "lines[]")),
    segments=(
        *s.HEADING, *both("2100A", c.CONTACTS), *s.CLAIM, *both("2200B 2200C", s.TRACE),
        *both("2200B 2200C 2200D 2200E 2220D 2220E", ("STC", s.STATUS, "statuses[]")), *both("2200D 2200E", c.number("REF:VV", "voucher_number")),
        *s.lines("2220D 2220E", Field("03", "paid_amount", "money")),
    ),
    emits=(
        s.emit("claim.status.answered", "2200B", "status_of_level", context=_ABOVE, holds=("STC",)),
        s.emit("claim.status.answered", "2200C", "status_of_level", context=(*_ABOVE, "provider"), holds=("STC",)),
        *(s.emit("claim.status.answered", loop, "status_of_claim") for loop in ("2200D", "2200E")),
    ),
)  # fmt: skip
