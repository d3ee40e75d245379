"""`claim.submitted`: one claim of an 837, professional, institutional or dental."""

from pydantic import Field

from schemas.events.adjudication import InpatientAdjudication, OutpatientAdjudication
from schemas.events.claim_parts import (
    Ambulance,
    Attachment,
    CodedAmount,
    CodedDate,
    CodedPeriod,
    Conditions,
    Contract,
    Diagnosis,
    KindedCode,
    ListedCode,
    Note,
    Orthodontics,
    Pricing,
    ProcedurePerformed,
    Spinal,
    ToothStatus,
)
from schemas.events.common import Adjustment, Amount, Date, Event, Moment, Part, Period, Reference, Text, Texts, Time, about
from schemas.events.parties import (
    BillingProvider,
    Coverage,
    Location,
    Name,
    OtherPayerName,
    OtherSubscriber,
    Patient,
    PatientCoverage,
    Payer,
    PayToAddress,
    PayToPlan,
    Provider,
    ProviderNumbers,
    Submitter,
    Subscriber,
)
from schemas.events.service_line import ClaimLine


class Transaction(Part):
    """What the head of the set says (ST, BHT)."""

    control_number: Text = about("Set control number (ST02).")
    guide: Text = about("Guide version (ST03).")
    purpose: Text = about("00 original, 18 reissue.")
    reference: Text = about("The sender's number of the batch.")
    created_date: Date | None = about("Day the set was made.")
    created_time: Time | None = about("Time of day the set was made.")
    use: Text = about("CH chargeable, RP reporting only, 31 subrogation.")


class OtherPayer(Coverage):
    """Another payer of the claim, with what it has adjudicated when it comes before the destination payer (loop 2320)."""

    benefits_assigned: Text = about("Whether benefits are assigned: Y, N or W.")
    patient_signature: Text = about("P when the signature was made for the patient.")
    release_of_information: Text = about("Release of information: Y or I.")
    paid_amount: Amount | None = about("Amount that payer paid.")
    noncovered_amount: Amount | None = about("Amount that payer does not cover.")
    remaining_liability: Amount | None = about("What the patient still owes after that payer.")
    adjustments: list[Adjustment] | None = about("Claim-level adjustments of that payer.")
    inpatient_adjudication: InpatientAdjudication | None = about("Inpatient adjudication of that payer.")
    outpatient_adjudication: OutpatientAdjudication | None = about("Outpatient adjudication of that payer.")
    subscriber: OtherSubscriber | None = about("Subscriber of that payer.")
    payer: OtherPayerName | None = about("That payer.")
    referring_providers: list[ProviderNumbers] | None = about("That payer's identifiers of the referring providers.")
    rendering_provider: ProviderNumbers | None = about("That payer's identifiers of the rendering provider.")
    service_facility: ProviderNumbers | None = about("That payer's identifiers of the service facility.")
    supervising_provider: ProviderNumbers | None = about("That payer's identifiers of the supervising provider.")
    assistant_surgeon: ProviderNumbers | None = about("That payer's identifiers of the assistant surgeon.")
    attending_provider: ProviderNumbers | None = about("That payer's identifiers of the attending provider.")
    operating_provider: ProviderNumbers | None = about("That payer's identifiers of the operating physician.")
    other_operating_provider: ProviderNumbers | None = about("That payer's identifiers of the other operating physician.")
    billing_provider: ProviderNumbers | None = about("That payer's identifiers of the billing provider.")


class ClaimFacts(Part):
    """Elements of the claim itself, of all three guides."""

    patient_control_number: str = Field(description="The provider's number of the claim (CLM01); payers return at least its first 20 characters.")
    total_charge: Amount | None = about("Total charge of the claim.")
    place_of_service: Text = about("Place of service (professional and dental).")
    facility_type: Text = about("First two digits of the type of bill (institutional).")
    facility_qualifier: Text = about("A type of bill, B place of service.")
    frequency: Text = about("Claim frequency: 1 original, 7 replacement, 8 void and others.")
    signature_on_file: Text = about("Whether the provider's signature is on file.")
    assignment: Text = about("Whether the provider accepts assignment: A, B or C.")
    benefits_assigned: Text = about("Whether benefits are assigned to the provider: Y, N or W.")
    release_of_information: Text = about("Release of information: Y or I.")
    patient_signature: Text = about("P when the signature was made for the patient.")
    accident_causes: Texts = about("Related causes: AA auto, EM employment, OA other accident.")
    accident_state: Text = about("State of an auto accident.")
    accident_country: Text = about("Country of an auto accident abroad.")
    special_program: Text = about("Special programme.")
    predetermination: Text = about("PB when a dental claim asks for predetermination only.")
    delay_reason: Text = about("Reason the claim is late.")
    admission_type: Text = about("Type of admission.")
    admission_source: Text = about("Source of admission.")
    patient_status: Text = about("Discharge status of the patient.")
    patient_paid: Amount | None = about("Amount the patient has paid.")
    estimated_due: Amount | None = about("Amount the provider expects the patient to owe.")
    drg: Text = about("Diagnosis related group.")


class ClaimDates(Part):
    """Dates of the claim, one field for each qualifier."""

    service_period: Period | None = about("Dates of service of the claim (dental).")
    statement_period: Period | None = about("Statement dates (institutional).")
    admission_date: Moment | None = about("Admission, with hour where sent.")
    discharge_date: Moment | None = about("Day of discharge (professional).")
    discharge_hour: Moment | None = about("Hour of discharge (institutional).")
    onset_date: Moment | None = about("Onset of the illness or symptom.")
    initial_treatment_date: Moment | None = about("First treatment.")
    last_seen_date: Moment | None = about("Last seen by the physician who treats the underlying condition.")
    acute_manifestation_date: Moment | None = about("Acute manifestation of a chronic condition.")
    accident_date: Moment | None = about("Accident.")
    last_menstrual_period_date: Moment | None = about("Last menstrual period.")
    last_xray_date: Moment | None = about("Last X-ray.")
    prescription_date: Moment | None = about("Hearing or vision prescription.")
    disability_period: Period | None = about("Disability, when both ends are sent together.")
    disability_start: Period | None = about("Start of disability, when sent alone.")
    disability_end: Period | None = about("End of disability, when sent alone.")
    last_worked_date: Moment | None = about("Last day worked.")
    return_to_work_date: Moment | None = about("Day the patient may return to work.")
    assumed_care_date: Moment | None = about("Day care was taken over.")
    relinquished_care_date: Moment | None = about("Day care was given up.")
    first_contact_date: Moment | None = about("First contact in a property and casualty case.")
    repricer_received_date: Moment | None = about("Day the repricer received the claim.")
    appliance_placement_date: Moment | None = about("Placement of an orthodontic appliance.")


class ClaimNumbers(Part):
    """Numbers of the claim."""

    payer_claim_number: Text = about("The payer's number of the claim that is replaced or voided.")
    prior_authorization: Text = about("Prior authorisation number.")
    referral_number: Text = about("Referral number.")
    predetermination_number: Text = about("Predetermination number (dental).")
    medical_record_number: Text = about("Medical record number.")
    clearinghouse_trace: Text = about("Trace number of the clearinghouse.")
    references: list[Reference] | None = about("All other numbers.")


class ClaimDetails(Part):
    """Codes and texts of the claim."""

    diagnoses: list[Diagnosis] | None = about("Diagnoses in order; line pointers count from 1.")
    procedures: list[ProcedurePerformed] | None = about("Procedures of an institutional claim.")
    anesthesia_procedures: list[KindedCode] | None = about("Surgical procedures of an anaesthesia claim.")
    occurrences: list[CodedDate] | None = about("Occurrence codes with dates.")
    occurrence_spans: list[CodedPeriod] | None = about("Occurrence span codes with periods.")
    values: list[CodedAmount] | None = about("Value codes with amounts.")
    condition_codes: list[ListedCode] | None = about("Condition codes.")
    treatment_codes: list[ListedCode] | None = about("Treatment codes.")
    attachments: list[Attachment] | None = about("Paperwork that supports the claim.")
    contract: Contract | None = about("Contract the claim is priced by.")
    notes: list[Note] | None = about("Notes.")
    file_information: Texts = about("Data a payer or state asks for outside the guide.")
    ambulance: Ambulance | None = about("Ambulance transport.")
    spinal: Spinal | None = about("Spinal manipulation.")
    conditions: list[Conditions] | None = about("Condition indicators: ambulance, vision, homebound, EPSDT.")
    orthodontics: Orthodontics | None = about("Orthodontic treatment.")
    tooth_status: list[ToothStatus] | None = about("Missing teeth and teeth to be extracted.")
    pricing: Pricing | None = about("Pricing by a repricer.")


class ClaimSubmitted(Event, ClaimDetails, ClaimNumbers, ClaimDates, ClaimFacts):
    """A claim as a provider sent it. Money is text, dates are ISO 8601, codes are as sent."""

    use: Text = about("claim, encounter, subrogation, predetermination or postadjudicated.")
    referring_providers: list[Provider] | None = about("Referring and primary care providers.")
    rendering_provider: Provider | None = about("Rendering provider.")
    service_facility: Provider | None = about("Where the service was given, when not at the billing provider.")
    supervising_provider: Provider | None = about("Supervising provider.")
    assistant_surgeon: Provider | None = about("Assistant surgeon (dental).")
    attending_provider: Provider | None = about("Attending provider (institutional).")
    operating_provider: Provider | None = about("Operating physician (institutional).")
    other_operating_provider: Provider | None = about("Other operating physician (institutional).")
    ambulance_pickup: Location | None = about("Where the ambulance picked the patient up.")
    ambulance_dropoff: Location | None = about("Where the ambulance took the patient.")
    other_payers: list[OtherPayer] | None = about("The other payers of the claim in order.")
    lines: list[ClaimLine] | None = about("Service lines.")
    transaction: Transaction | None = about("Head of the transaction set.")
    submitter: Submitter | None = about("Who submitted the file.")
    receiver: Name | None = about("Who the file is for.")
    billing_provider: BillingProvider | None = about("Billing provider.")
    pay_to_address: PayToAddress | None = about("Address for payment.")
    pay_to_plan: PayToPlan | None = about("Plan to be paid.")
    coverage: PatientCoverage | None = about("Coverage with the destination payer.")
    subscriber: Subscriber | None = about("Subscriber.")
    payer: Payer | None = about("Destination payer.")
    patient: Patient | None = about("Patient.")


KINDS = {"claim.submitted": ClaimSubmitted}
