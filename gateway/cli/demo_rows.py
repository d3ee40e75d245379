"""What the demo says of an event in one line."""

from collections.abc import Callable
from typing import Any

from gateway.cli import demo_visits as visits
from schemas.envelope import EVENT_TYPE_PREFIX

Event = dict[str, Any]
Data = dict[str, Any]
LINKED = "answer.linked"
ORDER = (
    "enrollment.changed", "premium.paid", "eligibility.requested", "eligibility.answered", "authorization.requested", "authorization.answered",
    *visits.SAY, "claim.submitted", "attachment.submitted", "submission.acknowledged", "claim.acknowledged", "claim.status.requested",
    "claim.status.answered", "claim.adjudicated", "remittance.received",
)  # fmt: skip
"""Kinds in the order in which a claim comes by them."""
_WORDS = {
    "A1": "certified", "A2": "certified in part", "A3": "not certified", "A4": "pended", "A6": "modified",
    "021": "added", "024": "ended", "025": "reinstated",
}  # fmt: skip


def kind_of(event: Event) -> str:
    return str(event["type"]).removeprefix(EVENT_TYPE_PREFIX).rpartition(".")[0]


def row_of(event: Event) -> str:
    """The kind, or the family that it is counted with."""
    kind = kind_of(event)
    family = kind.partition(".")[0]
    return f"{family}.*" if family in visits.FAMILIES else kind


def said(event: Event) -> str:
    """In words, without names of people."""
    say = _SAY.get(kind_of(event))
    return say(event["data"]) if say else ""


def outcome_of(event: Event) -> str:
    """In a word or two, empty for what has none; of what is counted with its family what it was."""
    kind = kind_of(event)
    if kind != row_of(event):
        return kind.partition(".")[2]
    judge = _OUTCOMES.get(kind)
    return judge(event["data"]) if judge else ""


def number_of(event: Event) -> str:
    """The number by which people would look for it."""
    data = event["data"]
    found = data.get("patient_control_number") or data.get("trace_number") or data.get("payment", {}).get("trace_number") or data.get("subscriber_id")
    traces = data.get("traces")
    acknowledged = data.get("acknowledged_group") or data.get("acknowledged_interchange") or data.get("receiver") or {}
    number = found or (traces[0]["number"] if traces else acknowledged.get("control_number") or acknowledged.get("trace_number"))
    return str(number or visits.number_of(data))


# -- a sentence a kind


def _enrolled(data: Data) -> str:
    plan = (data.get("coverages") or [{}])[0]
    change = _WORDS.get(data.get("maintenance_type", ""), "changed")
    return f"{change}: {plan.get('plan', '')} from {plan.get('coverage_start_date', '')}"


def _premium(data: Data) -> str:
    return f"{data.get('amount', '')} for {len(data.get('remittances', ()))} contracts"


def _asked(data: Data) -> str:
    types = ", ".join(code for one in data.get("inquiries", ()) for code in one.get("service_types", ()))
    return f"is this patient covered? service types {types}"


def _covered(data: Data) -> str:
    refused = [one.get("reason", "") for holder in (data, data.get("patient", {})) for one in holder.get("rejections", ())]
    if refused:
        return f"no answer: reason {', '.join(refused)}"
    parts = []
    for one in data.get("benefits", ()):
        code, amount = one.get("information", ""), one.get("amount", "")
        if code in "12345678":
            parts.append("active" if code < "6" else "inactive")
        elif code in "BC" and one.get("time_period") != "29":
            parts.append(f"{'copay' if code == 'B' else 'deductible'} {amount}")
        elif code == "A" and "percent" in one:
            parts.append(f"coinsurance {float(one['percent']):.0%}")
        if one.get("authorization_required") == "Y":
            parts.append("authorisation needed")
    return ", ".join(dict.fromkeys(parts))


def _reviewed(data: Data) -> str:
    codes = [one.get("procedure", {}).get("code") or one.get("revenue_code", "") for one in data.get("services", ())]
    return f"may we? {_counted(codes, 'service')}"


def _counted(codes: list[str], what: str) -> str:
    return f"{len(codes)} {what}{'s' * (len(codes) != 1)}: {', '.join(codes[:4])}"


def _decided(data: Data) -> str:
    decision = data.get("decision", {})
    action = decision.get("action", "")
    number = decision.get("review_number") or data.get("administrative_reference", "")
    return " ".join(filter(None, (action, _WORDS.get(action, ""), number)))


def _submitted(data: Data) -> str:
    codes = [line.get("procedure", {}).get("code") or line.get("revenue_code", "") for line in data.get("lines", ())]
    return f"{data.get('total_charge', '')} billed, {_counted(codes, 'line')}"


def _attached(data: Data) -> str:
    documents = [one for each in data.get("attachments", ()) for sent in each.get("submissions", ()) for one in sent.get("documents", ())]
    size = sum(content.get("declared_length", 0) for one in documents for content in one.get("contents", ()))
    return f"records: {', '.join(one.get('file_name', '') for one in documents)}, {size} bytes"


def _taken(data: Data) -> str:
    sets = len(data.get("sets", ()))
    what = "interchange" if "acknowledged_interchange" in data else f"{sets} set{'s' * (sets != 1)}" if sets else "claims"
    return f"{what} {data.get('outcome', data.get('receiver', {}).get('statuses', [{}])[0].get('outcome', '')).replace('_', ' ')}"


def _status(data: Data) -> str:
    code = ((data.get("statuses") or [{}])[0].get("codes") or [{}])[0]
    outcome = data.get("outcome", "")
    amount = (data.get("statuses") or [{}])[0].get("paid_amount")
    number = data.get("payer_claim_number", "")
    words = (
        outcome,
        f"{code.get('category', '')}:{code.get('code', '')}",
        f"paid {amount}" if amount else "",
        f"payer's number {number}" if number else "",
    )
    return ", ".join(filter(None, words))


def _adjudicated(data: Data) -> str:
    adjustments = [*data.get("adjustments", ()), *(one for line in data.get("lines", ()) for one in line.get("adjustments", ()))]
    reasons = ", ".join(dict.fromkeys(f"{one.get('group', '')}-{one.get('reason', '')}" for one in adjustments))
    undone = "reversal, " if data.get("reversal") else ""
    return f"{undone}{data.get('paid_amount', '')} paid of {data.get('total_charge', '')}; {reasons}"


def _paid(data: Data) -> str:
    claims = data.get("claims", {}).get("count", 0)
    return f"payment of {data.get('payment', {}).get('amount', '')} for {claims} claim{'s' * (claims != 1)}"


_SAY: dict[str, Callable[[Data], str]] = {
    "enrollment.changed": _enrolled,
    "premium.paid": _premium,
    "eligibility.requested": _asked,
    "eligibility.answered": _covered,
    "authorization.requested": _reviewed,
    "authorization.answered": _decided,
    "claim.submitted": _submitted,
    "attachment.submitted": _attached,
    "submission.acknowledged": _taken,
    "claim.acknowledged": _status,
    "claim.status.requested": lambda data: "where is this claim?",
    "claim.status.answered": _status,
    "claim.adjudicated": _adjudicated,
    "remittance.received": _paid,
    LINKED: lambda data: f"{data['answer_kind']} answers {data['request_kind']} by {data['rule']}",
    **visits.SAY,
}


# -- an outcome a kind


def _coverage(data: Data) -> str:
    codes = [one.get("information", "") for one in data.get("benefits", ())]
    return "no answer" if not codes else "active" if any(code in "12345" for code in codes) else "inactive"


def _category(data: Data) -> str:
    code = str(((data.get("statuses") or [{}])[0].get("codes") or [{}])[0].get("category", ""))
    return _CATEGORIES.get(code, _CATEGORIES.get(code[:1], code))


def _judged(data: Data) -> str:
    if data.get("reversal"):
        return "reversed"
    return "paid" if float(data.get("paid_amount", "0")) > 0 else "nothing paid"


_CATEGORIES = {"F1": "paid", "F2": "denied", "F0": "complete", "F4": "no payment", "P": "pending", "A4": "not found", "R": "asks for more"}
_OUTCOMES: dict[str, Callable[[Data], str]] = {
    "enrollment.changed": lambda data: _WORDS.get(data.get("maintenance_type", ""), ""),
    "eligibility.answered": _coverage,
    "authorization.answered": lambda data: _WORDS.get(data.get("decision", {}).get("action", ""), ""),
    "submission.acknowledged": lambda data: str(data.get("outcome", "")).replace("_", " "),
    "claim.acknowledged": lambda data: str(data.get("outcome", "")),
    "claim.status.answered": _category,
    "claim.adjudicated": _judged,
    LINKED: lambda data: f"by {data['on'][0]}",
    **visits.OUTCOMES,
}
