"""What the other side says of what it was sent: `claim.acknowledged` (277CA), `submission.acknowledged` (277CA, 999, 997, TA1) and
`application.advised` (824)."""

from schemas.events.common import Amount, Date, Event, Moment, Part, Period, Procedure, Quantity, Reference, Text, Texts, Time, about
from schemas.events.parties import FunctionContact, Name, Organization
from schemas.events.payment_parts import QualifiedAmount, QualifiedDay, QualifiedQuantity

_OUTCOME = "What it comes to: "


class StatusCode(Part):
    """One composite of a status (STC01, STC10, STC11)."""

    category: Text = about("Status category: A1 received, A2 accepted into adjudication, A3, A6, A7, A8 rejected, A4 not found.")
    code: Text = about("Claim status code.")
    entity: Text = about("Who the status is about, as an entity code.")


class AcknowledgedStatus(Part):
    """One status (STC)."""

    outcome: Text = about(_OUTCOME + "accepted, rejected or unknown; the categories win over the action code.")
    codes: list[StatusCode] | None = about("Up to three composites.")
    date: Date | None = about("Day of the status.")
    action: Text = about("Action code: WQ accepted, U rejected.")
    amount: Amount | None = about("Charge the status is about.")
    text: Text = about("Free text.")


class AcknowledgedBatch(Part):
    """What the head of the set says (ST, BHT)."""

    control_number: Text = about("Set control number (ST02).")
    guide: Text = about("Guide version (ST03).")
    reference: Text = about("The sender's number of the acknowledgement.")
    created_date: Date | None = about("Day the set was made.")
    created_time: Time | None = about("Time of day the set was made.")


class AcknowledgingSource(Name):
    """Who acknowledges."""

    role: Text = about("PR payer, AY clearinghouse.")
    trace_number: Text = about("The source's number of the acknowledgement.")
    received_date: Moment | None = about("Day the claims were received.")
    processed_date: Moment | None = about("Day the claims were processed.")


class AcknowledgedLevel(Name):
    """A level above the claims, with a status that holds for all beneath it."""

    trace_number: Text = about("Number of the level; of the receiver it is the number of the batch acknowledged (its BHT03).")
    statuses: list[AcknowledgedStatus] | None = about("Statuses of the level.")
    accepted_count: Quantity | None = about("Claims accepted.")
    rejected_count: Quantity | None = about("Claims rejected.")
    accepted_amount: Amount | None = about("Charges accepted.")
    rejected_amount: Amount | None = about("Charges rejected.")


class AcknowledgedProvider(AcknowledgedLevel):
    """A billing provider, with a status that holds for all its claims."""

    references: list[Reference] | None = about("Further identifiers.")


class AcknowledgedLine(Part):
    """A service line with a status of its own (loop 2220D)."""

    procedure: Procedure | None = about("Procedure.")
    charge: Amount | None = about("Charge of the line.")
    revenue_code: Text = about("Revenue code.")
    units: Quantity | None = about("Units.")
    statuses: list[AcknowledgedStatus] | None = about("Statuses of the line.")
    control_number: Text = about("The provider's number of the line.")
    prescription_number: Text = about("Prescription number.")
    service_period: Period | None = about("Dates of service.")


class ClaimAcknowledged(Event):
    """Whether one claim was taken into adjudication (loop 2200D)."""

    patient_control_number: Text = about("The provider's number of the claim (TRN02).")
    outcome: Text = about(_OUTCOME + "rejected when one status is, else unknown when one is, else accepted.")
    statuses: list[AcknowledgedStatus] | None = about("Statuses of the claim.")
    payer_claim_number: Text = about("The payer's number of the claim.")
    clearinghouse_trace: Text = about("The number a clearinghouse gave the claim.")
    bill_type: Text = about("Type of bill, for institutional claims.")
    service_period: Period | None = about("Dates of service.")
    lines: list[AcknowledgedLine] | None = about("Service lines with a status of their own.")
    patient: Name | None = about("Patient.")
    provider: AcknowledgedProvider | None = about("Billing provider.")
    receiver: AcknowledgedLevel | None = about("Who the acknowledgement is for: the submitter of the batch.")
    source: AcknowledgingSource | None = about("Who acknowledges.")
    transaction: AcknowledgedBatch | None = about("Head of the set.")


class ContextSubject(Part):
    """What a context names."""

    name: Text = about("SITUATIONAL TRIGGER, or an element such as CLM01.")
    value: Text = about("Value of the element named, e.g. the patient control number.")


class SegmentContext(Part):
    """What an error is about (CTX)."""

    subjects: list[ContextSubject] | None = about("What is named; CLM01 has the patient control number.")
    tag: Text = about("Segment tag.")
    position: int | None = about("Ordinal of the segment in its set, ST = 1.")
    loop: Text = about("Loop the segment stands in.")
    element: int | None = about("Element.")
    component: int | None = about("Component of the element.")
    repetition: int | None = about("Repetition of the element.")
    reference: Text = about("Number of the data element.")
    second_reference: Text = about("Number of a second data element.")


class ElementError(Part):
    """An error in an element (IK4, AK4)."""

    element: int | None = about("Element.")
    component: int | None = about("Component of the element.")
    repetition: int | None = about("Repetition of the element.")
    reference: Text = about("Number of the data element.")
    code: Text = about("Error code, e.g. 1 missing, 7 code not valid.")
    value: Text = about("The value complained of.")
    contexts: list[SegmentContext] | None = about("What the error is about.")


class SegmentError(Part):
    """An error in a segment (IK3, AK3)."""

    tag: Text = about("Segment tag.")
    position: int | None = about("Ordinal of the segment in its set, ST = 1.")
    loop: Text = about("Loop the segment stands in.")
    code: Text = about("Error code, e.g. 3 missing, 8 has element errors.")
    contexts: list[SegmentContext] | None = about("What the error is about.")
    elements: list[ElementError] | None = about("Errors in its elements.")


class AcknowledgedSet(Part):
    """A transaction set acknowledged (AK2 to IK5 or AK5)."""

    transaction: Text = about("Transaction set code (ST01).")
    control_number: Text = about("Set control number (ST02).")
    version: Text = about("Guide version (ST03).")
    outcome: Text = about(_OUTCOME + "accepted, accepted_with_errors or rejected.")
    code: Text = about("Acknowledgement code: A, E, or R, M, W, X for a rejection.")
    errors: Texts = about("Error codes of the set.")
    segments: list[SegmentError] | None = about("Errors in its segments.")


class AcknowledgedGroup(Part):
    """The functional group acknowledged (AK1, AK9)."""

    function: Text = about("Functional identifier (GS01).")
    control_number: Text = about("Group control number (GS06).")
    version: Text = about("Guide version (GS08).")


class GroupResult(Part):
    """What became of the functional group (AK9)."""

    code: Text = about("Acknowledgement code: A, E, P, or R, M, W, X for a rejection.")
    included: int | None = about("Sets the group says it has (GE01).")
    received: int | None = about("Sets received.")
    accepted: int | None = about("Sets accepted.")
    errors: Texts = about("Error codes of the group.")


class AcknowledgedInterchange(Part):
    """The interchange acknowledged (TA1)."""

    control_number: Text = about("Interchange control number (ISA13).")
    date: Date | None = about("Day of the interchange (ISA09).")
    time: Time | None = about("Time of the interchange (ISA10).")
    code: Text = about("Acknowledgement code: A, E or R.")
    note: Text = about("Note code, 000 for no error.")


class SubmissionAcknowledged(Event):
    """What became of a submission as a whole: an interchange (TA1), a group with its sets (999, 997), or a batch of claims (277CA)."""

    control_number: Text = about("Control number of the acknowledgement's own set (ST02).")
    guide: Text = about("Guide version of the acknowledgement (ST03).")
    outcome: Text = about(_OUTCOME + "accepted, accepted_with_errors, partially_accepted, rejected or unknown.")
    acknowledged_interchange: AcknowledgedInterchange | None = about("Interchange acknowledged.")
    acknowledged_group: AcknowledgedGroup | None = about("Group acknowledged.")
    result: GroupResult | None = about("What became of the group.")
    sets: list[AcknowledgedSet] | None = about("Transaction sets acknowledged.")
    transaction: AcknowledgedBatch | None = about("Head of a claim acknowledgement.")
    source: AcknowledgingSource | None = about("Who acknowledges claims.")
    receiver: AcknowledgedLevel | None = about("Who the acknowledgement is for: the submitter of the batch; the last one where there are several.")
    receivers: list[AcknowledgedLevel] | None = about("Every receiver in order; a status of theirs holds for all their claims.")
    providers: list[AcknowledgedProvider] | None = about("Billing providers; a status of theirs holds for all their claims.")


class AdviceHeading(Part):
    """What the head of the set says (ST, BGN)."""

    control_number: Text = about("Set control number (ST02).")
    guide: Text = about("Guide version (ST03).")
    purpose: Text = about("Purpose, 11 a response.")
    reference: Text = about("The sender's number of the advice.")
    created_date: Date | None = about("Day the set was made.")
    created_time: Time | None = about("Time of day the set was made.")
    time_zone: Text = about("Time zone of that time.")
    original_reference: Text = about("Number of the submission it answers.")
    type: Text = about("Type of the advice.")
    action: Text = about("What it says of the whole: WQ accepted, U rejected, RU returned with errors.")
    security_level: Text = about("Security level.")


class AdviceParty(Organization):
    """Who advises or is advised."""

    contacts: list[FunctionContact] | None = about("Contacts.")


class AdvisedParty(Name):
    """Somebody whom the advice names."""

    role: Text = about("Entity code, e.g. 85 billing provider, QC patient.")


class AdvisedDate(QualifiedDay):
    """A day, maybe with a time."""

    time: Time | None = about("The time.")


class ErrorDetail(Part):
    """A code of a list that explains an error (RED)."""

    description: Text = about("Description, NA where the code says it all.")
    relation: Text = about("How the code relates to the error.")
    agency: Text = about("Agency of the code list.")
    source: Text = about("Part of the agency.")
    qualifier: Text = about("Code list.")
    code: Text = about("The code.")


class AdvisedError(Part):
    """An error of the application (TED)."""

    condition: Text = about("Error condition code, 024 for other.")
    text: Text = about("Free text.")
    tag: Text = about("Segment tag.")
    position: int | None = about("Ordinal of the segment in its set, ST = 1.")
    element: int | None = about("Element.")
    component: int | None = about("Component of the element.")
    repetition: int | None = about("Repetition of the element.")
    reference: Text = about("Number of the data element.")
    value: Text = about("The value complained of.")
    new_value: Text = about("The value it was replaced by.")
    contexts: list[SegmentContext] | None = about("What the error is about.")
    details: list[ErrorDetail] | None = about("Codes that explain the error.")


class ApplicationAdvised(Event):
    """What an application made of one thing it was sent: a set, a batch, or an item of it (OTI)."""

    code: Text = about("Application acknowledgement code: T, B or I for set, batch or item, then A accepted, R rejected, E with errors, P partially.")
    reference_qualifier: Text = about("Kind of the reference.")
    reference: Text = about("Number of what is advised on, NA when it has none.")
    group_sender: Text = about("Application sender of the group (GS02).")
    group_receiver: Text = about("Application receiver of the group (GS03).")
    group_date: Date | None = about("Day of the group (GS04).")
    group_time: Time | None = about("Time of the group (GS05).")
    group_control_number: Text = about("Group control number (GS06).")
    set_control_number: Text = about("Set control number (ST02).")
    set_transaction: Text = about("Transaction set code (ST01).")
    set_version: Text = about("Guide version.")
    purpose: Text = about("Purpose of the set.")
    type: Text = about("Type of the transaction.")
    application_type: Text = about("Type of the application.")
    action: Text = about("What was done.")
    handling: Text = about("How it is handled.")
    reason: Text = about("Reason for the status.")
    references: list[Reference] | None = about("Numbers of what is advised on.")
    dates: list[AdvisedDate] | None = about("Dates.")
    contacts: list[FunctionContact] | None = about("Contacts.")
    amounts: list[QualifiedAmount] | None = about("Amounts.")
    quantities: list[QualifiedQuantity] | None = about("Quantities.")
    parties: list[AdvisedParty] | None = about("Who it is about.")
    errors: list[AdvisedError] | None = about("Errors.")
    transaction: AdviceHeading | None = about("Head of the set.")
    submitter: AdviceParty | None = about("Who advises.")
    receiver: AdviceParty | None = about("Who is advised.")


KINDS = {"claim.acknowledged": ClaimAcknowledged, "submission.acknowledged": SubmissionAcknowledged, "application.advised": ApplicationAdvised}
