"""Who pays: insurances with their insured and certifications, and guarantors (IN1, IN2, IN3, GT1)."""

from schemas.events.clinical_parts import (
    ClinicalPart,
    Coded,
    Day,
    HumanName,
    Identifier,
    Organization,
    PostalAddress,
    Practitioner,
    Price,
    Telecom,
    Timestamp,
)
from schemas.events.common import Amount, Quantity, Text, about
from schemas.events.order_parts import Participation
from schemas.events.person_parts import Background, Living, Role, Work
from schemas.events.visit_parts import DatedCode


class Authorization(ClinicalPart):
    """An authorisation by the payer (AUI)."""

    number: Text = about("Number of the authorisation.")
    date: Day | None = about("Day of the authorisation.")
    source: Text = about("Who gave it.")


class Share(ClinicalPart):
    """Money, days or per cent (MOP)."""

    unit: Text = about("AT currency amount, PC per cent, DY days and others of table 0148.")
    share: Quantity | None = about("The number.")
    currency: Text = about("Currency code, of an amount.")


class CoverageLimit(Share):
    """What is covered of a kind of room or policy (RMC, PTA)."""

    code: Text = about("Kind of room or policy.")
    text: Text = about("Text of the kind.")
    amount_type: Text = about("Kind of amount: DF differential, LM limit, PC percentage, RT rate, UL unlimited.")
    limit: Quantity | None = about("The number, of older versions.")


class DailyDeductible(ClinicalPart):
    """A deductible by the day (DDI)."""

    delay_days: Quantity | None = about("Days before it begins.")
    amount: Amount | None = about("Amount a day.")
    currency: Text = about("Currency code.")
    days: Quantity | None = about("Number of days.")


class CertificationRule(ClinicalPart):
    """When certification is required (ICD)."""

    patient_type: Text = about("Kind of patient: ER emergency, IPE inpatient elective, OPE outpatient elective, UR urgent.")
    required: Text = about("Y required.")
    required_from: Timestamp | None = about("Required from.")


class Certification(ClinicalPart):
    """A certification of the stay or service (IN3)."""

    set_id: Text = about("Number of the segment (IN3-1).")
    number: Identifier | None = about("Number of the certification (IN3-2).")
    certified_by: list[Practitioner] | None = about("Who certified (IN3-3).")
    required: Text = about("Y required (IN3-4).")
    penalty: Share | None = about("Penalty when there is none (IN3-5).")
    time: Timestamp | None = about("When it was certified (IN3-6).")
    modified: Timestamp | None = about("When it was changed (IN3-7).")
    operators: list[Practitioner] | None = about("Who entered it (IN3-8).")
    begin_date: Day | None = about("First day certified (IN3-9).")
    end_date: Day | None = about("Last day certified (IN3-10).")
    days_type: Text = about("AP approved, DE denied, PE pending days (IN3-11.1).")
    days: Quantity | None = about("Number of days (IN3-11.2).")
    non_concur: Coded | None = about("Why not agreed (IN3-12).")
    non_concur_time: Timestamp | None = about("From when not agreed (IN3-13).")
    reviewers: list[Practitioner] | None = about("Physician who reviewed (IN3-14).")
    contact: Text = about("Whom to contact (IN3-15).")
    contact_phones: list[Telecom] | None = about("Telephone numbers of the contact (IN3-16).")
    appeal_reason: Coded | None = about("Why appealed (IN3-17).")
    agency: Coded | None = about("Agency that certifies (IN3-18).")
    agency_phones: list[Telecom] | None = about("Telephone numbers of the agency (IN3-19).")
    rules: list[CertificationRule] | None = about("When certification is required (IN3-20).")
    case_manager: Text = about("Case manager (IN3-21).")
    second_opinion_date: Day | None = about("Day of the second opinion (IN3-22).")
    second_opinion_status: Coded | None = about("Status of the second opinion (IN3-23).")
    second_opinion_documents: list[Coded] | None = about("Documents of the second opinion (IN3-24).")
    second_opinion_physicians: list[Practitioner] | None = about("Who gave the second opinion (IN3-25).")
    type: Coded | None = about("Kind of certification (IN3-26).")
    category: Coded | None = about("Category of certification (IN3-27).")


class InsuranceDetails(Background, Living, Work):
    """Further facts about the insured and the policy (IN2); what is told about a person is told about the insured."""

    employee_ids: list[Identifier] | None = about("Employee ids (IN2-1).")
    social_security_number: Text = about("Social security number (IN2-2).")
    employers: list[Practitioner] | None = about("Employers (IN2-3).")
    employer_information: Coded | None = about("Where the data about the employer are from (IN2-4).")
    mail_claim_to: list[Coded] | None = about("To whom the claim goes: E employer, G guarantor, I insurance, O other, P patient (IN2-5).")
    medicare_number: Text = about("Number on the Medicare card (IN2-6).")
    medicaid_names: list[HumanName] | None = about("Name of the Medicaid case (IN2-7).")
    medicaid_number: Text = about("Number of the Medicaid case (IN2-8).")
    sponsor_names: list[HumanName] | None = about("Military sponsor (IN2-9).")
    military_id: Text = about("Military id (IN2-10).")
    military_dependent: Coded | None = about("Dependent of a military recipient (IN2-11).")
    military_organization: Text = about("Military organisation (IN2-12).")
    military_station: Text = about("Military station (IN2-13).")
    military_service: Coded | None = about("Branch of service (IN2-14).")
    military_rank: Coded | None = about("Rank or grade (IN2-15).")
    military_status: Coded | None = about("Military status (IN2-16).")
    military_retire_date: Day | None = about("Day of retirement (IN2-17).")
    military_certificate: Text = about("Y when the non-availability certificate is on file (IN2-18).")
    baby_coverage: Text = about("Y when the baby is covered (IN2-19).")
    combine_baby_bill: Text = about("Y when the baby is on the mother's bill (IN2-20).")
    blood_deductible: Text = about("Blood deductible (IN2-21).")
    approval_names: list[HumanName] | None = about("Who approved special coverage (IN2-22).")
    approval_title: Text = about("Title of who approved it (IN2-23).")
    non_covered: list[Coded] | None = about("Services not covered (IN2-24).")
    payor_ids: list[Identifier] | None = about("Identifiers of the payer (IN2-25).")
    payor_subscriber_ids: list[Identifier] | None = about("Identifiers of the subscriber at the payer (IN2-26).")
    eligibility_source: Coded | None = about("How eligibility was learned (IN2-27).")
    room_coverage: list[CoverageLimit] | None = about("What is covered of rooms (IN2-28).")
    policy_coverage: list[CoverageLimit] | None = about("What the policy covers (IN2-29).")
    daily_deductible: DailyDeductible | None = about("Deductible by the day (IN2-30).")
    employment_start_date: Day | None = about("First day of employment (IN2-44).")
    employment_stop_date: Day | None = about("Last day of employment (IN2-45).")
    employer_contact_names: list[HumanName] | None = about("Contact at the employer (IN2-49).")
    employer_contact_phones: list[Telecom] | None = about("Telephone numbers of that contact (IN2-50).")
    employer_contact_reason: Coded | None = about("Why that contact is made (IN2-51).")
    contact_names: list[HumanName] | None = about("Contact of the insured (IN2-52).")
    contact_phones: list[Telecom] | None = about("Telephone numbers of that contact (IN2-53).")
    relationship_start_date: Day | None = about("First day of the relationship to the patient (IN2-55).")
    relationship_stop_dates: list[Day | None] | None = about("Last day of the relationship to the patient (IN2-56).")
    company_contact_reason: Coded | None = about("Why the insurance company is contacted (IN2-57).")
    company_contact_phones: list[Telecom] | None = about("Telephone numbers at the insurance company (IN2-58).")
    policy_scope: Coded | None = about("Scope of the policy (IN2-59).")
    policy_source: Coded | None = about("Source of the policy (IN2-60).")
    patient_member_number: Identifier | None = about("Member number of the patient (IN2-61).")
    guarantor_relationship: Coded | None = about("Relationship of the guarantor to the insured (IN2-62).")
    home_phones: list[Telecom] | None = about("Telephone numbers at home (IN2-63).")
    employer_phones: list[Telecom] | None = about("Telephone numbers of the employer (IN2-64).")
    military_handicapped_program: Coded | None = about("Military programme for the handicapped (IN2-65).")
    suspended: Text = about("Y when charges are suspended (IN2-66).")
    copay_limit_met: Text = about("Y when the limit of co-payments is met (IN2-67).")
    stop_loss_met: Text = about("Y when the stop-loss limit is met (IN2-68).")
    organizations: list[Organization] | None = about("Organisation that is insured (IN2-69).")
    employer_organizations: list[Organization] | None = about("Employer as an organisation (IN2-70).")
    patient_relationship: Coded | None = about("Relationship of the patient to the insured (IN2-72).")


class Insurance(ClinicalPart):
    """An insurance (IN1)."""

    set_id: Text = about("Number of the segment (IN1-1).")
    plan: Coded | None = about("Plan (IN1-2).")
    company_ids: list[Identifier] | None = about("Identifiers of the insurance company (IN1-3).")
    companies: list[Organization] | None = about("Insurance company (IN1-4).")
    company_addresses: list[PostalAddress] | None = about("Addresses of the company (IN1-5).")
    contact_names: list[HumanName] | None = about("Contact at the company (IN1-6).")
    phones: list[Telecom] | None = about("Telephone numbers of the company (IN1-7).")
    group_number: Text = about("Group number (IN1-8).")
    group_names: list[Organization] | None = about("Name of the group (IN1-9).")
    group_employer_ids: list[Identifier] | None = about("Identifiers of the group's employer (IN1-10).")
    group_employers: list[Organization] | None = about("The group's employer (IN1-11).")
    effective_date: Day | None = about("First day of the plan (IN1-12).")
    expiration_date: Day | None = about("Last day of the plan (IN1-13).")
    authorization: Authorization | None = about("Authorisation (IN1-14).")
    plan_type: Coded | None = about("Kind of plan (IN1-15).")
    insured_names: list[HumanName] | None = about("The insured (IN1-16).")
    relationship: Coded | None = about("What the insured is to the patient, as the site means it (IN1-17).")
    insured_birth_date: Timestamp | None = about("Day of birth of the insured (IN1-18).")
    insured_addresses: list[PostalAddress] | None = about("Addresses of the insured (IN1-19).")
    assignment: Coded | None = about("Assignment of benefits: Y, N, M (IN1-20).")
    coordination: Coded | None = about("Coordination of benefits: CO coordination, IN independent (IN1-21).")
    priority: Text = about("Order among the insurances: 1 primary, 2 secondary and so on (IN1-22).")
    admission_notice: Text = about("Y when notice of admission is required (IN1-23).")
    admission_notice_date: Day | None = about("Day of the notice (IN1-24).")
    eligibility_report: Text = about("Y when eligibility was reported (IN1-25).")
    eligibility_report_date: Day | None = about("Day of that report (IN1-26).")
    release: Coded | None = about("Release of information: Y, N and others (IN1-27).")
    preadmit_certificate: Text = about("Pre-admission certificate (IN1-28).")
    verified: Timestamp | None = about("When the insurance was verified (IN1-29).")
    verified_by: list[Practitioner] | None = about("Who verified it (IN1-30).")
    agreement: Coded | None = about("S standard, U unified, M maternity (IN1-31).")
    billing_status: Coded | None = about("Billing status (IN1-32).")
    lifetime_reserve_days: Quantity | None = about("Lifetime reserve days left (IN1-33).")
    delay_before_reserve: Quantity | None = about("Days before the reserve counts (IN1-34).")
    company_plan: Coded | None = about("Plan code of the company (IN1-35).")
    policy_number: Text = about("Policy number, in practice often the member id (IN1-36).")
    deductible: Price | None = about("Deductible (IN1-37).")
    limit_amount: Price | None = about("Limit as an amount, in older versions (IN1-38).")
    limit_days: Quantity | None = about("Limit in days (IN1-39).")
    room_rate_semi_private: Price | None = about("Rate of a semi-private room, in older versions (IN1-40).")
    room_rate_private: Price | None = about("Rate of a private room, in older versions (IN1-41).")
    insured_employment: Coded | None = about("Employment of the insured (IN1-42).")
    insured_sex: Text = about("Sex of the insured (IN1-43).")
    insured_employer_addresses: list[PostalAddress] | None = about("Addresses of the employer of the insured (IN1-44).")
    verification_status: Text = about("Status of the verification (IN1-45).")
    prior_plan: Coded | None = about("Prior plan (IN1-46).")
    coverage_type: Coded | None = about("H hospital, P physician, B both, RX pharmacy (IN1-47).")
    handicap: Coded | None = about("Handicap of the insured (IN1-48).")
    insured_ids: list[Identifier] | None = about("Identifiers of the insured, among them the member id (IN1-49).")
    signature: Coded | None = about("Whose signature is on file (IN1-50).")
    signature_date: Day | None = about("Day of the signature (IN1-51).")
    insured_birth_place: Text = about("Where the insured was born (IN1-52).")
    vip: Coded | None = about("Marks a very important person (IN1-53).")
    external_plan_ids: list[Identifier] | None = about("Identifiers of the plan elsewhere (IN1-54).")
    action: Text = about("A add, D delete, U update, S snapshot (IN1-55).")
    details: InsuranceDetails | None = about("Further facts about the insured and the policy.")
    certifications: list[Certification] | None = about("Certifications.")
    roles: list[Role] | None = about("Who has a part in it (ROL).")
    participations: list[Participation] | None = about("Who or what has a part in it (PRT).")


class Guarantor(Background, Living, Work):
    """Who is liable for the account (GT1)."""

    set_id: Text = about("Number of the segment (GT1-1).")
    identifiers: list[Identifier] | None = about("Identifiers (GT1-2).")
    names: list[HumanName] | None = about("Names (GT1-3).")
    spouse_names: list[HumanName] | None = about("Names of the spouse (GT1-4).")
    addresses: list[PostalAddress] | None = about("Addresses (GT1-5).")
    home_phones: list[Telecom] | None = about("Telephone numbers at home (GT1-6).")
    work_phones: list[Telecom] | None = about("Telephone numbers at work (GT1-7).")
    birth_date: Timestamp | None = about("Day of birth (GT1-8).")
    sex: Text = about("Administrative sex (GT1-9).")
    type: Coded | None = about("Kind of guarantor (GT1-10).")
    relationship: Coded | None = about("Relationship to the patient (GT1-11).")
    social_security_number: Text = about("Social security number (GT1-12).")
    begin_date: Day | None = about("First day of liability (GT1-13).")
    end_date: Day | None = about("Last day of liability (GT1-14).")
    priority: Quantity | None = about("Order among the guarantors (GT1-15).")
    employer_names: list[HumanName] | None = about("Employer (GT1-16).")
    employer_addresses: list[PostalAddress] | None = about("Addresses of the employer (GT1-17).")
    employer_phones: list[Telecom] | None = about("Telephone numbers of the employer (GT1-18).")
    employee_ids: list[Identifier] | None = about("Employee ids (GT1-19).")
    employment: Coded | None = about("Employment (GT1-20).")
    organizations: list[Organization] | None = about("Guarantor as an organisation (GT1-21).")
    billing_hold: Text = about("Y when no bill is sent (GT1-22).")
    credit_rating: Coded | None = about("Credit rating (GT1-23).")
    death_time: Timestamp | None = about("When the guarantor died (GT1-24).")
    dead: Text = about("Y when the guarantor is dead (GT1-25).")
    charge_adjustment: Coded | None = about("Charge adjustment (GT1-26).")
    household_income: Price | None = about("Income of the household in a year (GT1-27).")
    household_size: Quantity | None = about("Persons in the household (GT1-28).")
    employer_ids: list[Identifier] | None = about("Identifiers of the employer (GT1-29).")
    hire_date: Day | None = about("First day of employment (GT1-31).")
    employment_stop_date: Day | None = about("Last day of employment (GT1-32).")
    birth_place: Text = about("Where the person was born.")
    handicap: Coded | None = about("Handicap.")
    vip: Coded | None = about("Marks a very important person.")
    contact_names: list[HumanName] | None = about("Contact person (GT1-45).")
    contact_phones: list[Telecom] | None = about("Telephone numbers of the contact person (GT1-46).")
    contact_relationship: Coded | None = about("Relationship of the contact person (GT1-48).")
    employer_organizations: list[Organization] | None = about("Employer as an organisation (GT1-51).")
    financial_class: DatedCode | None = about("Financial class (GT1-54).")
