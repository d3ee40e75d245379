"""Map table of the 275: one `attachment.submitted` for the transaction set. Documents are not in the event, only where they stand in the file."""

from schemas.maps import claims as c
from schemas.maps.mapping import Each, Emit, Field, Map, Obj, Row, Seg, both

_REFERENCE: tuple[Row, ...] = (*c.REFERENCE, Field("03", "description"))
_REFERENCES: c.Part = ("REF", _REFERENCE, "references[]")
_PERIOD = c.span("472", "service_period")
_DATA: tuple[c.Part, ...] = (
    ("BIN", (Field("01", "declared_length", "integer"), Field("02", "data", "extent")), "contents[]"),
    ("BDS", (Field("01", "filter"), Field("02", "declared_length", "integer"), Field("03", "data", "extent")), "contents[]"),
)
_CODES: tuple[Field, ...] = (Field("0-1", "category"), Field("0-2", "code"), Field("0-3", "entity"), Field("0-4", "code_list"))
_STATUS: c.Part = (
    "STC",
    (
        Each("codes", 1, 1, 1, _CODES), Field("02", "date", "date"), Field("03", "action"), Field("04", "total_charge", "money"),
        Each("codes", 10, 1, 2, _CODES), Field("12", "text"),
    ),
    "statuses[]",
)  # fmt: skip
_TRACE: c.Part = (
    "TRN",
    (Field("01", "type"), Field("02", "number"), Field("03", "originator"), Field("04", "originator_supplement")),
    "traces[]",
)

_HEADING: tuple[Seg, ...] = (
    Seg("ST", "ST", (Field("02", "control_number"), Field("03", "guide"))),
    Seg("ST", "BGN", (
        Field("01", "purpose"), Field("02", "reference"), Field("03", "created_date", "date"), Field("04", "created_time", "time"),
        Field("06", "original_reference"), Field("08", "action"),
    )),
    *both("1000A 1000B 1000C", ("NM1", c.ROLE_NAME, ""), _REFERENCES, c.CONTACTS),
    *both("1000C", ("PRV", (Field("01", "provider_role"), Field("03", "taxonomy")), "")),
    *both("1100C", ("NX1", (Field("01", "role"),), ""), *c.ADDRESS),
    *both("1000D", ("NM1", c.ROLE_NAME, ""), c.DEMOGRAPHICS),
)  # fmt: skip

_CLAIM: tuple[Seg, ...] = both(
    "ST", c.number("REF:EJ", "patient_control_number"), c.number("REF:1K", "payer_claim_number"), c.number("REF:EA", "medical_record_number"),
    c.number("REF:D9", "clearinghouse_trace"), c.number("REF:BLT", "bill_type"), c.number("REF:G1", "prior_authorization"), c.REFERENCES, _PERIOD,
)  # fmt: skip

_SENT: tuple[Seg, ...] = (
    *both("2000A", ("LX", (Field("01", "number", "integer"),), ""), _TRACE, _STATUS, _REFERENCES, *_DATA),
    *both("2100A", _PERIOD),
    *both(
        "2100B", ("DTP:097,368", (Field(("02", "03"), "submitted_date", "formatted_date"),), ""),
        ("CAT", (Field("01", "category"), Field("02", "format"), Field("03", "version")), ""),
    ),
    *both(
        "2110B",
        ("EFI", (
            Field("01", "security_level"), Field("02", "description"), Field("05", "program"), Field("07", "interchange_format"),
            Field("09", "compression"), Field("11", "file_name"),
        ), ""),
        *_DATA,
    ),
)  # fmt: skip

MAP = Map(
    name="attachment_275",
    guide="275",
    objects=(
        Obj("ST", ""), Obj("1000A", "payer"), Obj("1000B", "submitter"), Obj("1000C", "providers[]"), Obj("1100C", "address"),
        Obj("1000D", "patient"), Obj("2000A", "attachments[]"), Obj("2100A", "service"), Obj("2100B", "submissions[]"),
        Obj("2110B", "documents[]"),
    ),
    segments=(*_HEADING, *_CLAIM, *_SENT),
    emits=(
        Emit(
            event="attachment.submitted", loop="ST", item="ST", key=("patient_control_number", "attachments.0.traces.0.number", "reference"),
            lane="claim", topic="claims",
        ),
    ),
)  # fmt: skip
