"""`eligibility.requested` and `eligibility.answered`: what a 270 asks of a patient's coverage and what a 271 answers."""

from schemas.events.claim_parts import Diagnosis
from schemas.events.common import Amount, Event, Moment, Part, Period, Procedure, Quantity, Reference, Text, Texts, about
from schemas.events.parties import Address, Contact, Name
from schemas.events.transaction import Transaction


class TraceNumber(Part):
    """A number that ties an answer to its request (TRN)."""

    type: Text = about("1 given by who sends this, 2 given by the other side and repeated.")
    number: Text = about("The number.")
    originator: Text = about("Id of who gave the number.")
    originator_supplement: Text = about("Further id of who gave the number, e.g. a division.")


class NamedReference(Reference):
    """A number with the name that may stand beside it."""

    description: Text = about("Name of the plan, group or network that the number is of.")


class QualifiedPeriod(Part):
    """A date or range of dates with what it means."""

    qualifier: Text = about("What the date is: 291 plan, 307 eligibility, 346 and 347 plan begin and end, 356 and 357 eligibility begin and end.")
    period: Period | None = about("The day or range.")


class Rejection(Part):
    """Why a request, or a part of it, was not answered (AAA)."""

    valid: Text = about("N when the request itself is bad, Y when it is valid but cannot be answered.")
    reason: Text = about("Reject reason, e.g. 42 try later, 71 birth date differs, 72 bad member id, 75 subscriber not found.")
    follow_up: Text = about("What to do: C correct and resend, N do not resend, P, R resend, W, X wait and resend, Y wait for an answer.")


class InformationSource(Name):
    """Who answers: the payer, or who speaks for it."""

    role: Text = about("PR payer, 2B third-party administrator, 36 employer, GP gateway, P5 plan sponsor.")
    contacts: list[Contact] | None = about("Contacts.")
    rejections: list[Rejection] | None = about("Rejections for reasons of who answers.")


class InformationReceiver(Address, Name):
    """Who asks: a provider, or another party as `role` says."""

    role: Text = about("1P provider, 2B third-party administrator, 36 employer, 80 hospital, FA facility, GP gateway, P5 plan sponsor, PR payer.")
    references: list[NamedReference] | None = about("Further identifiers; the description of a licence number is its state.")
    provider_role: Text = about("What the provider is to the patient, e.g. AT attending, PC primary care, PE performing.")
    taxonomy: Text = about("Provider taxonomy code.")
    rejections: list[Rejection] | None = about("Rejections for reasons of who asks.")


class ServiceProvider(Part):
    """Provider that the question or the answer is about (PRV)."""

    role: Text = about("What the provider is to the patient, e.g. PC primary care, RF referring.")
    id_qualifier: Text = about("Kind of `id`: PXC taxonomy code, HPI NPI and others.")
    id: Text = about("Identifier.")


class MilitaryService(Part):
    """Military service of the member (MPI)."""

    information_status: Text = about("How current the information is, e.g. C current, P prior.")
    employment_status: Text = about("Status of employment, as the military has it.")
    affiliation: Text = about("Branch of service.")
    description: Text = about("Further description.")
    rank: Text = about("Rank.")
    period: Period | None = about("Time of service.")


class PlanNumbers(Part):
    """Plan, policy, group and network with their names (REF)."""

    plan_number: Text = about("Plan number.")
    plan_name: Text = about("Name of the plan.")
    policy_number: Text = about("Group or policy number (1L).")
    policy_name: Text = about("Name of the group or policy.")
    group_number: Text = about("Group number (6P).")
    group_name: Text = about("Name of the group.")
    plan_network_number: Text = about("Plan network number.")
    plan_network_name: Text = about("Name of the plan network.")


class Member(PlanNumbers, Address, Name):
    """A subscriber or dependent."""

    birth_date: Moment | None = about("Date of birth.")
    sex: Text = about("F, M or U.")
    relationship: Text = about("Relationship to the subscriber, 18 for the subscriber.")
    maintenance_type: Text = about("001 when the answer changes what the request said of the member.")
    maintenance_reason: Text = about("25 when identifying data were changed.")
    birth_sequence: int | None = about("Place in a multiple birth.")
    member_id: Text = about("Member id beside the primary identifier.")
    patient_control_number: Text = about("The provider's number of the patient's account.")
    medical_record_number: Text = about("Medical record number.")
    social_security_number: Text = about("Social security number.")
    references: list[NamedReference] | None = about("All other numbers of the member.")
    provider: ServiceProvider | None = about("Provider that it is about.")
    diagnoses: list[Diagnosis] | None = about("Diagnoses, to which pointers refer by position.")
    dates: list[QualifiedPeriod] | None = about("Dates that hold for all benefits which have none of their own.")
    military_service: list[MilitaryService] | None = about("Military service.")
    rejections: list[Rejection] | None = about("Rejections for reasons of this member.")


class AdditionalInformation(Part):
    """Further information on a benefit (III)."""

    qualifier: Text = about("ZZ place of service; GR and NI codes of injuries.")
    code: Text = about("The code.")
    category: Text = about("44 when a description follows.")
    description: Text = about("Description of the injured part of the body.")


class BenefitProcedure(Procedure):
    """A procedure, or a range of them."""

    last_code: Text = about("Last code of a range.")


class Inquiry(Part):
    """One question (EQ)."""

    service_types: Texts = about("Service types asked for; 30 is the plan as a whole.")
    procedure: Procedure | None = about("Procedure asked for.")
    coverage_level: Text = about("FAM to ask for the family.")
    diagnosis_pointers: Texts = about("Positions in the diagnoses of the patient, from 1.")
    spend_down_amount: Amount | None = about("Spend down to apply.")
    spend_down_billed_amount: Amount | None = about("Total billed amount for the spend down.")
    additional_information: list[AdditionalInformation] | None = about("Place of service.")
    prior_authorization: Text = about("Prior authorisation number asked about.")
    referral_number: Text = about("Referral number asked about.")
    dates: list[QualifiedPeriod] | None = about("Dates of this question, which go before those of the patient.")


class BenefitLimit(Part):
    """How services are limited in number or time (HSD)."""

    quantity_qualifier: Text = about("What is counted: VS visits, DY days, HS hours, MN months, FL units.")
    quantity: Quantity | None = about("How many.")
    unit: Text = about("Per what: DA day, WK week, MO month, YR year, VS visit.")
    modulus: Quantity | None = about("Every how many of `unit`.")
    time_period: Text = about("Kind of period, e.g. 7 day, 23 calendar year, 32 lifetime.")
    periods: Quantity | None = about("Number of periods.")
    delivery_frequency: Text = about("Pattern of delivery by day or week.")
    delivery_time: Text = about("Pattern of delivery by time of day.")


class BenefitEntity(Address, Name):
    """Somebody that a benefit has to do with (loop 2120): another payer, primary care provider, plan sponsor."""

    role: Text = about("What they are: P3 primary care provider, PRP, SEP, TTP primary, secondary, tertiary payer, PR payer, P5 sponsor and others.")
    relationship: Text = about("Relationship of the entity to the patient.")
    location_qualifier: Text = about("RJ when a military health service region follows.")
    location: Text = about("The region.")
    contacts: list[Contact] | None = about("Contacts.")
    provider_role: Text = about("What the provider is to the patient.")
    taxonomy: Text = about("Provider taxonomy code.")


class Benefit(PlanNumbers):
    """One piece of coverage (EB). It speaks of the services it names: active for the plan (30 or none) does not say that a given service is."""

    information: Text = about("1 to 5 active, 6 to 8 inactive, A coinsurance, B copayment, C deductible, I not covered, V no answer, and others.")
    coverage_level: Text = about("Whom it is for: IND, FAM, EMP, SPO, CHD, DEP and combinations.")
    service_types: Texts = about("Service types it is for; none or 30 is the plan as a whole.")
    insurance_type: Text = about("Insurance type, e.g. HM health maintenance organisation, MA Medicare part A, MC Medicaid.")
    plan: Text = about("Name of the plan or coverage.")
    time_period: Text = about("Period that amount or quantity count for: 23 calendar year, 24 year to date, 29 remaining, 32 lifetime and others.")
    amount: Amount | None = about("Amount, e.g. of a copayment or deductible.")
    percent: Quantity | None = about("Share as a fraction, 0.2 for 20 percent; of coinsurance the patient's.")
    quantity_qualifier: Text = about("What is counted, e.g. VS visits, DY days.")
    quantity: Quantity | None = about("How many.")
    authorization_required: Text = about("Y when an authorisation is needed, N when not, U unknown.")
    in_network: Text = about("Y in the plan's network, N outside, W both, U unknown.")
    procedure: BenefitProcedure | None = about("Procedure it is for.")
    diagnosis_pointers: Texts = about("Positions in the diagnoses of the patient, from 1.")
    limits: list[BenefitLimit] | None = about("Limits in number and time.")
    references: list[NamedReference] | None = about("All other numbers: G1 prior authorisation, 9F referral and others.")
    dates: list[QualifiedPeriod] | None = about("Dates of this benefit, which go before those of the patient.")
    rejections: list[Rejection] | None = about("Why this part of the question is not answered.")
    messages: Texts = about("Free text.")
    additional_information: list[AdditionalInformation] | None = about("Places of service and injuries it is for.")
    entities: list[BenefitEntity] | None = about("Who has to do with it.")


class Eligibility(Event):
    """What question and answer share: who asks whom about whom, under which numbers."""

    traces: list[TraceNumber] | None = about("Trace numbers of the patient.")
    subscriber_traces: list[TraceNumber] | None = about("Trace numbers of the subscriber, when the patient is a dependent.")
    transaction: Transaction | None = about("Head of the transaction set.")
    payer: InformationSource | None = about("Who is asked.")
    provider: InformationReceiver | None = about("Who asks.")
    subscriber: Member | None = about("Subscriber.")
    patient: Member | None = about("Whom the question is about; equal to the subscriber when it is the subscriber.")


class EligibilityRequested(Eligibility):
    """A question about the coverage of one patient (270)."""

    inquiries: list[Inquiry] | None = about("The questions.")


class EligibilityAnswered(Eligibility):
    """The answer for one patient (271), or a rejection of all below a level, which then has no `patient`."""

    benefits: list[Benefit] | None = about("What the coverage holds. No answer (V) and a rejection do not say that it is inactive.")
    rejections: list[Rejection] | None = about("Rejections of the whole request.")


KINDS = {"eligibility.requested": EligibilityRequested, "eligibility.answered": EligibilityAnswered}
