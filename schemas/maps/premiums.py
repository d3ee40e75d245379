"""Rows that both 820 guides share: the payment, the parties, and what is paid for."""

from schemas.maps import claims as c
from schemas.maps.mapping import Emit, Field, Row, Seg, both
from schemas.maps.remittance_835 import BANK_PAYMENT

PARTY: c.Part = ("N1", (Field("02", "name"), Field("03", "id_qualifier"), Field("04", "id")), "")

PAYMENT: tuple[Seg, ...] = (
    Seg("ST", "ST", (Field("02", "control_number"), Field("03", "guide"))),
    Seg("ST", "BPR", BANK_PAYMENT),
    Seg("ST", "TRN", (Field("01", "trace_type"), Field("02", "trace_number"), Field("03", "payer_identifier"), Field("04", "supplement"))),
    Seg("ST", "CUR", (Field("01", "currency_of"), Field("02", "currency"))),
    *both(
        "ST", c.REFERENCES, ("DTM:009,035,097", (Field("01", "qualifier"), Field("02", "date", "date")), "dates[]"),
        ("DTM:582", (Field(("05", "06"), "coverage_period", "period"),), ""),
    ),
)  # fmt: skip
PERIOD: tuple[Row, ...] = (Field("01", "date_qualifier"), Field("02", "date", "date"), Field(("05", "06"), "period", "period"))
ITEM: tuple[c.Part, ...] = (
    (
        "RMR",
        (
            Field("01", "qualifier"), Field("02", "reference"), Field("03", "action"), Field("04", "paid_amount", "money"),
            Field("05", "billed_amount", "money"),
        ),
        "",
    ),
    c.REFERENCES,
    ("DTM", PERIOD, ""),
)  # fmt: skip
ENTITY: c.Part = ("ENT", (Field("01", "number", "integer"), Field("02", "entity"), Field("03", "id_qualifier"), Field("04", "id")), "")
ADJUSTMENT: c.Part = ("ADX", (Field("01", "amount", "money"), Field("02", "reason")), "")

EMIT = Emit(event="premium.paid", loop="ST", item="ST", key=("trace_number",), lane="batch", topic="batches")
