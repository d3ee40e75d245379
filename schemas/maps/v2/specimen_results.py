"""Map table of laboratory results whose OBR comes before its ORC, or behind it (OUL R24, and OUL in general)."""

from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.mapping import Emit, Group, Map
from schemas.maps.v2.observation_parts import observations
from schemas.maps.v2.results import HELD, REPORTED, SEGMENTS
from schemas.maps.v2.specimens import of_patient, specimens

OBSERVATION, _ = observations("report")
OBSERVED, OBSERVED_ROWS = of_patient()
OPENS = ("OBR", "ORC")

MAP = Map(
    name="specimen_result",
    messages=("OUL",),
    groups=(*CONTEXT_GROUPS, Group("report", OPENS, HELD, "reports[]", "patient", any_order=True), OBSERVATION, OBSERVED),
    segments=(*CONTEXT, *SEGMENTS, *specimens("", "patient"), *OBSERVED_ROWS),
    emits=(
        REPORTED,
        Emit("result.reported", ("*",), group="patient", when=(("patient_observations", ("*",)),), unless=(("reports", ("*",)),)),
    ),
)
