"""Grouping and institutional billing of a visit (DRG, UB1, UB2, GP1, GP2)."""

from schemas.events.clinical_parts import (
    ClinicalPart,
    Coded,
    Day,
    HumanName,
    Money,
    Price,
    Texts,
    Timestamp,
)
from schemas.events.common import Amount, Quantity, Text, about


class OutpatientLine(ClinicalPart):
    """How a procedure is reimbursed for outpatients (GP2)."""

    revenue_code: Coded | None = about("Revenue code (GP2-1).")
    units: Quantity | None = about("Units of service (GP2-2).")
    charge: Price | None = about("Charge (GP2-3).")
    reimbursement_action: Coded | None = about("Reimbursement action (GP2-4).")
    denial: Coded | None = about("Denial or rejection (GP2-5).")
    edits: list[Coded] | None = about("Edits of the outpatient code editor (GP2-6).")
    apc: Coded | None = about("Ambulatory payment classification (GP2-7).")
    modifier_edits: list[Coded] | None = about("Edits on modifiers (GP2-8).")
    payment_adjustment: Coded | None = about("Payment adjustment (GP2-9).")
    packaging_status: Coded | None = about("Packaging status (GP2-10).")
    expected_payment: Price | None = about("Payment expected (GP2-11).")
    reimbursement_type: Coded | None = about("Kind of reimbursement (GP2-12).")
    copay: Price | None = about("Co-payment (GP2-13).")
    rate: Quantity | None = about("Pay rate per unit (GP2-14).")


class OutpatientVisit(ClinicalPart):
    """How the visit is grouped for outpatients (GP1)."""

    bill_type: Coded | None = about("Type of bill (GP1-1).")
    revenue_codes: list[Coded] | None = about("Revenue codes (GP1-2).")
    disposition: Coded | None = about("Overall disposition of the claim (GP1-3).")
    edits: list[Coded] | None = about("Edits of the outpatient code editor (GP1-4).")
    outlier_cost: Price | None = about("Cost of the outlier (GP1-5).")


class DrgAssignment(ClinicalPart):
    """Diagnosis related group (DRG)."""

    group: Coded | None = about("The group (DRG-1).")
    assigned: Timestamp | None = about("When it was assigned (DRG-2).")
    approved: Text = about("Y approved (DRG-3).")
    review: Coded | None = about("Review code of the grouper (DRG-4).")
    outlier_type: Coded | None = about("Kind of outlier (DRG-5).")
    outlier_days: Quantity | None = about("Days of the outlier (DRG-6).")
    outlier_cost: Price | None = about("Cost of the outlier (DRG-7).")
    payor: Coded | None = about("Payer of the group (DRG-8).")
    outlier_reimbursement: Price | None = about("Reimbursement of the outlier (DRG-9).")
    confidential: Text = about("Y confidential (DRG-10).")
    transfer_type: Coded | None = about("Kind of transfer (DRG-11).")
    coder: HumanName | None = about("Who coded (DRG-12).")
    grouper_status: Coded | None = about("Status of the grouper (DRG-13).")
    pccl: Coded | None = about("Complexity of the case (DRG-14).")
    weight: Quantity | None = about("Effective weight (DRG-15).")
    amount: Money | None = about("Amount (DRG-16).")
    patient_status: Coded | None = about("Status of the patient (DRG-17).")
    grouper_name: Text = about("Name of the grouper (DRG-18).")
    grouper_version: Text = about("Version of the grouper (DRG-19).")
    financial_status: Coded | None = about("Status of the financial calculation (DRG-20).")
    discount: Money | None = about("Relative discount or surcharge (DRG-21).")
    basic_charge: Money | None = about("Basic charge (DRG-22).")
    total_charge: Money | None = about("Total charge (DRG-23).")
    surcharge: Money | None = about("Discount or surcharge (DRG-24).")
    calculated_days: Quantity | None = about("Calculated days (DRG-25).")
    sex_status: Coded | None = about("Whether sex was used (DRG-26).")
    age_status: Coded | None = about("Whether age was used (DRG-27).")
    stay_status: Coded | None = about("Whether length of stay was used (DRG-28).")
    same_day_status: Coded | None = about("Whether the same-day mark was used (DRG-29).")
    separation_status: Coded | None = about("Whether the mode of separation was used (DRG-30).")
    birth_weight_status: Coded | None = about("Whether the weight at birth was used (DRG-31).")
    respiration_status: Coded | None = about("Whether minutes of respiration were used (DRG-32).")
    admission_status: Coded | None = about("Whether the admission was used (DRG-33).")


class ValueAmount(ClinicalPart):
    """A value code with its amount (UVC)."""

    code: Text = about("Value code.")
    text: Text = about("Text of the code.")
    system: Text = about("Code system.")
    amount: Amount | None = about("Amount.")
    currency: Text = about("Currency code.")
    quantity: Quantity | None = about("Quantity, where it is no money.")
    units: Text = about("Unit of the quantity.")


class Occurrence(ClinicalPart):
    """An occurrence code with its day (OCD)."""

    code: Text = about("Occurrence code.")
    text: Text = about("Text of the code.")
    system: Text = about("Code system.")
    date: Day | None = about("Day.")


class OccurrenceSpan(ClinicalPart):
    """An occurrence span code with its days (OSP)."""

    code: Text = about("Occurrence span code.")
    text: Text = about("Text of the code.")
    system: Text = about("Code system.")
    start: Day | None = about("First day.")
    end: Day | None = about("Last day.")


class Ub82(ClinicalPart):
    """Data of the older institutional bill (UB1)."""

    set_id: Text = about("Number of the segment (UB1-1).")
    blood_deductible: Quantity | None = about("Blood deductible (UB1-2).")
    blood_furnished: Quantity | None = about("Pints of blood furnished (UB1-3).")
    blood_replaced: Quantity | None = about("Pints replaced (UB1-4).")
    blood_not_replaced: Quantity | None = about("Pints not replaced (UB1-5).")
    coinsurance_days: Quantity | None = about("Co-insurance days (UB1-6).")
    conditions: list[Coded] | None = about("Condition codes (UB1-7).")
    covered_days: Quantity | None = about("Covered days (UB1-8).")
    non_covered_days: Quantity | None = about("Days not covered (UB1-9).")
    values: list[ValueAmount] | None = about("Value codes and amounts (UB1-10).")
    grace_days: Quantity | None = about("Grace days (UB1-11).")
    special_program: Coded | None = about("Special programme (UB1-12).")
    review_approval: Coded | None = about("Approval by the review organisation (UB1-13).")
    approved_from: Day | None = about("First day approved (UB1-14).")
    approved_to: Day | None = about("Last day approved (UB1-15).")
    occurrences: list[Occurrence] | None = about("Occurrence codes and days (UB1-16).")
    occurrence_span: Coded | None = about("Occurrence span code (UB1-17).")
    occurrence_span_start: Day | None = about("First day of the span (UB1-18).")
    occurrence_span_end: Day | None = about("Last day of the span (UB1-19).")
    locator_2: Text = about("Locator 2 of the bill (UB1-20).")
    locator_9: Text = about("Locator 9 of the bill (UB1-21).")
    locator_27: Text = about("Locator 27 of the bill (UB1-22).")
    locator_45: Text = about("Locator 45 of the bill (UB1-23).")


class Ub92(ClinicalPart):
    """Data of the institutional bill (UB2)."""

    set_id: Text = about("Number of the segment (UB2-1).")
    coinsurance_days: Text = about("Co-insurance days (UB2-2).")
    conditions: list[Coded] | None = about("Condition codes (UB2-3).")
    covered_days: Text = about("Covered days (UB2-4).")
    non_covered_days: Text = about("Days not covered (UB2-5).")
    values: list[ValueAmount] | None = about("Value codes and amounts (UB2-6).")
    occurrences: list[Occurrence] | None = about("Occurrence codes and days (UB2-7).")
    occurrence_spans: list[OccurrenceSpan] | None = about("Occurrence span codes and days (UB2-8).")
    locator_2: Texts = about("Locator 2 of the bill (UB2-9).")
    locator_11: Texts = about("Locator 11 of the bill (UB2-10).")
    locator_31: Text = about("Locator 31 of the bill (UB2-11).")
    document_control_numbers: Texts = about("Document control numbers (UB2-12).")
    locator_49: Texts = about("Locator 49 of the bill (UB2-13).")
    locator_56: Texts = about("Locator 56 of the bill (UB2-14).")
    locator_57: Text = about("Locator 57 of the bill (UB2-15).")
    locator_78: Texts = about("Locator 78 of the bill (UB2-16).")
    special_visit_count: Quantity | None = about("Count of special visits (UB2-17).")
