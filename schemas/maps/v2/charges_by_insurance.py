"""Map table of charges with diagnoses and insurance of their own (DFT P11)."""

from schemas.maps.v2.charges import CHARGE_GROUPS, CHARGE_HELD, CHARGE_SEGMENTS, POSTED
from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.insurance import GUARANTOR_SEGMENTS, INSURANCE_SEGMENTS, insurance_group
from schemas.maps.v2.mapping import Group, Map, Seg
from schemas.maps.v2.visits import DIAGNOSIS

_INSURANCE = insurance_group("charge")._replace(name="charge_insurance", to="charge_insurances[]")
_OWN: tuple[Seg, ...] = (
    Seg("DG1", DIAGNOSIS, "charge_diagnoses[]", "charge"),
    *(row._replace(group="charge", to="charge_guarantors[]") for row in GUARANTOR_SEGMENTS),
    *(row._replace(group=_INSURANCE.name) for row in INSURANCE_SEGMENTS),
)

MAP = Map(
    name="charge_with_insurance",
    messages=("DFT^P11",),
    groups=(*CONTEXT_GROUPS, Group("charge", ("FT1",), (*CHARGE_HELD, "DG1", "GT1"), "charges[]", "patient"), *CHARGE_GROUPS, _INSURANCE),
    segments=(*CONTEXT, *CHARGE_SEGMENTS, *_OWN),
    emits=(POSTED,),
)
