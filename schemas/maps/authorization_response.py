"""Map table of the 278 response (X217): one `authorization.answered` for each patient event, and for each level above that is rejected."""

from schemas.maps import authorization_parts as a
from schemas.maps.mapping import Map, Obj, both

MAP = Map(
    name="authorization_response",
    guide="278-response",
    objects=(
        *a.levels(), Obj("2010EA", "providers[]"), Obj("2010EB", "information_contact"), Obj("2010EC", "transport_locations[]"),
        Obj("2000F", "services[]"), Obj("2010FA", "providers[]"), Obj("2010FB", "information_contact"),
    ),
    segments=(
        *a.HEADING, *both("2000A 2010A 2010B 2010C 2010D", a.REJECTIONS), *both("2010A", a.WITH_ADDRESS[-1]), *a.events("2000E", a.ANSWER),
        *a.party("2010EA 2010FA", a.REJECTIONS), *both("2010EB 2010FB", *a.CONTACT), *both("2010EC", *a.TRANSPORT, a.REJECTIONS),
        *a.services(a.ANSWER),
    ),
    emits=a.emits("authorization.answered", checks=a.ANSWER_CHECKS),
)  # fmt: skip
