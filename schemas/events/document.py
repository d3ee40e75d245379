"""`document.reported`: a clinical document or a change of one; its content stays in the file, the event says where (MDM)."""

from schemas.events.clinical_event import ClinicalEvent
from schemas.events.clinical_parts import ClinicalPart, Coded, EntityId, Practitioner, Texts, Timestamp
from schemas.events.common import Text, about
from schemas.events.observation_parts import Observation
from schemas.events.order_parts import CommonOrder, Note, Participation, Request, Timing
from schemas.events.timing_parts import TimingRelation


class Authentication(Practitioner):
    """Who signed and when (PPN)."""

    time: Timestamp | None = about("When the document was signed.")


class DocumentHeader(ClinicalPart):
    """What the sender says of a document (TXA)."""

    set_id: Text = about("Number of the segment.")
    type: Coded | None = about("Kind of document.")
    presentation: Text = about("How the content is presented, e.g. TX, AU.")
    activity_time: Timestamp | None = about("When the activity took place.")
    activity_providers: list[Practitioner] | None = about("Who carried it out.")
    origination_time: Timestamp | None = about("When the document was made.")
    transcription_time: Timestamp | None = about("When it was transcribed.")
    edit_times: list[Timestamp | None] | None = about("When it was edited.")
    originators: list[Practitioner] | None = about("Who made it.")
    authenticators: list[Practitioner] | None = about("Who is to sign it.")
    transcriptionists: list[Practitioner] | None = about("Who transcribed it.")
    number: EntityId | None = about("Unique number of the document.")
    parent_number: EntityId | None = about("Number of the document it belongs to or replaces.")
    placer_numbers: list[EntityId] | None = about("Placer's numbers of the orders behind it.")
    filler_number: EntityId | None = about("Filler's number of the order behind it.")
    file_name: Text = about("File name.")
    completion_status: Text = about(
        "AU authenticated, DI dictated, DO documented, IN incomplete, IP in progress, LA legally signed, PA pre-authenticated."
    )
    confidentiality_status: Text = about("Confidentiality.")
    availability_status: Text = about("AV available, CA deleted, OB obsolete, UN unavailable.")
    storage_status: Text = about("AC active, AA active and archived, AR archived, PU purged.")
    change_reason: Text = about("Why it was changed.")
    authentications: list[Authentication] | None = about("Who signed it and when.")
    copies_to: list[Practitioner] | None = about("Who gets copies.")
    folders: list[Coded] | None = about("Folders it is in.")
    titles: Texts = about("Title.")
    due_time: Timestamp | None = about("Until when it is due.")


class DocumentOrder(ClinicalPart):
    """An order behind a document."""

    order: CommonOrder | None = about("Control, numbers and people of the order (ORC).")
    request: Request | None = about("The service (OBR).")
    timings: list[Timing] | None = about("How much and when.")
    timing_relations: list[TimingRelation] | None = about("How it follows other orders.")
    notes: list[Note] | None = about("Comments.")


class DocumentReported(ClinicalEvent):
    """A document was made, changed, replaced or cancelled."""

    action: Text = about("What was done: create, change_status, add, edit, replace, cancel.")
    document: DocumentHeader | None = about("What the sender says of the document (TXA).")
    observations: list[Observation] | None = about("The content, as the values of observations.")
    document_participations: list[Participation] | None = about("Who or what takes part in the document.")
    document_orders: list[DocumentOrder] | None = about("Orders behind the document.")
    notes: list[Note] | None = about("Comments on the document.")


KINDS = {"document.reported": DocumentReported}
