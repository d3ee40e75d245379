"""Map table of laboratory results by specimen (OUL): OBR comes before its ORC, and the specimen before both."""

from schemas.maps.v2.common import within
from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.mapping import Group, Map, Seg
from schemas.maps.v2.observation_parts import SPM, observations
from schemas.maps.v2.results import HELD, REPORTED, SEGMENTS

_OBSERVATION, _ = observations("report")

MAP = Map(
    name="specimen_result",
    messages=("OUL",),
    groups=(*CONTEXT_GROUPS, Group("report", ("OBR", "ORC"), tuple(tag for tag in HELD if tag != "SPM"), "reports[]", "patient"), _OBSERVATION),
    segments=(*CONTEXT, *(row for row in SEGMENTS if row.tag != "SPM"), *within((Seg("SPM", SPM, "specimens[]"),), "", "patient")),
    emits=(REPORTED,),
)
