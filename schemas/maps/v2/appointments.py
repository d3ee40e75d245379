"""Map table of scheduling (SIU): an event for what happened to the appointment, with all that is booked for it."""

from schemas.maps.v2 import types as t
from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.mapping import Emit, Group, Map, Part, Parts, Row, Seg
from schemas.maps.v2.observation_parts import observations
from schemas.maps.v2.order_parts import NOTE, TIMING, TQ

SCH: tuple[Row, ...] = (
    Part("1", "placer_number", t.EI), Part("2", "filler_number", t.EI), t.number("3", "occurrence"), Part("4", "placer_group_number", t.EI),
    t.coded("5", "schedule"), t.coded("6", "event_reason"), t.coded("7", "reason"), t.coded("8", "type"), t.number("9", "duration"),
    t.coded("10", "duration_units"), Parts("11", "quantity_timings", TQ), t.people("12", "placer_contacts"), t.telecoms("13", "placer_telecoms"),
    t.addresses("14", "placer_addresses"), t.place("15", "placer_location"), t.people("16", "filler_contacts"), t.telecoms("17", "filler_telecoms"),
    t.addresses("18", "filler_addresses"), t.place("19", "filler_location"), t.people("20", "entered_by"), t.telecoms("21", "entered_by_telecoms"),
    t.place("22", "entered_by_location"), Part("23", "parent_placer_number", t.EI), Part("24", "parent_filler_number", t.EI),
    t.coded("25", "status"), Parts("26", "placer_order_numbers", t.EI), Parts("27", "filler_order_numbers", t.EI),
    Parts("28", "alternate_placer_order_numbers", t.EI),
)  # fmt: skip
RGS: tuple[Row, ...] = (t.text("1", "set_id"), t.code("2", "action"), t.coded("3", "group"))
AIS: tuple[Row, ...] = (
    t.text("1", "set_id"), t.code("2", "action"), t.coded("3", "service"), t.moment("4", "start_time"), t.number("5", "start_offset"),
    t.coded("6", "start_offset_units"), t.number("7", "duration"), t.coded("8", "duration_units"), t.coded("9", "substitution"),
    t.coded("10", "status"), t.codes("11", "placer_supplements"), t.codes("12", "filler_supplements"),
)  # fmt: skip
AIG: tuple[Row, ...] = (
    t.text("1", "set_id"), t.code("2", "action"), t.coded("3", "resource"), t.coded("4", "type"), t.codes("5", "groups"), t.number("6", "quantity"),
    t.coded("7", "quantity_units"), t.moment("8", "start_time"), t.number("9", "start_offset"), t.coded("10", "start_offset_units"),
    t.number("11", "duration"), t.coded("12", "duration_units"), t.coded("13", "substitution"), t.coded("14", "status"),
)  # fmt: skip
AIL: tuple[Row, ...] = (
    t.text("1", "set_id"), t.code("2", "action"), Parts("3", "locations", t.PL), t.coded("4", "type"), t.coded("5", "group"),
    t.moment("6", "start_time"), t.number("7", "start_offset"), t.coded("8", "start_offset_units"), t.number("9", "duration"),
    t.coded("10", "duration_units"), t.coded("11", "substitution"), t.coded("12", "status"),
)  # fmt: skip
AIP: tuple[Row, ...] = (
    t.text("1", "set_id"), t.code("2", "action"), t.people("3", "practitioners"), t.coded("4", "type"), t.codes("5", "groups"),
    t.moment("6", "start_time"), t.number("7", "start_offset"), t.coded("8", "start_offset_units"), t.number("9", "duration"),
    t.coded("10", "duration_units"), t.coded("11", "substitution"), t.coded("12", "status"),
)  # fmt: skip

_ACTIONS = {
    "S12": ("booked", "book"), "S13": ("rescheduled", "reschedule"), "S14": ("updated", "modify"), "S15": ("cancelled", "cancel"),
    "S16": ("cancelled", "discontinue"), "S17": ("cancelled", "delete"), "S18": ("updated", "add_resource"), "S19": ("updated", "modify_resource"),
    "S20": ("updated", "cancel_resource"), "S21": ("updated", "discontinue_resource"), "S22": ("updated", "delete_resource"),
    "S26": ("noshow", "noshow"), "S27": ("updated", "broadcast"),
}  # fmt: skip
"""Trigger: what it does to the appointment, and how exactly."""

_SLOTS = {"S23": ("blocked", "block"), "S24": ("unblocked", "unblock")}
"""Triggers about time in a schedule, which need no patient."""

_RESOURCES = ("AIS", "AIG", "AIL", "AIP")
_GROUPS = (
    Group("resource_group", ("RGS",), _RESOURCES, "resource_groups[]"),
    *(
        Group(name, (tag,), ("NTE",), f"{name}s[]", "resource_group")
        for tag, name in (("AIS", "service"), ("AIG", "resource"), ("AIL", "location"), ("AIP", "person"))
    ),
)

_OBSERVATION, _OBSERVED = observations("patient")

MAP = Map(
    name="appointment",
    messages=("SIU",),
    groups=(*CONTEXT_GROUPS, _OBSERVATION, *_GROUPS),
    segments=(
        *CONTEXT,
        *_OBSERVED,
        Seg("SCH", SCH, "appointment"),
        Seg("TQ1", TIMING, "timings[]"),
        Seg("RGS", RGS, group="resource_group"),
        Seg("AIS", AIS, group="service"),
        Seg("AIG", AIG, group="resource"),
        Seg("AIL", AIL, group="location"),
        Seg("AIP", AIP, group="person"),
        *(Seg("NTE", NOTE, "notes[]", group.name) for group in _GROUPS[1:]),
    ),
    emits=(
        *(Emit(f"appointment.{kind}", (code,), (("action", action),), group="patient", or_message=True) for code, (kind, action) in _ACTIONS.items()),
        *(Emit(f"appointment.{kind}", (code,), (("action", action),), subject="receipt") for code, (kind, action) in _SLOTS.items()),
    ),
)
