"""Map table of the 997: the same event as of a 999, from AK3, AK4 and AK5."""

from schemas.maps import acknowledgements as a
from schemas.maps.mapping import Map

_OBJECTS, _SETS = a.sets("AK2", "AK3", "AK4", "AK5", at_segment="AK3", at_element="AK3")

MAP = Map(name="acknowledgement_997", guide="997", objects=_OBJECTS, segments=(*a.HEAD, *_SETS), emits=(a.EMIT,))
