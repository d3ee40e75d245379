"""Map table of the 999: one `submission.acknowledged` for the group it speaks of, its sets and their errors inside."""

from schemas.maps import acknowledgements as a
from schemas.maps.mapping import Map, both

_OBJECTS, _SETS = a.sets("2000", "IK3", "IK4", "IK5", at_segment="2100", at_element="2110")

MAP = Map(
    name="acknowledgement_999",
    guide="999",
    objects=_OBJECTS,
    segments=(*a.HEAD, *_SETS, *both("2100", a.TRIGGER, a.SUBJECT), *both("2110", a.CONTEXT)),
    emits=(a.EMIT,),
)
