"""Map tables of results: `result.reported` for each OBR with its observations (ORU: laboratory, radiology, devices; OUL R21)."""

from schemas.maps.v2.charges import FT1
from schemas.maps.v2.common import ROLE
from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.documents import TXA
from schemas.maps.v2.mapping import Emit, Group, Map, Seg
from schemas.maps.v2.observation_parts import observations
from schemas.maps.v2.order_parts import CTI, NOTE, OBR, ORC, PRT, TIMING_TAGS, timings
from schemas.maps.v2.specimens import SPECIMEN_TAGS, specimens
from schemas.maps.v2.visits import DIAGNOSIS

_OBSERVATION, _OBSERVED = observations("report")
SEGMENTS: tuple[Seg, ...] = (
    Seg("ORC", ORC, "order", "report"),
    Seg("OBR", OBR, "report", "report"),
    *timings("report"),
    Seg("NTE", NOTE, "notes[]", "report"),
    Seg("PRT", PRT, "order_participations[]", "report"),
    Seg("FT1", FT1, "charges[]", "report"),
    Seg("CTI", CTI, "trials[]", "report"),
    Seg("ROL", ROLE, "order_roles[]", "report"),
    Seg("DG1", DIAGNOSIS, "order_diagnoses[]", "report"),
    *specimens("report"),
    Seg("TXA", TXA, "document", "report"),
    *_OBSERVED,
)
HELD = ("NTE", *TIMING_TAGS, "CTI", "DG1", "ROL", "PRT", "FT1", "TXA", *SPECIMEN_TAGS)
REPORTED = Emit("result.reported", ("*",), group="report")

MAP = Map(
    name="result",
    messages=("ORU", "OUL^R21"),
    groups=(*CONTEXT_GROUPS, Group("report", ("ORC", "OBR"), HELD, "reports[]", "patient"), _OBSERVATION),
    segments=(*CONTEXT, *SEGMENTS),
    emits=(REPORTED,),
)
