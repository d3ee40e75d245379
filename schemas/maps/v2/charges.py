"""Map tables of charges (DFT): `charge.posted` for each FT1. P11 repeats diagnoses and insurance for a charge, P03 gives them for the visit."""

from schemas.maps.v2 import types as t
from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.mapping import Emit, Group, Map, Part, Row, Seg
from schemas.maps.v2.observation_parts import observations
from schemas.maps.v2.order_parts import NOTE, OBR, ORC, PRT, TIMING_TAGS, timings
from schemas.maps.v2.records import PROCEDURE_SEGMENTS

TERMS = t.CP[2:]
"""What a price says beside its amount (CP)."""

FT1: tuple[Row, ...] = (
    t.text("1", "set_id"), t.code("2", "id"), t.code("3", "batch"), t.moment("4", "transaction_time"), t.moment("4.2", "transaction_end_time"),
    t.moment("5", "posted_time"), t.coded("6", "type"), t.coded("7", "code"), t.text("8", "description"), t.text("9", "alternate_description"),
    t.number("10", "quantity"), t.money("11.1.1", "amount"), t.text("11.1.2", "currency"), Part("11", "amount_terms", TERMS),
    t.money("12.1.1", "unit_amount"), t.text("12.1.2", "unit_currency"), Part("12", "unit_terms", TERMS), t.coded("13", "department"),
    t.coded("14", "health_plan"), t.money("15.1.1", "insurance_amount"), t.text("15.1.2", "insurance_currency"),
    Part("15", "insurance_terms", TERMS), t.place("16", "location"), t.coded("17", "fee_schedule"), t.coded("18", "patient_type"),
    t.codes("19", "diagnosis_codes"), t.people("20", "performed_by"), t.people("21", "ordered_by"), t.money("22.1.1", "unit_cost"),
    t.text("22.1.2", "unit_cost_currency"), Part("22", "unit_cost_terms", TERMS), Part("23", "filler_number", t.EI), t.people("24", "entered_by"),
    t.coded("25", "procedure"), t.codes("26", "modifiers"), t.coded("27", "beneficiary_notice"), t.coded("28", "duplicate_reason"),
    t.coded("29", "drug"), t.ident("30", "payment_reference"), t.each("31", "reference_keys"), t.organizations("32", "performing_facilities"),
    Part("33", "ordering_facility", t.XON), t.coded("34", "item"), t.text("35", "model"), t.codes("36", "special_processing"),
    t.coded("37", "clinic"), t.ident("38", "referral_number"), t.ident("39", "authorization_number"), t.coded("40", "taxonomy"),
    t.coded("41", "revenue_code"), t.text("42", "prescription_number"), Part("43", "drug_quantity", t.CQ),
)  # fmt: skip

_OBSERVATION, _OBSERVED = observations("charge")
_VISIT_OBSERVATION = _OBSERVATION._replace(name="visit_observation", parent="visit_order")
_ORDERS = ("visit_order", "charge_order")
"""An order before any charge is for all of them, one behind a charge for that."""
CHARGE_SEGMENTS: tuple[Seg, ...] = (
    *_OBSERVED,
    Seg("FT1", FT1, "charge", "charge"),
    *(row._replace(group="charge_procedure") for row in PROCEDURE_SEGMENTS),
    Seg("NTE", NOTE, "notes[]", "charge"),
    Seg("PRT", PRT, "charge_participations[]", "charge"),
    *(row._replace(group=_VISIT_OBSERVATION.name) for row in _OBSERVED),
    *(
        row
        for name in _ORDERS
        for row in (Seg("ORC", ORC, "order", name), Seg("OBR", OBR, "request", name), *timings(name), Seg("NTE", NOTE, "notes[]", name))
    ),
)
CHARGE_GROUPS = (
    _OBSERVATION,
    Group("charge_procedure", ("PR1",), ("ROL", "PRT", "GP2"), "charge_procedures[]", "charge"),
    *(Group(name, ("ORC", "OBR"), ("NTE", *TIMING_TAGS), f"{name}s[]", parent) for name, parent in zip(_ORDERS, ("patient", "charge"), strict=True)),
    _VISIT_OBSERVATION,
)
CHARGE_HELD = ("NTE", "PRT")
POSTED = Emit("charge.posted", ("*",), group="charge", needs=("charge",))

MAP = Map(
    name="charge",
    messages=("DFT",),
    groups=(*CONTEXT_GROUPS, Group("charge", ("FT1",), CHARGE_HELD, "charges[]", "patient"), *CHARGE_GROUPS),
    segments=(*CONTEXT, *CHARGE_SEGMENTS),
    emits=(POSTED,),
)
