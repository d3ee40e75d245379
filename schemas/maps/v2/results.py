"""Map tables of results: `result.reported` for each OBR with its observations (ORU: laboratory, radiology, devices)."""

from schemas.maps.v2.charges import FT1
from schemas.maps.v2.common import ROLE
from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.documents import TXA
from schemas.maps.v2.mapping import Emit, Group, Map, Seg
from schemas.maps.v2.observation_parts import SPM, observations
from schemas.maps.v2.order_parts import CTI, NOTE, OBR, ORC, PRT, TIMING
from schemas.maps.v2.visits import DIAGNOSIS

_OBSERVATION, _OBSERVED = observations("report")
SEGMENTS: tuple[Seg, ...] = (
    Seg("ORC", ORC, "order", "report"),
    Seg("OBR", OBR, "report", "report"),
    Seg("TQ1", TIMING, "timings[]", "report"),
    Seg("NTE", NOTE, "notes[]", "report"),
    Seg("PRT", PRT, "order_participations[]", "report"),
    Seg("FT1", FT1, "charges[]", "report"),
    Seg("CTI", CTI, "trials[]", "report"),
    Seg("ROL", ROLE, "order_roles[]", "report"),
    Seg("DG1", DIAGNOSIS, "order_diagnoses[]", "report"),
    Seg("SPM", SPM, "specimens[]", "report"),
    Seg("TXA", TXA, "document", "report"),
    *_OBSERVED,
)
HELD = ("NTE", "TQ1", "CTI", "DG1", "ROL", "PRT", "FT1", "TXA", "SPM")
REPORTED = Emit("result.reported", ("*",), group="report")

MAP = Map(
    name="result",
    messages=("ORU",),
    groups=(*CONTEXT_GROUPS, Group("report", ("ORC", "OBR"), HELD, "reports[]", "patient"), _OBSERVATION),
    segments=(*CONTEXT, *SEGMENTS),
    emits=(REPORTED,),
)
