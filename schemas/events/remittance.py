"""`claim.adjudicated` and `remittance.received`: what an 835 says of each claim and of the payment."""

from pydantic import Field

from schemas.events.adjudication import InpatientAdjudication, OutpatientAdjudication
from schemas.events.common import Adjustment, Amount, Date, Event, Part, Procedure, Quantity, Reference, Text, about
from schemas.events.parties import Name, Payee, PayerContact, RemittancePayer
from schemas.events.payment_parts import BankPayment, QualifiedAmount, QualifiedQuantity


class ProviderAdjustment(Part):
    """Money that moves outside the claims (one pair of a PLB)."""

    provider: Text = about("Provider it is for.")
    fiscal_period_end: Date | None = about("End of the provider's fiscal period.")
    reason: Text = about("Adjustment reason code, e.g. WO recovery, FB balance forward.")
    reference: Text = about("Number that identifies the adjustment.")
    amount: Amount | None = about("Amount; positive lowers the payment.")


class Payment(BankPayment):
    """The payment that the remittance belongs to (BPR, TRN)."""

    receiver_id: Text = about("Receiver other than the payee.")
    version_number: Text = about("Version of the payer's adjudication system.")
    production_date: Date | None = about("End of the adjudication period.")
    provider_adjustments: list[ProviderAdjustment] | None = about("Adjustments outside the claims.")


class ProviderTotals(Part):
    """Totals of a provider's claims of one kind (TS3)."""

    provider_id: Text = about("Provider.")
    facility_type: Text = about("Facility type of the claims.")
    fiscal_period_end: Date | None = about("End of the provider's fiscal period.")
    claim_count: Quantity | None = about("Number of claims.")
    total_charge: Amount | None = about("Sum of charges.")
    msp_payer_amount: Amount | None = about("Sum paid by payers before Medicare.")
    non_lab_charge: Amount | None = about("Sum of charges other than laboratory.")
    hcpcs_reportable_charge: Amount | None = about("Sum of charges reportable by HCPCS.")
    hcpcs_payable_amount: Amount | None = about("Sum payable by HCPCS.")
    professional_component_amount: Amount | None = about("Sum of professional components.")
    msp_patient_liability_met: Amount | None = about("Patient liability met by payers before Medicare.")
    patient_reimbursement: Amount | None = about("Sum paid to patients.")
    pip_claim_count: Quantity | None = about("Claims under periodic interim payment.")
    pip_adjustment: Amount | None = about("Periodic interim payment adjustment.")


class InpatientTotals(Part):
    """Totals of inpatient claims (TS2)."""

    drg_amount: Amount | None = about("Sum of DRG amounts.")
    federal_amount: Amount | None = about("Federal-specific sum.")
    hospital_amount: Amount | None = about("Hospital-specific sum.")
    disproportionate_share_amount: Amount | None = about("Disproportionate share sum.")
    capital_amount: Amount | None = about("Capital sum.")
    medical_education_amount: Amount | None = about("Indirect medical education sum.")
    outlier_days: Quantity | None = about("Outlier days.")
    day_outlier_amount: Amount | None = about("Day outlier sum.")
    cost_outlier_amount: Amount | None = about("Cost outlier sum.")
    average_stay_days: Quantity | None = about("Average length of stay in days.")
    discharge_count: Quantity | None = about("Discharges.")
    cost_report_days: Quantity | None = about("Cost report days.")
    covered_days: Quantity | None = about("Covered days.")
    noncovered_days: Quantity | None = about("Days not covered.")
    msp_pass_through_amount: Amount | None = about("Pass-through sum with Medicare as secondary payer.")
    average_drg_weight: Quantity | None = about("Average DRG weight.")
    capital_federal_drg_amount: Amount | None = about("Federal-specific capital sum.")
    capital_hospital_drg_amount: Amount | None = about("Hospital-specific capital sum.")
    disproportionate_share_drg_amount: Amount | None = about("Disproportionate share capital sum.")


class ProviderSummary(Part):
    """The group of claims that a claim stands in (loop 2000)."""

    number: int | None = about("Number of the group (LX01).")
    provider_totals: ProviderTotals | None = about("Totals of the provider.")
    inpatient_totals: InpatientTotals | None = about("Totals of inpatient claims.")


class RemarkCode(Part):
    """A remark (LQ)."""

    qualifier: Text = about("HE remittance advice remark code, RX pharmacy reject code.")
    code: Text = about("The code.")


class AdjudicatedLine(Part):
    """What the payer made of one service line (loop 2110)."""

    procedure: Procedure | None = about("Procedure as adjudicated.")
    charge: Amount | None = about("Charge of the line.")
    paid_amount: Amount | None = about("Amount paid for the line.")
    revenue_code: Text = about("Revenue code.")
    units: Quantity | None = about("Units paid; absent means one.")
    original_procedure: Procedure | None = about("Procedure as submitted, when the payer changed it.")
    original_units: Quantity | None = about("Units as submitted, when the payer changed them.")
    service_date: Date | None = about("Day of service.")
    service_start_date: Date | None = about("First day of service.")
    service_end_date: Date | None = about("Last day of service.")
    adjustments: list[Adjustment] | None = about("Adjustments of the line.")
    control_number: Text = about("The provider's number of the line.")
    references: list[Reference] | None = about("All other numbers of the line.")
    rendering_identifiers: list[Reference] | None = about("Identifiers of the rendering provider.")
    allowed_amount: Amount | None = about("Amount allowed, before the patient's share.")
    amounts: list[QualifiedAmount] | None = about("Other amounts for information.")
    quantities: list[QualifiedQuantity] | None = about("Quantities for information.")
    remark_codes: list[RemarkCode] | None = about("Remarks on the line.")


class ClaimAdjudicated(Event):
    """What a payer made of one claim (loop 2100)."""

    patient_control_number: str = Field(description="The provider's number of the claim (CLP01), maybe cut to 20 characters.")
    status: Text = about("Claim status code (CLP02): 1, 2, 3 processed, 4 denied, 19 to 21 forwarded, 22 reversal, 23 not ours, 25 predetermination.")
    reversal: bool | None = about("True when an earlier payment is taken back (status 22).")
    total_charge: Amount | None = about("Charge of the claim.")
    paid_amount: Amount | None = about("Amount paid for the claim.")
    patient_responsibility: Amount | None = about("What the patient owes.")
    filing_indicator: Text = about("Kind of payer or plan.")
    payer_claim_number: Text = about("The payer's number of the claim.")
    original_payer_claim_number: Text = about("The payer's number of the claim that this one corrects.")
    facility_type: Text = about("Facility type or place of service of the claim.")
    frequency: Text = about("Claim frequency.")
    drg: Text = about("Diagnosis related group.")
    drg_weight: Quantity | None = about("DRG weight.")
    discharge_fraction: Quantity | None = about("Discharge fraction.")
    prior_authorization: Text = about("Prior authorisation number.")
    predetermination_number: Text = about("Predetermination number.")
    medical_record_number: Text = about("Medical record number.")
    group_number: Text = about("Group or policy number.")
    references: list[Reference] | None = about("All other numbers of the claim.")
    rendering_identifiers: list[Reference] | None = about("Identifiers of the rendering provider.")
    statement_start_date: Date | None = about("First day of the statement.")
    statement_end_date: Date | None = about("Last day of the statement.")
    coverage_expired_date: Date | None = about("Day the coverage ended.")
    received_date: Date | None = about("Day the payer received the claim.")
    adjustments: list[Adjustment] | None = about("Adjustments of the claim as a whole.")
    inpatient_adjudication: InpatientAdjudication | None = about("Inpatient adjudication.")
    outpatient_adjudication: OutpatientAdjudication | None = about("Outpatient adjudication.")
    amounts: list[QualifiedAmount] | None = about("Amounts for information.")
    quantities: list[QualifiedQuantity] | None = about("Quantities for information.")
    patient: Name | None = about("Patient.")
    insured: Name | None = about("Insured, when not the patient.")
    corrected_insured: Name | None = about("Corrections to name or id of the patient or insured.")
    service_provider: Name | None = about("Rendering provider.")
    crossover_carrier: Name | None = about("Payer the claim was forwarded to.")
    corrected_payer: Name | None = about("Payer that should have been billed first.")
    other_subscriber: Name | None = about("Subscriber of the payer that should have been billed first.")
    contacts: list[PayerContact] | None = about("Contacts for this claim.")
    lines: list[AdjudicatedLine] | None = about("Service lines.")
    payment: Payment | None = about("The payment, as far as it stands before the claims.")
    payer: RemittancePayer | None = about("Payer.")
    payee: Payee | None = about("Payee.")
    summary: ProviderSummary | None = about("The group of claims this one stands in.")


class ClaimTotals(Part):
    """What the claims of a remittance add up to."""

    count: int = Field(description="Number of claims.")
    total_charge: Amount | None = about("Sum of charges.")
    paid_amount: Amount | None = about("Sum of payments for claims.")
    patient_responsibility: Amount | None = about("Sum of what patients owe.")


class RemittanceReceived(Event):
    """One remittance as a whole: the payment, who pays whom, adjustments outside the claims, and totals."""

    payment: Payment | None = about("The payment with the adjustments outside the claims.")
    payer: RemittancePayer | None = about("Payer.")
    payee: Payee | None = about("Payee.")
    claims: ClaimTotals | None = about("Totals of the claims.")


KINDS = {"claim.adjudicated": ClaimAdjudicated, "remittance.received": RemittanceReceived}
