"""Map table of vaccinations (VXU): `immunization.recorded` for each RXA, given here, given elsewhere or refused."""

from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.mapping import Emit, Group, Map, Seg
from schemas.maps.v2.observation_parts import observations
from schemas.maps.v2.order_parts import NOTE, ORC, PRT, TIMING_TAGS, timings
from schemas.maps.v2.pharmacy_parts import RXA, RXR

_OBSERVATION, _OBSERVED = observations("vaccination")

MAP = Map(
    name="immunization",
    messages=("VXU",),
    groups=(*CONTEXT_GROUPS, Group("vaccination", ("ORC", "RXA"), ("RXR", *TIMING_TAGS, "NTE", "PRT"), "vaccinations[]", "patient"), _OBSERVATION),
    segments=(
        *CONTEXT,
        Seg("ORC", ORC, "order", "vaccination"),
        *timings("vaccination"),
        Seg("RXA", RXA, "administration", "vaccination"),
        Seg("RXR", RXR, "routes[]", "vaccination"),
        Seg("PRT", PRT, "order_participations[]", "vaccination"),
        Seg("NTE", NOTE, "notes[]", "vaccination"),
        *_OBSERVED,
    ),
    emits=(Emit("immunization.recorded", ("*",), group="vaccination", needs=("administration",)),),
)
