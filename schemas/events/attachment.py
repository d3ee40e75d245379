"""`attachment.submitted`: additional information for a claim or review (275). The documents stay in the stored file; the event says where."""

from pydantic import Field

from schemas.events.common import Amount, Date, Event, Moment, Part, Period, Reference, Text, Time, about
from schemas.events.eligibility import TraceNumber
from schemas.events.parties import Address, Contact, Name
from schemas.events.status_codes import StatusCode


class AttachmentReference(Reference):
    """A number with what may stand beside it."""

    description: Text = about("What it is, or the state of a licence number.")


class PartyAddress(Address):
    """Where a party is (NX1 and what follows)."""

    role: Text = about("Whose address it is.")


class AttachmentParty(Name):
    """Payer, submitter or provider."""

    role: Text = about("Entity code: PR payer, 41 submitter, 1P provider, 85 billing provider and others.")
    references: list[AttachmentReference] | None = about("Further identifiers.")
    contacts: list[Contact] | None = about("Contacts.")
    address: PartyAddress | None = about("Address.")
    provider_role: Text = about("What the provider is.")
    taxonomy: Text = about("Provider taxonomy code.")


class AttachmentPatient(Name):
    """The patient."""

    role: Text = about("QC patient, IL member.")
    birth_date: Moment | None = about("Date of birth.")
    sex: Text = about("F, M or U.")


class RequestStatus(Part):
    """What was asked for (STC, repeated from the request)."""

    codes: list[StatusCode] | None = about("Categories of request with the codes of what was asked for; code list LOI is LOINC.")
    date: Date | None = about("Day of the status.")
    action: Text = about("Action code.")
    total_charge: Amount | None = about("Charge of the claim.")
    text: Text = about("What was asked for, in words.")


class LineService(Part):
    """The service that is meant."""

    service_period: Period | None = about("Dates of service.")


class Extent(Part):
    """Where the bytes of a document stand in the file that was received."""

    offset: int = Field(description="Offset of the first byte.")
    length: int = Field(description="Number of bytes.")


class Content(Part):
    """A document (BIN or BDS)."""

    filter: Text = about("How the bytes are encoded (BDS01), e.g. B64; absent for bytes as they are.")
    declared_length: int | None = about("Length as the sender gives it.")
    data: Extent | None = about("Where the bytes are.")


class Document(Part):
    """A document with its electronic format (EFI)."""

    security_level: Text = about("Security level.")
    description: Text = about("Description.")
    program: Text = about("Program that made it.")
    interchange_format: Text = about("Format of the document.")
    compression: Text = about("How it is compressed.")
    file_name: Text = about("Name of the file.")
    contents: list[Content] | None = about("The data.")


class Submission(Part):
    """Documents of one category (CAT)."""

    submitted_date: Moment | None = about("Day of submission.")
    category: Text = about("Category of the information, e.g. AE attachment.")
    format: Text = about("HL for HL7 documents, TX text, IA image and others.")
    version: Text = about("Version of the format.")
    documents: list[Document] | None = about("Documents.")


class Attachment(Part):
    """What is sent for one request, or for one attachment control number (LX)."""

    number: int | None = about("Number in the set (LX01).")
    traces: list[TraceNumber] | None = about(
        "Type 1: the provider's attachment control number, as in PWK06 of the claim. Type 2: the number of the request."
    )
    statuses: list[RequestStatus] | None = about("What was asked for.")
    references: list[AttachmentReference] | None = about("Numbers of the service line it is for.")
    service: LineService | None = about("The service it is for.")
    submissions: list[Submission] | None = about("What is sent.")
    contents: list[Content] | None = about("Data without a category or format.")


class AttachmentSubmitted(Event):
    """Additional information for one claim or review."""

    control_number: Text = about("Set control number (ST02).")
    guide: Text = about("Guide version (ST03).")
    purpose: Text = about("02 sent unasked, 11 answer to a request.")
    reference: Text = about("The sender's number of the transaction.")
    created_date: Date | None = about("Day the set was made.")
    created_time: Time | None = about("Time of day the set was made.")
    original_reference: Text = about("Number of an earlier transaction.")
    action: Text = about("Action asked for.")
    patient_control_number: Text = about("The provider's number of the claim.")
    payer_claim_number: Text = about("The payer's number of the claim.")
    medical_record_number: Text = about("Medical record number.")
    clearinghouse_trace: Text = about("The clearinghouse's number of the claim.")
    bill_type: Text = about("Type of bill of an institutional claim.")
    prior_authorization: Text = about("Authorisation number.")
    references: list[Reference] | None = about("All other numbers of the claim or patient.")
    service_period: Period | None = about("Dates of service of the claim.")
    payer: AttachmentParty | None = about("Who receives the information.")
    submitter: AttachmentParty | None = about("Who sends it.")
    providers: list[AttachmentParty] | None = about("Providers.")
    patient: AttachmentPatient | None = about("The patient.")
    attachments: list[Attachment] | None = about("What is sent.")


KINDS = {"attachment.submitted": AttachmentSubmitted}
