"""Map table of laboratory results whose OBR comes before its ORC (OUL R24, and OUL in general)."""

from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.mapping import Group, Map
from schemas.maps.v2.observation_parts import observations
from schemas.maps.v2.results import HELD, REPORTED, SEGMENTS
from schemas.maps.v2.specimens import of_patient, specimens

OBSERVATION, _ = observations("report")
OBSERVED, OBSERVED_ROWS = of_patient()
OPENS = ("OBR", "ORC")

MAP = Map(
    name="specimen_result",
    messages=("OUL",),
    groups=(*CONTEXT_GROUPS, Group("report", OPENS, HELD, "reports[]", "patient"), OBSERVATION, OBSERVED),
    segments=(*CONTEXT, *SEGMENTS, *specimens("", "patient"), *OBSERVED_ROWS),
    emits=(REPORTED,),
)
