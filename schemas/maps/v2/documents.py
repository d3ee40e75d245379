"""Map table of documents (MDM): `document.reported` with the header (TXA) and the observations whose values are the content."""

from schemas.maps.v2 import types as t
from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.mapping import Emit, Group, Map, Part, Parts, Row, Seg, Value
from schemas.maps.v2.observation_parts import observations
from schemas.maps.v2.order_parts import NOTE, OBR, ORC, PRT, TIMING_TAGS, timings

PPN: tuple[Value | Part, ...] = (
    t.text("1", "id"), *t.family(2), *t.texts(3, "given", "middle", "suffix", "prefix", "degree"), *t.spelled(8, "source_table"),
    *t.authority(9, "authority"), *t.texts(10, "name_type", "check_digit", "check_digit_scheme", "id_type"), *t.authority(14, "facility"),
    t.moment("15", "time"), *t.texts(16, "representation"), *t.spelled(17, "context"), *t.period(18, "valid_from", "valid_to"),
    *t.texts(19, "assembly_order"), t.moment("20", "effective"), t.moment("21", "expires"), *t.texts(22, "professional_suffix"),
    *t.spelled(23, "jurisdiction"), *t.spelled(24, "agency"), *t.texts(25, "security_check", "security_check_scheme"),
)  # fmt: skip
"""A person and when that person signed."""

TXA: tuple[Row, ...] = (
    t.text("1", "set_id"), t.coded("2", "type"), t.code("3", "presentation"), t.moment("4", "activity_time"), t.people("5", "activity_providers"),
    t.moment("6", "origination_time"), t.moment("7", "transcription_time"), t.each("8", "edit_times", "datetime"), t.people("9", "originators"),
    t.people("10", "authenticators"), t.people("11", "transcriptionists"), Part("12", "number", t.EI), Part("13", "parent_number", t.EI),
    Parts("14", "placer_numbers", t.EI), Part("15", "filler_number", t.EI), t.text("16", "file_name"), t.code("17", "completion_status"),
    t.code("18", "confidentiality_status"), t.code("19", "availability_status"), t.code("20", "storage_status"), t.text("21", "change_reason"),
    Parts("22", "authentications", PPN), t.people("23", "copies_to"), t.codes("24", "folders"), t.each("25", "titles"), t.moment("26", "due_time"),
)  # fmt: skip

_ACTIONS = (
    ("T01", "create"), ("T02", "create"), ("T03", "change_status"), ("T04", "change_status"), ("T05", "add"), ("T06", "add"),
    ("T07", "edit"), ("T08", "edit"), ("T09", "replace"), ("T10", "replace"), ("T11", "cancel"),
)  # fmt: skip
"""Trigger and what it does: the even ones bring the content with them."""

_OBSERVATION, _OBSERVED = observations("document")
_ORDER = Group("document_order", ("ORC", "OBR"), ("NTE", *TIMING_TAGS), "document_orders[]", "patient")

MAP = Map(
    name="document",
    messages=("MDM",),
    groups=(*CONTEXT_GROUPS, _ORDER, Group("document", ("TXA",), ("NTE", "PRT"), "documents[]", "patient"), _OBSERVATION),
    segments=(
        *CONTEXT,
        Seg("TXA", TXA, "document", "document"),
        Seg("NTE", NOTE, "notes[]", "document"),
        Seg("PRT", PRT, "document_participations[]", "document"),
        Seg("ORC", ORC, "order", "document_order"),
        Seg("OBR", OBR, "request", "document_order"),
        *timings("document_order"),
        Seg("NTE", NOTE, "notes[]", "document_order"),
        *_OBSERVED,
    ),
    emits=tuple(Emit("document.reported", (trigger,), constants=(("action", action),), group="document") for trigger, action in _ACTIONS),
)
