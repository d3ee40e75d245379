"""The record of a patient and a visit that ADT and BAR messages share: groups and segments."""

from schemas.maps.v2.billing import BILLING_SEGMENTS, OUTPATIENT_LINE
from schemas.maps.v2.common import HEAD, PATIENT_SEGMENTS, ROLE, tags, within
from schemas.maps.v2.insurance import GUARANTOR_SEGMENTS, INSURANCE_SEGMENTS, insurance_group
from schemas.maps.v2.mapping import Group, Seg
from schemas.maps.v2.order_parts import NOTE, PRT
from schemas.maps.v2.visits import ADVERSE_REACTION, ALLERGY_REACTION, PROCEDURE, VISIT_SEGMENTS

_RECORD = (*PATIENT_SEGMENTS, *VISIT_SEGMENTS, *BILLING_SEGMENTS, *GUARANTOR_SEGMENTS)
PROCEDURE_SEGMENTS = (
    Seg("PR1", PROCEDURE, "", "procedure"),
    Seg("ROL", ROLE, "roles[]", "procedure"),
    Seg("PRT", PRT, "participations[]", "procedure"),
    Seg("GP2", OUTPATIENT_LINE, "outpatient", "procedure"),
)
_ADVERSE_REACTION_SEGMENTS = (
    Seg("IAM", ADVERSE_REACTION, "", "adverse_reaction"),
    Seg("NTE", NOTE, "notes[]", "adverse_reaction"),
    Seg("IAR", ALLERGY_REACTION, "reaction_details[]", "adverse_reaction"),
)
GROUPS = (
    Group("patient", ("PID",), tuple(tag for tag in tags(_RECORD) if tag != "PID"), "patients[]", again=("PV1", "MRG")),
    Group("adverse_reaction", ("IAM",), ("NTE", "IAR"), "allergies[]", "patient"),
    Group("procedure", ("PR1",), ("ROL", "PRT", "GP2"), "procedures[]", "patient"),
    insurance_group("patient"),
)
SEGMENTS = (*HEAD, *within(_RECORD, "", "patient"), *_ADVERSE_REACTION_SEGMENTS, *PROCEDURE_SEGMENTS, *INSURANCE_SEGMENTS)
"""What stands before the PID is of the message, so that no order is demanded."""
