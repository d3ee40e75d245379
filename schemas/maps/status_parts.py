"""Rows that the 276 and the 277 share, and the status segment (STC) of every 277."""

from schemas.maps import claims as c
from schemas.maps.mapping import Each, Emit, Field, Obj, Row, Seg, both
from schemas.maps.transaction import HEAD

OBJECTS = (
    Obj("ST", "transaction"), Obj("2100A", "payer"), Obj("2100B", "information_receiver"), Obj("2000C", "provider"), Obj("2100C", "provider"),
    Obj("2000D", "subscriber"), Obj("2100D", "subscriber"), Obj("2200D", ""), Obj("2000E", "patient"), Obj("2100E", "patient"), Obj("2200E", ""),
)  # fmt: skip
"""A second 2100C, where a provider has two identifiers, finds its object taken and is kept as unmapped."""

CONTEXT = ("transaction", "payer", "information_receiver", "provider", "subscriber", "patient")

_CODES: tuple[Field, ...] = (Field("0-1", "category"), Field("0-2", "code"), Field("0-3", "entity"), Field("0-4", "code_list"))
STATUS: tuple[Row, ...] = (
    Each("codes", 1, 1, 1, _CODES), Field("02", "date", "date"), Field("04", "total_charge", "money"), Field("05", "paid_amount", "money"),
    Field("06", "adjudicated_date", "date"), Field("08", "payment_date", "date"), Field("09", "payment_number"), Each("codes", 10, 1, 2, _CODES),
)  # fmt: skip
"""STC of the 277: three composites of one kind, of which the first is the status and the others refine it."""

TRACE: c.Part = ("TRN", (Field("02", "trace_number"),), "")

HEADING: tuple[Seg, ...] = (
    *HEAD,
    *both("2100A 2100B 2100C 2100D 2100E", ("NM1", c.NAME, "")),
)  # fmt: skip

CLAIM: tuple[Seg, ...] = (
    *both("2200D 2200E", TRACE),
    *both(
        "2200D 2200E", c.number("REF:1K", "payer_claim_number"), c.number("REF:BLT", "bill_type"), c.number("REF:EJ", "patient_control_number"),
        c.number("REF:XZ", "prescription_number"), c.number("REF:D9", "clearinghouse_trace"), c.span("472", "service_period"),
    ),
)  # fmt: skip


def lines(loops: str, *more: Row) -> tuple[Seg, ...]:
    """Service lines (SVC); `more` is what only one of the two guides has in it."""
    service: tuple[Row, ...] = (
        *c.procedure("01"), Field("02", "charge", "money"), *more, Field("04", "revenue_code"), Field("07", "units", "quantity"),
    )  # fmt: skip
    return both(loops, ("SVC", service, ""), c.number("REF:FJ", "control_number"), c.span("472", "service_period"))


def emit(event: str, loop: str, *checks: str, context: tuple[str, ...] = CONTEXT, holds: tuple[str, ...] = ()) -> Emit:
    """An event for each TRN of a loop."""
    return Emit(
        event=event,
        loop=loop,
        item="TRN",
        key=("patient_control_number", "trace_number"),
        lane="claim",
        topic="claims",
        context=context,
        alias=(("patient", "subscriber"),),
        checks=checks,
        holds=holds,
    )
