"""Map table of the answer to a 278 inquiry (X215): one `authorization.answered` for each patient event and for each level that is rejected."""

from schemas.maps import authorization_parts as a
from schemas.maps.mapping import Map

MAP = Map(
    name="authorization_inquiry_response",
    guide="278-inquiry-response",
    objects=(*a.levels(), *a.WIDE_OBJECTS),
    segments=a.wide("2000D 2000E", a.ANSWER),
    emits=a.emits("authorization.answered", checks=a.ANSWER_CHECKS),
)
