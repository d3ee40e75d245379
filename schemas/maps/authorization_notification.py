"""Map table of the 278 notification (X216): one `authorization.notified` for each patient event."""

from schemas.maps import authorization_parts as a
from schemas.maps.mapping import Map

MAP = Map(
    name="authorization_notification",
    guide="278-notification",
    objects=(*a.levels(a.NOTICE_CONTEXT), *a.WIDE_OBJECTS),
    segments=a.wide("2000E", a.STATEMENT),
    emits=a.emits("authorization.notified", a.NOTICE_CONTEXT),
)
