"""What the demo says of an event of HL7 v2 in one line."""

from collections.abc import Callable
from typing import Any

Data = dict[str, Any]
FAMILIES = ("appointment", "encounter", "patient", "account", "order", "medication")
"""Kinds that are counted together, by the first part of their name."""
_STATUS = {"F": "final", "P": "preliminary", "C": "corrected"}


def number_of(data: Data) -> str:
    """Of the account, which is the number on the claim; else of the visit, else of the patient."""
    identity = data.get("identity", {})
    return str(next((identity[role]["value"] for role in ("account", "visit", "patient") if role in identity), ""))


def _place(data: Data) -> str:
    visit = data.get("visit", {})
    location = visit.get("location", {})
    return f"class {visit.get('patient_class', '')}, {' '.join(filter(None, (location.get('point_of_care'), location.get('room'))))}"


def _booked(data: Data) -> str:
    appointment = data.get("appointment", {})
    begins = (appointment.get("quantity_timings") or [{}])[0].get("start_time", "")
    return f"{appointment.get('reason', {}).get('code', '').lower()} on {begins[:10]} at {begins[11:16]}"


def _done(data: Data) -> str:
    return str(data.get("action", "")).replace("_", " ")


def _visited(data: Data) -> str:
    return f"{_done(data)}, {_place(data)}"


def _updated(data: Data) -> str:
    payers = ", ".join(one.get("policy_number", "") for one in data.get("insurances", ()))
    return f"{len(data.get('diagnoses', ()))} diagnoses, insured as {payers}"


def _merged(data: Data) -> str:
    gone = ((data.get("prior", {}).get("identifiers")) or [{}])[0].get("value", "")
    return f"{gone} is the same patient"


def _ordered(data: Data) -> str:
    request = data.get("request", {})
    order = data.get("order", {})
    return f"{request.get('service', {}).get('code', '')}, order {order.get('placer_number', {}).get('value', '')}"


def _reported(data: Data) -> str:
    report, seen = data.get("report", {}), data.get("observations", ())
    odd = sum(code.get("code") in ("H", "L") for one in seen for code in one.get("interpretations", ()))
    what = f"{report.get('service', {}).get('text', '').lower()} {_STATUS.get(report.get('status', ''), '')}"
    return f"{what}, {len(seen)} observation{'s' * (len(seen) != 1)}" + (f", {odd} out of range" if odd else "")


def _drug(part: str) -> Callable[[Data], str]:
    return lambda data: f"{data.get(part, {}).get('code', {}).get('system', '')} {data.get(part, {}).get('code', {}).get('code', '')}"


def _documented(data: Data) -> str:
    seen = (data.get("observations") or [{}])[0].get("code", {}).get("text", "")
    return f"{seen.lower()}, {data.get('document', {}).get('number', {}).get('value', '')}"


def _charged(data: Data) -> str:
    charge = data.get("charge", {})
    code = charge.get("procedure", {}).get("code") or charge.get("code", {}).get("code", "")
    return f"{charge.get('amount', '')} for {code}" + (", taken back" if _is_credit(data) else "")


def _is_credit(data: Data) -> bool:
    return bool(data.get("charge", {}).get("type", {}).get("code") == "CD")


SAY: dict[str, Callable[[Data], str]] = {
    "appointment.booked": _booked,
    "appointment.updated": _booked,
    "appointment.cancelled": _booked,
    "encounter.started": _visited,
    "encounter.cancelled": lambda data: f"{_done(data)}: undoes {data.get('undoes', '')}",
    "patient.merged": _merged,
    "patient.retired": lambda data: "goes on under the number that stays",
    "patient.updated": _updated,
    "account.created": lambda data: f"account of visit {data.get('identity', {}).get('visit', {}).get('value', '')}",
    "encounter.transferred": _visited,
    "order.placed": _ordered,
    "order.updated": lambda data: f"{_ordered(data)}: {data.get('order', {}).get('control', '')}",
    "medication.ordered": _drug("encoded"),
    "medication.dispensed": _drug("dispense"),
    "immunization.recorded": _drug("administration"),
    "result.reported": _reported,
    "encounter.ended": _visited,
    "document.reported": _documented,
    "charge.posted": _charged,
}
"""A sentence a kind, in the order in which a visit comes by them."""
OUTCOMES: dict[str, Callable[[Data], str]] = {
    "result.reported": lambda data: _STATUS.get(data.get("report", {}).get("status", ""), ""),
    "charge.posted": lambda data: "taken back" if _is_credit(data) else "charged",
}
