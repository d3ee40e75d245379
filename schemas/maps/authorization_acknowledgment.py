"""Map table of the acknowledgment of a 278 notification (X216): one `authorization.acknowledged` for each patient event or rejected level."""

from schemas.maps import authorization_parts as a
from schemas.maps.mapping import Map

MAP = Map(
    name="authorization_acknowledgment",
    guide="278-acknowledgment",
    objects=(*a.levels(a.NOTICE_CONTEXT), *a.WIDE_OBJECTS),
    segments=a.wide("2000E", a.ANSWER),
    emits=a.emits("authorization.acknowledged", a.NOTICE_CONTEXT),
)
