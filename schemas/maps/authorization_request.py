"""Map table of the 278 request (X217): one `authorization.requested` for each patient event."""

from schemas.maps import authorization_parts as a
from schemas.maps import claims as c
from schemas.maps.mapping import Map, Obj, both

MAP = Map(
    name="authorization_request",
    guide="278-request",
    objects=(
        *a.levels(), Obj("2010EA", "providers[]"), Obj("2010EB", "transport_locations[]"), Obj("2010EC", "other_reviewers[]"),
        Obj("2000F", "services[]"), Obj("2010F", "providers[]"),
    ),
    segments=(
        *a.HEADING, *both("2010B", *a.WITH_ADDRESS), *a.events("2000E", a.REQUEST, c.CONDITIONS), *a.party("2010EA 2010F"),
        *both("2010EB", *a.TRANSPORT), *a.other_reviewer("2010EC"), *a.services(a.REQUEST),
    ),
    emits=a.emits("authorization.requested", checks=("referral_level",)),
)  # fmt: skip
