"""Map table of the 276: one `claim.status.requested` for each claim asked about (TRN)."""

from schemas.maps import claims as c
from schemas.maps import status_parts as s
from schemas.maps.mapping import Map, Obj, both

MAP = Map(
    name="status_276",
    guide="276",
    objects=(*s.OBJECTS, Obj("2210D", "lines[]"), Obj("2210E", "lines[]")),
    segments=(
        *s.HEADING, *s.CLAIM, *both("2000D 2000E", c.DEMOGRAPHICS),
        *both("2200D 2200E", c.number("REF:LU", "location_number"), c.number("REF:6P", "group_number"), c.money("AMT:T3", "total_charge")),
        *s.lines("2210D 2210E"),
    ),
    emits=tuple(s.emit("claim.status.requested", loop) for loop in ("2200D", "2200E")),
)  # fmt: skip
