"""Map table of the 835: one `claim.adjudicated` for each CLP and one `remittance.received` for the transaction set."""

from schemas.maps import claims as c
from schemas.maps.mapping import Each, Emit, Field, Map, Obj, Row, Seg, both

_BANK = ("qualifier", "id", "account_qualifier", "account")
_ORGANIZATION: tuple[Row, ...] = (Field("02", "name"), Field("03", "id_qualifier"), Field("04", "id"))
_RENDERING = "REF:0B,1A,1B,1C,1D,1G,1H,1J,D3,G2,HPI,SY,TJ"

BANK_PAYMENT: tuple[Row, ...] = (
    Field("01", "handling"), Field("02", "amount", "money"), Field("03", "credit_debit"), Field("04", "method"), Field("05", "format"),
    *(Field(f"{6 + at:02d}", f"sender_bank.{name}") for at, name in enumerate(_BANK)),
    Field("10", "originator_id"), Field("11", "originator_supplement"),
    *(Field(f"{12 + at:02d}", f"receiver_bank.{name}") for at, name in enumerate(_BANK)),
    Field("16", "date", "date"),
)  # fmt: skip
"""BPR: the payment as the bank sees it."""

_PAYMENT: tuple[Seg, ...] = (
    Seg("ST", "ST", (Field("02", "control_number"),)),
    Seg("ST", "BPR", BANK_PAYMENT),
    Seg("ST", "TRN", (Field("02", "trace_number"), Field("03", "payer_identifier"), Field("04", "supplement"))),
    Seg("ST", "CUR", (Field("02", "currency"),)),
    Seg("ST", "REF:EV", (Field("02", "receiver_id"),)),
    Seg("ST", "REF:F2", (Field("02", "version_number"),)),
    Seg("ST", "DTM", (Field("02", "production_date", "date"),)),
    Seg("ST", "PLB", (
        Each("provider_adjustments", 3, 2, 6, (Field("0-1", "reason"), Field("0-2", "reference"), Field("1", "amount", "money")),
             (Field("01", "provider"), Field("02", "fiscal_period_end", "date"))),
    )),
    *both("1000A 1000B", ("N1", _ORGANIZATION, ""), *c.ADDRESS, c.REFERENCES),
    *both("1000A", c.FUNCTION_CONTACTS),
    Seg("1000B", "RDM", (Field("01", "method"), Field("02", "name"), Field("03", "address")), "delivery"),
)  # fmt: skip

_SUMMARY: tuple[Seg, ...] = (
    Seg("2000", "LX", (Field("01", "number", "integer"),)),
    Seg("2000", "TS3", (
        Field("01", "provider_id"), Field("02", "facility_type"), Field("03", "fiscal_period_end", "date"), Field("04", "claim_count", "quantity"),
        Field("05", "total_charge", "money"), Field("13", "msp_payer_amount", "money"), Field("15", "non_lab_charge", "money"),
        Field("17", "hcpcs_reportable_charge", "money"), Field("18", "hcpcs_payable_amount", "money"),
        Field("20", "professional_component_amount", "money"), Field("21", "msp_patient_liability_met", "money"),
        Field("22", "patient_reimbursement", "money"), Field("23", "pip_claim_count", "quantity"), Field("24", "pip_adjustment", "money"),
    ), "provider_totals"),
    Seg("2000", "TS2", (
        Field("01", "drg_amount", "money"), Field("02", "federal_amount", "money"), Field("03", "hospital_amount", "money"),
        Field("04", "disproportionate_share_amount", "money"), Field("05", "capital_amount", "money"),
        Field("06", "medical_education_amount", "money"), Field("07", "outlier_days", "quantity"), Field("08", "day_outlier_amount", "money"),
        Field("09", "cost_outlier_amount", "money"), Field("10", "average_stay_days", "quantity"), Field("11", "discharge_count", "quantity"),
        Field("12", "cost_report_days", "quantity"), Field("13", "covered_days", "quantity"), Field("14", "noncovered_days", "quantity"),
        Field("15", "msp_pass_through_amount", "money"), Field("16", "average_drg_weight", "quantity"),
        Field("17", "capital_federal_drg_amount", "money"), Field("18", "capital_hospital_drg_amount", "money"),
        Field("19", "disproportionate_share_drg_amount", "money"),
    ), "inpatient_totals"),
)  # fmt: skip

_PEOPLE = {
    "QC": "patient", "IL": "insured", "74": "corrected_insured", "82": "service_provider", "TT": "crossover_carrier",
    "PR": "corrected_payer", "GB": "other_subscriber",
}  # fmt: skip
"""NM1 in 2100: who, by the qualifier."""

_AMOUNTS: tuple[Row, ...] = (Field("01", "qualifier"), Field("02", "amount", "money"))
_QUANTITIES: c.Part = ("QTY", (Field("01", "qualifier"), Field("02", "quantity", "quantity")), "quantities[]")

_CLAIM: tuple[Seg, ...] = (
    Seg("2100", "CLP", (
        Field("01", "patient_control_number"), Field("02", "status"), Field("02", "reversal", "is_reversal"), Field("03", "total_charge", "money"),
        Field("04", "paid_amount", "money"), Field("05", "patient_responsibility", "money"), Field("06", "filing_indicator"),
        Field("07", "payer_claim_number"), Field("08", "facility_type"), Field("09", "frequency"), Field("11", "drg"),
        Field("12", "drg_weight", "quantity"), Field("13", "discharge_fraction", "quantity"),
    )),
    *(Seg("2100", f"NM1:{code}", c.NAME, name) for code, name in _PEOPLE.items()),
    *both(
        "2100", c.ADJUSTMENTS, c.INPATIENT, c.OUTPATIENT, c.number("REF:F8", "original_payer_claim_number"),
        c.number("REF:G1", "prior_authorization"), c.number("REF:EA", "medical_record_number"), c.number("REF:G3", "predetermination_number"),
        c.number("REF:1L", "group_number"), ("REF:1W,28,6P,9A,9C,BB,CE,IG,SY", c.REFERENCE, "references[]"),
        ("REF:0B,1A,1B,1C,1D,1G,1H,1J,D3,G2,LU", c.REFERENCE, "rendering_identifiers[]"),
        ("DTM:232", (Field("02", "statement_start_date", "date"),), ""), ("DTM:233", (Field("02", "statement_end_date", "date"),), ""),
        ("DTM:036", (Field("02", "coverage_expired_date", "date"),), ""), ("DTM:050", (Field("02", "received_date", "date"),), ""),
        c.FUNCTION_CONTACTS, ("AMT", _AMOUNTS, "amounts[]"), _QUANTITIES,
    ),
)  # fmt: skip

_LINE: tuple[Seg, ...] = (
    Seg("2110", "SVC", (
        *c.procedure("01"), Field("02", "charge", "money"), Field("03", "paid_amount", "money"), Field("04", "revenue_code"),
        Field("05", "units", "quantity"), *c.procedure("06", "original_procedure"), Field("07", "original_units", "quantity"),
    )),
    *both(
        "2110", ("DTM:472", (Field("02", "service_date", "date"),), ""), ("DTM:150", (Field("02", "service_start_date", "date"),), ""),
        ("DTM:151", (Field("02", "service_end_date", "date"),), ""), c.ADJUSTMENTS, c.number("REF:6R", "control_number"),
        ("REF:1S,APC,BB,E9,G1,G3,LU,RB", c.REFERENCE, "references[]"), ("REF:0K", c.REFERENCE, "references[]"),
        (_RENDERING, c.REFERENCE, "rendering_identifiers[]"), c.money("AMT:B6", "allowed_amount"),
        ("AMT:KH,T,T2,ZK,ZL,ZM,ZN,ZO", _AMOUNTS, "amounts[]"), _QUANTITIES,
        ("LQ", (Field("01", "qualifier"), Field("02", "code")), "remark_codes[]"),
    ),
)  # fmt: skip

MAP = Map(
    name="remittance_835",
    guide="835",
    objects=(Obj("ST", "payment"), Obj("1000A", "payer"), Obj("1000B", "payee"), Obj("2000", "summary"), Obj("2100", ""), Obj("2110", "lines[]")),
    segments=(*_PAYMENT, *_SUMMARY, *_CLAIM, *_LINE),
    emits=(
        Emit(
            event="claim.adjudicated", loop="2100", item="CLP", key="patient_control_number", lane="claim", topic="claims",
            context=("payment", "payer", "payee", "summary"), checks=("remittance_balance", "adjustment_codes"),
            counted=("paid_amount", "total_charge", "patient_responsibility"),
        ),
        Emit(
            event="remittance.received", loop="ST", item="ST", key="trace_number", lane="batch", topic="batches",
            context=("payment", "payer", "payee"), checks=("remittance_payment_balance",),
        ),
    ),
    required=("patient_control_number",),
)  # fmt: skip
