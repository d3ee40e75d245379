"""Map table of the 277CA: one `claim.acknowledged` for each claim (2200D) and one `submission.acknowledged` for the levels above."""

from schemas.maps import claims as c
from schemas.maps.mapping import Each, Emit, Field, Map, Obj, Row, Seg, both

_CODE = (Field("0-1", "category"), Field("0-2", "code"), Field("0-3", "entity"))
_STATUS: tuple[Row, ...] = (
    Each("codes", 1, 1, 1, _CODE), Field("02", "date", "date"), Field("03", "action"), Field("04", "amount", "money"), Each("codes", 10, 1, 2, _CODE),
    Field("12", "text"), Field(("03", "11-1", "10-1", "01-1"), "outcome", "acknowledgement_outcome"),
)  # fmt: skip
"""STC. The categories of all composites and the action code decide together."""
_STATUSES: c.Part = ("STC", _STATUS, "statuses[]")
_TRACE: c.Part = ("TRN", (Field("02", "trace_number"),), "")


def _count(tag: str, name: str) -> c.Part:
    return tag, (Field("02", name, "quantity"),), ""


_ABOVE: tuple[Seg, ...] = (
    Seg("ST", "ST", (Field("02", "control_number"), Field("03", "guide"))),
    Seg("ST", "BHT", (Field("03", "reference"), Field("04", "created_date", "date"), Field("05", "created_time", "time"))),
    Seg("2100A", "NM1", c.ROLE_NAME),
    *both("2200A", _TRACE, c.day("050", "received_date"), c.day("009", "processed_date")),
    *both("2100B 2100C", ("NM1", c.NAME, "")),
    *both("2200B 2200C", _TRACE, _STATUSES, c.money("AMT:YU", "accepted_amount"), c.money("AMT:YY", "rejected_amount")),
    *both("2200B", _count("QTY:90", "accepted_count"), _count("QTY:AA", "rejected_count")),
    *both("2200C", _count("QTY:QA", "accepted_count"), _count("QTY:QC", "rejected_count"), c.REFERENCES),
    Seg("2100D", "NM1", c.NAME),
)  # fmt: skip

_CLAIM: tuple[Seg, ...] = (
    Seg("2200D", "TRN", (Field("02", "patient_control_number"),)),
    *both(
        "2200D", _STATUSES, c.number("REF:1K", "payer_claim_number"), c.number("REF:D9", "clearinghouse_trace"), c.number("REF:BLT", "bill_type"),
        c.span("472", "service_period"),
    ),
    Seg("2220D", "SVC", (*c.procedure("01"), Field("02", "charge", "money"), Field("04", "revenue_code"), Field("07", "units", "quantity"))),
    *both(
        "2220D", _STATUSES, c.number("REF:FJ", "control_number"), c.number("REF:XZ", "prescription_number"), c.span("472", "service_period"),
    ),
)  # fmt: skip

MAP = Map(
    name="acknowledgement_277ca",
    guide="277CA",
    objects=(
        Obj("ST", "transaction"), Obj("2000A", "source"), Obj("2100A", "source"), Obj("2200A", "source"), Obj("2000B", "receiver"),
        Obj("2100B", "receiver"), Obj("2200B", "receiver"), Obj("2000C", "provider"), Obj("2100C", "provider"), Obj("2200C", "provider"),
        Obj("2000D", "patient"), Obj("2100D", "patient"), Obj("2200D", ""), Obj("2220D", "lines[]"),
    ),
    segments=(*_ABOVE, *_CLAIM),
    emits=(
        Emit(
            event="claim.acknowledged", loop="2200D", item="TRN", key="patient_control_number", lane="claim", topic="claims",
            context=("transaction", "source", "receiver", "provider", "patient"), derives=(("outcome", "claim_outcome"),),
            checks=("claim_acknowledgement",),
        ),
        Emit(
            event="submission.acknowledged", loop="ST", item="ST", key=("receiver.trace_number",), lane="batch", topic="batches",
            context=("transaction", "source", "receiver"), gathers=(("receiver", "receivers"), ("provider", "providers")),
            derives=(("outcome", "batch_outcome"),),
        ),
    ),
)  # fmt: skip
