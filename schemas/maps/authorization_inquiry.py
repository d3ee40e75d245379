"""Map table of the 278 inquiry (X215): one `authorization.inquired` for each patient event."""

from schemas.maps import authorization_parts as a
from schemas.maps.mapping import Map

MAP = Map(
    name="authorization_inquiry",
    guide="278-inquiry",
    objects=(*a.levels(), *a.WIDE_OBJECTS),
    segments=a.wide("2000D 2000E", a.STATEMENT),
    emits=a.emits("authorization.inquired", checks=("answer_as_inquiry",)),
)
