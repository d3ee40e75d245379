"""Parts of reviews of health care services (278): what is asked for, for whom, by whom, and what was decided."""

from schemas.events.claim_parts import Ambulance, Attachment, CodedDate, Conditions, KindedCode, Spinal
from schemas.events.common import Amount, Date, Moment, Part, Period, Procedure, Quantity, Reference, Text, Texts, Time, about
from schemas.events.eligibility import BenefitLimit, Rejection, TraceNumber
from schemas.events.parties import Address, Contact, Location, Name
from schemas.events.service_line import Tooth


class ReviewTransaction(Part):
    """What the head of the set says (ST, BHT)."""

    control_number: Text = about("Set control number (ST02).")
    guide: Text = about("Guide version (ST03).")
    purpose: Text = about("13 request, 01 cancellation, 36 authority to deduct, 11 response, 28 query.")
    reference: Text = about("The sender's number of the transaction (BHT03); an answer repeats that of the request.")
    created_date: Date | None = about("Day the set was made.")
    created_time: Time | None = about("Time of day the set was made.")
    type: Text = about("18 final answer, 19 further answers follow, RU medical services reservation.")


class ReviewReference(Reference):
    """An identifier of a provider."""

    state: Text = about("State of a licence number.")


class ReviewParty(Address, Name):
    """Somebody who asks, reviews or takes part: a provider, facility, payer or review organisation."""

    role: Text = about(
        "Entity code: X3 review organisation, PR payer, 1P provider, FA facility, SJ service provider, DK ordering, 71 attending and others."
    )
    references: list[ReviewReference] | None = about("Further identifiers.")
    contacts: list[Contact] | None = about("Contacts.")
    provider_role: Text = about("What the provider is to the patient, e.g. AT attending, PE performing, RF referring.")
    taxonomy: Text = about("Provider taxonomy code.")
    rejections: list[Rejection] | None = about("Rejections for reasons of this party.")


class InformationContact(Address, Name):
    """Whom to contact with the information that is asked for (NM1*L5)."""

    contacts: list[Contact] | None = about("Contacts.")


class ReviewMember(Address, Name):
    """A subscriber or dependent."""

    birth_date: Moment | None = about("Date of birth.")
    sex: Text = about("F, M or U.")
    relationship: Text = about("Relationship to the subscriber, 18 for the subscriber.")
    employment_status: Text = about("Employment or military status.")
    birth_sequence: int | None = about("Place in a multiple birth.")
    patient_control_number: Text = about("The provider's number of the patient's account.")
    group_number: Text = about("Group number (6P).")
    policy_number: Text = about("Group or policy number (1L).")
    social_security_number: Text = about("Social security number.")
    references: list[Reference] | None = about("All other numbers of the member.")
    rejections: list[Rejection] | None = about("Rejections for reasons of this member.")


class ReviewDiagnosis(KindedCode):
    """A diagnosis of the patient."""

    kind: Text = about("principal, admitting, reason_for_visit or other.")
    qualifier: Text = about("Code system and place: ABK, ABF and others are ICD-10, BK, BF and others ICD-9.")
    date: Moment | None = about("Day it was made.")


class ReviewAttachment(Attachment):
    """Paperwork that supports a review."""

    description: Text = about("What it is.")


class Transport(Ambulance):
    """Transport of the patient (CR1)."""

    transport_type: Text = about("I initial trip, R return trip, T transfer, X round trip.")


class SpinalTreatment(Spinal):
    """Spinal manipulation (CR2)."""

    treatment_number: Quantity | None = about("Number of this treatment in the series.")
    treatment_count: Quantity | None = about("Treatments in the series.")
    subluxation_levels: Texts = about("First and last level of the subluxation.")
    complication: Text = about("Y for a complication.")
    xrays_available: Text = about("Y when X-rays are there.")


class OxygenTherapy(Part):
    """Home oxygen therapy (CR5)."""

    equipment_types: Texts = about("Kinds of equipment.")
    equipment_reason: Text = about("Why the equipment is needed.")
    flow_rate: Quantity | None = about("Oxygen flow in litres a minute.")
    daily_uses: Quantity | None = about("Uses a day.")
    hours_per_use: Quantity | None = about("Hours of a use.")
    therapist_orders: Text = about("Orders to the respiratory therapist.")
    arterial_blood_gas: Quantity | None = about("Arterial blood gas.")
    oxygen_saturation: Quantity | None = about("Oxygen saturation.")
    test_condition: Text = about("Condition of the patient at the test.")
    test_findings: Texts = about("Findings of the test.")
    portable_flow_rate: Quantity | None = about("Flow of the portable system in litres a minute.")
    delivery_system: Text = about("How the oxygen is delivered.")


class HomeHealthCare(Part):
    """Home health care (CR6)."""

    prognosis: Text = about("Prognosis.")
    start_date: Date | None = about("Start of care.")
    certification_period: Period | None = about("Certified period.")
    medicare_coverage: Text = about("Whether Medicare covers it.")
    certification_type: Text = about("Kind of certification, as of the review.")
    surgery_date: Date | None = about("Day of surgery.")
    procedure_qualifier: Text = about("Code system of the surgical procedure.")
    procedure: Text = about("Surgical procedure.")
    order_date: Date | None = about("Day of the physician's order.")
    last_visit_date: Date | None = about("Day of the last visit.")
    physician_contact_date: Date | None = about("Day the physician was last spoken to.")
    last_admission_period: Period | None = about("Last stay as an inpatient.")
    patient_location: Text = about("Where the patient is.")


class TransportLocation(Location):
    """A stop of the transport."""

    role: Text = about("PW pick up, R3 next destination, FS final destination, 45 drop off, ND next destination.")
    rejections: list[Rejection] | None = about("Rejections for reasons of this location.")


class OtherReviewer(Name):
    """Another review organisation that has denied the request."""

    role: Text = about("00 alternate insurer, CA carrier, GG intermediary.")
    denial_qualifier: Text = about("Kind of the reason.")
    denial_reason: Text = about("Why it denied.")
    second_denial_qualifier: Text = about("Kind of the second reason.")
    second_denial_reason: Text = about("Second reason.")
    third_denial_qualifier: Text = about("Kind of the third reason.")
    third_denial_reason: Text = about("Third reason.")
    denial_date: Moment | None = about("Day of its denial.")


class Decision(Part):
    """What was decided (HCR). A service without a decision of its own has that of its patient event."""

    action: Text = about(
        "A1 certified, A2 certified in part, A3 not certified, A4 pended, A6 modified, C cancelled, CT contact payer, NA not required."
    )
    review_number: Text = about("Authorisation or review number.")
    reasons: Texts = about("Reasons of the decision.")
    second_opinion: Text = about("Y when a second surgical opinion is required.")


class ReviewProcedure(Procedure):
    """A procedure, or a range of them."""

    last_code: Text = about("Last code of a range.")


class Review(Part):
    """What is asked for, said of a patient event or of one of its services; what a service says goes before what its event says."""

    traces: list[TraceNumber] | None = about("Numbers that the requester's side gave and an answer repeats.")
    request_category: Text = about("AR admission, HS health services, IN reservation, SC specialty care.")
    certification_type: Text = about("I initial, R renewal, S revised, 3 cancel, 4 extension, 1 and 2 appeal, N reconsideration.")
    service_type: Text = about("Service type.")
    facility_type: Text = about("Facility type or place of service.")
    facility_qualifier: Text = about("A for a facility type of bill, B for a place of service.")
    accident_causes: Texts = about("AA auto accident, AP another party, EM employment.")
    accident_state: Text = about("State of the accident.")
    accident_country: Text = about("Country of the accident.")
    level_of_service: Text = about("03 emergency, E elective, U urgent.")
    health_condition: Text = about("Current condition of the patient.")
    prognosis: Text = about("Prognosis.")
    release_of_information: Text = about("Release of information.")
    delay_reason: Text = about("Why the request comes late.")
    previous_authorization_number: Text = about("Review number of an earlier authorisation.")
    delivery: BenefitLimit | None = about("How much of it, and in what pattern.")
    attachments: list[ReviewAttachment] | None = about("Paperwork that supports it.")
    messages: Texts = about("Messages in words.")


class Outcome(Part):
    """What is said of the review of a patient event or service."""

    decision: Decision | None = about("The decision.")
    rejections: list[Rejection] | None = about("Why it was not reviewed.")
    administrative_reference: Text = about("The reviewer's number of a case that is not decided.")
    issued_date: Moment | None = about("Day the certification was issued.")
    expiration_date: Moment | None = about("Day it expires.")
    effective_period: Period | None = about("Time for which it holds.")
    requested_information: list[CodedDate] | None = about("LOINC codes of information that is asked for.")
    information_contact: InformationContact | None = about("Whom to send it to.")


class PatientEvent(Review):
    """A patient event (HL level EV): clinical facts and everybody who takes part."""

    accident_date: Moment | None = about("Day of the accident.")
    last_menstrual_period_date: Moment | None = about("Last menstrual period.")
    estimated_birth_date: Moment | None = about("Estimated day of birth.")
    onset_date: Moment | None = about("Onset of symptoms or illness.")
    event_period: Period | None = about("Time of the event, proposed or actual.")
    admission_period: Period | None = about("Admission, proposed or actual; a range of days in which it may be.")
    discharge_date: Moment | None = about("Discharge, proposed or actual.")
    diagnoses: list[ReviewDiagnosis] | None = about("Diagnoses, to which pointers refer by position.")
    drgs: list[CodedDate] | None = about("Diagnosis related groups.")
    conditions: list[Conditions] | None = about("Condition indicators.")
    admission_type: Text = about("Type of admission.")
    admission_source: Text = about("Source of admission.")
    patient_status: Text = about("Status of the patient.")
    nursing_home_status: Text = about("Status of a nursing home resident.")
    transport: Transport | None = about("Transport of the patient.")
    spinal: SpinalTreatment | None = about("Spinal manipulation.")
    oxygen: OxygenTherapy | None = about("Home oxygen therapy.")
    home_health: HomeHealthCare | None = about("Home health care.")
    providers: list[ReviewParty] | None = about("Providers of the event.")
    transport_locations: list[TransportLocation] | None = about("Stops of the transport.")
    other_reviewers: list[OtherReviewer] | None = about("Other review organisations that denied the request.")


class ServiceDetail(Review):
    """One service of a patient event (HL level SS)."""

    service_period: Period | None = about("Time of the service, proposed or actual.")
    procedure: ReviewProcedure | None = about("Procedure, service or product.")
    revenue_code: Text = about("Revenue code (institutional).")
    charge: Amount | None = about("Charge.")
    unit: Text = about("Unit of `units`.")
    units: Quantity | None = about("Units asked for.")
    rate: Quantity | None = about("Rate of an accommodation.")
    diagnosis_pointers: Texts = about("Positions in the diagnoses of the event, from 1.")
    epsdt: Text = about("Y for a screening of a child.")
    nursing_home_status: Text = about("Status of a nursing home resident.")
    nursing_home_level: Text = about("Level of nursing home care.")
    oral_cavity: Texts = about("Areas of the mouth.")
    prosthesis: Text = about("I initial placement, R replacement.")
    description: Text = about("Description of a dental service.")
    tooth: list[Tooth] | None = about("Teeth to be treated.")
    providers: list[ReviewParty] | None = about("Providers of the service.")


class RequestedService(ServiceDetail):
    """One service that is asked for."""

    previous_administrative_reference: Text = about("The reviewer's number of an earlier case that was not decided.")


class StatedService(Outcome, ServiceDetail):
    """One service of an inquiry or notification."""


class Answer(Outcome):
    """What an answer says besides the outcome."""

    reviewer_traces: list[TraceNumber] | None = about("Numbers that the side which answers gave.")


class AnsweredService(Answer, ServiceDetail):
    """One service with what was decided on it; without a decision of its own it has that of its event."""


class StatedEvent(Outcome, PatientEvent):
    """A patient event of an inquiry, a notification or an answer."""

    service_period: Period | None = about("Time of the service, where it is said of the event.")
