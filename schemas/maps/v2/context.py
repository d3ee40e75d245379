"""The patient, visit and insurance around a clinical fact: the record of ADT and BAR, with notes and participations.

Every fact stands below its PID, so that a message with several patients never gives one the results of another.
"""

from schemas.maps.v2.common import within
from schemas.maps.v2.mapping import Seg
from schemas.maps.v2.order_parts import NOTE, PRT
from schemas.maps.v2.records import GROUPS, SEGMENTS

CONTEXT_GROUPS = tuple(group._replace(holds=(*group.holds, "NTE", "PRT")) if group.name == "patient" else group for group in GROUPS)
CONTEXT = (*SEGMENTS, *within((Seg("NTE", NOTE, "patient_notes[]"), Seg("PRT", PRT, "participations[]")), "", "patient"))
