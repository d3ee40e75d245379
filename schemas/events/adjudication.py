"""What a payer says beside its adjustments: inpatient (MIA) and outpatient (MOA) information, in claims and in remittances."""

from schemas.events.common import Amount, Part, Quantity, Texts, about


class InpatientAdjudication(Part):
    """Inpatient adjudication (MIA)."""

    covered_days: Quantity | None = about("Covered days or visits.")
    operating_outlier_amount: Amount | None = about("Operating outlier amount.")
    lifetime_psychiatric_days: Quantity | None = about("Lifetime psychiatric days used.")
    drg_amount: Amount | None = about("DRG amount of the claim.")
    remark_codes: Texts = about("Remittance advice remark codes of the claim.")
    disproportionate_share_amount: Amount | None = about("Disproportionate share amount.")
    msp_pass_through_amount: Amount | None = about("Pass-through amount with Medicare as secondary payer.")
    capital_amount: Amount | None = about("Capital amount of the prospective payment.")
    capital_federal_drg_amount: Amount | None = about("Federal-specific share of the capital DRG amount.")
    capital_hospital_drg_amount: Amount | None = about("Hospital-specific share of the capital DRG amount.")
    capital_disproportionate_share_amount: Amount | None = about("Disproportionate share of the capital amount.")
    old_capital_amount: Amount | None = about("Old capital amount.")
    capital_medical_education_amount: Amount | None = about("Indirect medical education share of the capital amount.")
    operating_hospital_drg_amount: Amount | None = about("Hospital-specific share of the operating DRG amount.")
    cost_report_days: Quantity | None = about("Cost report days.")
    operating_federal_drg_amount: Amount | None = about("Federal-specific share of the operating DRG amount.")
    capital_outlier_amount: Amount | None = about("Capital outlier amount.")
    indirect_teaching_amount: Amount | None = about("Indirect teaching amount.")
    professional_component_amount: Amount | None = about("Professional component billed and not payable.")
    capital_exception_amount: Amount | None = about("Capital exception amount.")


class OutpatientAdjudication(Part):
    """Outpatient adjudication (MOA)."""

    reimbursement_rate: Quantity | None = about("Reimbursement rate as a fraction.")
    hcpcs_payable_amount: Amount | None = about("Payable amount of the HCPCS lines.")
    remark_codes: Texts = about("Remittance advice remark codes of the claim.")
    esrd_amount: Amount | None = about("End-stage renal disease amount.")
    professional_component_amount: Amount | None = about("Professional component billed and not payable.")
