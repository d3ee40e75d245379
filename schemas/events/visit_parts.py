"""A visit and what is known about it (PV1, PV2, DG1, PR1, RF1, ACC, NPU)."""

from schemas.events.billing_parts import OutpatientLine
from schemas.events.clinical_parts import (
    ClinicalPart,
    Coded,
    Day,
    EntityId,
    Identifier,
    Measure,
    Money,
    Organization,
    Place,
    PostalAddress,
    Practitioner,
    Price,
    Telecom,
    Texts,
    Timestamp,
)
from schemas.events.common import Amount, Quantity, Text, about
from schemas.events.order_parts import Participation
from schemas.events.person_parts import Role


class DatedCode(ClinicalPart):
    """A code with the moment from which it counts (FC, DLD)."""

    code: Text = about("The code.")
    text: Text = about("Text of the code.")
    system: Text = about("Code system.")
    effective: Timestamp | None = about("Counts from.")


class Visit(ClinicalPart):
    """The visit (PV1, PV2)."""

    set_id: Text = about("Number of the segment (PV1-1).")
    patient_class: Text = about("E emergency, I inpatient, O outpatient, P preadmit, R recurring, B obstetrics and others of table 0004 (PV1-2).")
    location: Place | None = about("Where the patient is assigned (PV1-3).")
    admission_type: Coded | None = about("Kind of admission (PV1-4).")
    preadmit_number: Identifier | None = about("Pre-admission number (PV1-5).")
    prior_location: Place | None = about("Where the patient was before (PV1-6).")
    attending: list[Practitioner] | None = about("Attending doctor, once per identifier (PV1-7).")
    referring: list[Practitioner] | None = about("Referring doctor (PV1-8).")
    consulting: list[Practitioner] | None = about("Consulting doctors (PV1-9).")
    hospital_service: Coded | None = about("Hospital service (PV1-10).")
    temporary_location: Place | None = about("Where the patient is for a while (PV1-11).")
    preadmit_test: Coded | None = about("Pre-admission test indicator (PV1-12).")
    readmission: Coded | None = about("R when readmitted (PV1-13).")
    admit_source: Coded | None = about("Where the patient came from (PV1-14).")
    ambulatory_status: list[Coded] | None = about("How the patient moves, and similar states (PV1-15).")
    vip: Coded | None = about("Marks a very important person (PV1-16).")
    admitting: list[Practitioner] | None = about("Admitting doctor (PV1-17).")
    patient_type: Coded | None = about("Kind of patient, by the site (PV1-18).")
    number: Identifier | None = about("Visit number (PV1-19).")
    financial_classes: list[DatedCode] | None = about("Financial classes (PV1-20).")
    charge_price_indicator: Coded | None = about("Price schedule for room and bed (PV1-21).")
    courtesy: Coded | None = about("Courtesy code (PV1-22).")
    credit_rating: Coded | None = about("Credit rating (PV1-23).")
    contracts: list[Coded] | None = about("Contract codes (PV1-24).")
    contract_dates: list[Day | None] | None = about("Days from which the contracts count (PV1-25).")
    contract_amounts: list[Amount | None] | None = about("Amounts of the contracts (PV1-26).")
    contract_periods: list[Quantity | None] | None = about("Lengths of the contracts (PV1-27).")
    interest: Coded | None = about("Interest code (PV1-28).")
    bad_debt: Coded | None = about("Why the account went to bad debt (PV1-29).")
    bad_debt_date: Day | None = about("Day it went to bad debt (PV1-30).")
    bad_debt_agency: Coded | None = about("Agency it went to (PV1-31).")
    bad_debt_amount: Amount | None = about("Amount that went to bad debt (PV1-32).")
    bad_debt_recovered: Amount | None = about("Amount recovered (PV1-33).")
    delete_account: Coded | None = about("Why the account was deleted (PV1-34).")
    delete_account_date: Day | None = about("Day the account was deleted (PV1-35).")
    discharge_disposition: Coded | None = about("Discharge disposition (PV1-36).")
    discharged_to: DatedCode | None = about("Where the patient was discharged to (PV1-37).")
    diet: Coded | None = about("Kind of diet (PV1-38).")
    servicing_facility: Coded | None = about("Facility of the visit (PV1-39).")
    bed_status: Coded | None = about("Status of the bed (PV1-40).")
    account_status: Coded | None = about("Status of the account (PV1-41).")
    pending_location: Place | None = about("Where the patient is to go (PV1-42).")
    prior_temporary_location: Place | None = about("Where the patient was for a while before (PV1-43).")
    admit_time: Timestamp | None = about("When the visit began (PV1-44).")
    discharge_time: Timestamp | None = about("When the visit ended (PV1-45).")
    balance: Amount | None = about("Balance of the patient (PV1-46).")
    total_charges: Amount | None = about("Sum of the charges (PV1-47).")
    total_adjustments: Amount | None = about("Sum of the adjustments (PV1-48).")
    total_payments: Amount | None = about("Sum of the payments (PV1-49).")
    alternate_ids: list[Identifier] | None = about("Alternate visit ids (PV1-50).")
    visit_indicator: Coded | None = about("What the visit number names: A account, V visit (PV1-51).")
    other_providers: list[Practitioner] | None = about("Other providers (PV1-52).")
    episode_description: Text = about("Description of the episode (PV1-53).")
    episode: Identifier | None = about("Identifier of the episode (PV1-54).")
    prior_pending_location: Place | None = about("Where the patient was to go before (PV2-1).")
    accommodation: Coded | None = about("Accommodation (PV2-2).")
    admit_reason: Coded | None = about("Why admitted (PV2-3).")
    transfer_reason: Coded | None = about("Why transferred (PV2-4).")
    valuables: Texts = about("Valuables of the patient (PV2-5).")
    valuables_location: Text = about("Where they are kept (PV2-6).")
    user_codes: list[Coded] | None = about("Codes of the site for the visit (PV2-7).")
    expected_admit_time: Timestamp | None = about("When admission is expected (PV2-8).")
    expected_discharge_time: Timestamp | None = about("When discharge is expected (PV2-9).")
    estimated_days: Quantity | None = about("Estimated days of stay (PV2-10).")
    actual_days: Quantity | None = about("Actual days of stay (PV2-11).")
    description: Text = about("Description of the visit (PV2-12).")
    referral_sources: list[Practitioner] | None = about("Who referred the patient (PV2-13).")
    previous_service_date: Day | None = about("Day of the previous service (PV2-14).")
    employment_related: Text = about("Y when the illness comes from work (PV2-15).")
    purge_status: Coded | None = about("Purge status (PV2-16).")
    purge_date: Day | None = about("Day of the purge (PV2-17).")
    special_program: Coded | None = about("Special programme (PV2-18).")
    retention: Text = about("Y when the record is kept (PV2-19).")
    expected_insurance_plans: Quantity | None = about("Number of insurance plans expected (PV2-20).")
    publicity: Coded | None = about("How the visit may be named (PV2-21).")
    protection: Text = about("Y when data about the visit are protected (PV2-22).")
    clinics: list[Organization] | None = about("Clinics (PV2-23).")
    status: Coded | None = about("Status: AI active, DI discharged (PV2-24).")
    priority: Coded | None = about("Priority of the visit (PV2-25).")
    previous_treatment_date: Day | None = about("Day of the previous treatment (PV2-26).")
    expected_discharge_disposition: Coded | None = about("Discharge disposition expected (PV2-27).")
    signature_date: Day | None = about("Day of the signature on file (PV2-28).")
    first_similar_illness_date: Day | None = about("Day of the first similar illness (PV2-29).")
    charge_adjustment: Coded | None = about("Charge adjustment (PV2-30).")
    recurring_service: Coded | None = about("Recurring service (PV2-31).")
    billing_media: Text = about("Y when the account is billed on media (PV2-32).")
    expected_surgery_time: Timestamp | None = about("When surgery is expected (PV2-33).")
    military_partnership: Text = about("Y when there is a military partnership agreement (PV2-34).")
    military_non_availability: Text = about("Y when a non-availability statement is there (PV2-35).")
    newborn: Text = about("Y when the patient is a newborn (PV2-36).")
    baby_detained: Text = about("Y when the baby stays after the mother is discharged (PV2-37).")
    arrival_mode: Coded | None = about("How the patient arrived (PV2-38).")
    drug_use: list[Coded] | None = about("Recreational drugs used (PV2-39).")
    level_of_care: Coded | None = about("Level of care on admission (PV2-40).")
    precautions: list[Coded] | None = about("Precautions (PV2-41).")
    condition: Coded | None = about("Condition of the patient (PV2-42).")
    living_will: Coded | None = about("Living will (PV2-43).")
    organ_donor: Coded | None = about("Organ donor (PV2-44).")
    advance_directives: list[Coded] | None = about("Advance directives (PV2-45).")
    status_date: Day | None = about("Day from which the status counts (PV2-46).")
    expected_leave_return: Timestamp | None = about("When return from leave is expected (PV2-47).")
    expected_preadmit_test_time: Timestamp | None = about("When the pre-admission test is expected (PV2-48).")
    notify_clergy: list[Coded] | None = about("Whether clergy is to be told (PV2-49).")
    advance_directive_verified: Day | None = about("Day the advance directive was last verified (PV2-50).")


class Diagnosis(ClinicalPart):
    """A diagnosis (DG1)."""

    set_id: Text = about("Number of the segment (DG1-1).")
    coding_method: Text = about("Code system of the older kind (DG1-2).")
    code: Coded | None = about("The diagnosis (DG1-3).")
    description: Text = about("Description of the older kind (DG1-4).")
    time: Timestamp | None = about("When it was made (DG1-5).")
    type: Coded | None = about("A admitting, F final, W working and others of table 0052 (DG1-6).")
    major_category: Coded | None = about("Major diagnostic category (DG1-7).")
    drg: Coded | None = about("Diagnosis related group of the older kind (DG1-8).")
    drg_approved: Text = about("Y when the group is approved (DG1-9).")
    drg_review: Coded | None = about("Review code of the grouper (DG1-10).")
    outlier_type: Coded | None = about("Kind of outlier (DG1-11).")
    outlier_days: Quantity | None = about("Days of the outlier (DG1-12).")
    outlier_cost: Price | None = about("Cost of the outlier (DG1-13).")
    grouper: Text = about("Version and type of the grouper (DG1-14).")
    priority: Text = about("1 principal, 2 and more secondary, 0 not in the record (DG1-15).")
    clinicians: list[Practitioner] | None = about("Who made it (DG1-16).")
    classification: Coded | None = about("C consultation, D diagnosis, M medication and others of table 0228 (DG1-17).")
    confidential: Text = about("Y confidential (DG1-18).")
    attested: Timestamp | None = about("When it was attested (DG1-19).")
    identifier: EntityId | None = about("Identifier of the diagnosis (DG1-20).")
    action: Text = about("A add, D delete, U update (DG1-21).")
    parent: EntityId | None = about("Identifier of the diagnosis it belongs to (DG1-22).")
    ccl: Coded | None = about("Complexity value in the group (DG1-23).")
    grouping_usage: Text = about("Y when used for grouping (DG1-24).")
    drg_status: Coded | None = about("How it was used in grouping (DG1-25).")
    present_on_admission: Coded | None = about("Y, N, U, W: present on admission (DG1-26).")


class ClinicalProcedure(ClinicalPart):
    """A procedure (PR1)."""

    set_id: Text = about("Number of the segment (PR1-1).")
    coding_method: Text = about("Code system of the older kind (PR1-2).")
    code: Coded | None = about("The procedure (PR1-3).")
    description: Text = about("Description of the older kind (PR1-4).")
    time: Timestamp | None = about("When it was done (PR1-5).")
    functional_type: Coded | None = about("A anesthesia, P treatment, I invasive, D diagnostic (PR1-6).")
    minutes: Quantity | None = about("How long it took (PR1-7).")
    anesthesiologists: list[Practitioner] | None = about("Anesthesiologists (PR1-8).")
    anesthesia: Coded | None = about("Kind of anesthesia (PR1-9).")
    anesthesia_minutes: Quantity | None = about("How long the anesthesia took (PR1-10).")
    surgeons: list[Practitioner] | None = about("Surgeons (PR1-11).")
    practitioners: list[Practitioner] | None = about("Others who acted (PR1-12).")
    consent: Coded | None = about("Consent (PR1-13).")
    priority: Text = about("1 principal, 2 and more secondary, 0 admitting (PR1-14).")
    diagnosis: Coded | None = about("Diagnosis it was done for (PR1-15).")
    modifiers: list[Coded] | None = about("Modifiers, in order (PR1-16).")
    drg_type: Coded | None = about("What it is to the group (PR1-17).")
    tissue: list[Coded] | None = about("Tissue (PR1-18).")
    identifier: EntityId | None = about("Identifier of the procedure (PR1-19).")
    action: Text = about("A add, D delete, U update (PR1-20).")
    drg_status: Coded | None = about("How it was used in grouping (PR1-21).")
    drg_relevance: Coded | None = about("Relevance to the group (PR1-22).")
    units: list[Place] | None = about("Where it was done (PR1-23).")
    respiratory_within_surgery: Text = about("Y when ventilation was during surgery (PR1-24).")
    parent: EntityId | None = about("Identifier of the procedure it belongs to (PR1-25).")
    roles: list[Role] | None = about("Who took part (ROL).")
    participations: list[Participation] | None = about("Who or what took part (PRT).")
    outpatient: OutpatientLine | None = about("How it is reimbursed for outpatients (GP2).")


class Referral(ClinicalPart):
    """A referral (RF1)."""

    status: Coded | None = about("Status (RF1-1).")
    priority: Coded | None = about("Priority (RF1-2).")
    type: Coded | None = about("Kind (RF1-3).")
    dispositions: list[Coded] | None = about("What is to be done (RF1-4).")
    category: Coded | None = about("A ambulatory, E emergency, I inpatient, O outpatient (RF1-5).")
    originating_id: EntityId | None = about("Identifier at who refers (RF1-6).")
    effective: Timestamp | None = about("From (RF1-7).")
    expires: Timestamp | None = about("Until (RF1-8).")
    processed: Timestamp | None = about("When it was processed (RF1-9).")
    reasons: list[Coded] | None = about("Why (RF1-10).")
    external_ids: list[EntityId] | None = about("Identifiers elsewhere (RF1-11).")
    documentation_status: Coded | None = about("Whether its papers are complete (RF1-12).")
    planned_stops: list[Timestamp | None] | None = about("When treatment is planned to end (RF1-13).")
    reason_texts: Texts = about("Why, in words (RF1-14).")
    authorized: list[Measure] | None = about("Treatments authorised (RF1-15).")
    used: list[Measure] | None = about("Treatments used (RF1-16).")
    scheduled: list[Measure] | None = about("Treatments scheduled (RF1-17).")
    remaining_benefits: list[Money] | None = about("Benefit that remains (RF1-18).")
    organizations: list[Organization] | None = about("Authorised providers (RF1-19).")
    practitioners: list[Practitioner] | None = about("Authorised health professionals (RF1-20).")
    source_texts: Texts = about("Source (RF1-21).")
    source_times: list[Timestamp | None] | None = about("When the source told it (RF1-22).")
    source_phones: list[Telecom] | None = about("Telephone numbers of the source (RF1-23).")
    comments: Texts = about("Comments (RF1-24).")
    actions: Texts = about("A add, D delete, U update (RF1-25).")


class Accident(ClinicalPart):
    """An accident (ACC)."""

    time: Timestamp | None = about("When it happened (ACC-1).")
    code: Coded | None = about("Kind of accident (ACC-2).")
    location: Text = about("Where it happened (ACC-3).")
    auto_state: Coded | None = about("State, for a car accident (ACC-4).")
    job_related: Text = about("Y when it happened at work (ACC-5).")
    death: Text = about("Y when it caused death (ACC-6).")
    entered_by: Practitioner | None = about("Who entered it (ACC-7).")
    description: Text = about("Description (ACC-8).")
    brought_in_by: Text = about("Who brought the patient (ACC-9).")
    police_notified: Text = about("Y when the police was told (ACC-10).")
    address: PostalAddress | None = about("Address of the accident (ACC-11).")
    patient_liability: Quantity | None = about("Per cent of the patient's liability (ACC-12).")
    identifiers: list[EntityId] | None = about("Identifiers of the accident (ACC-13).")


class Bed(ClinicalPart):
    """Status of a bed (NPU)."""

    location: Place | None = about("The bed (NPU-1).")
    status: Coded | None = about("C closed, H housekeeping, I isolated, K contaminated, O occupied, U unoccupied (NPU-2).")
