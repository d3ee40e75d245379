"""The base of HL7 v2 events: head of the message, whom it is about, what no row takes, and where it stands in the raw bytes."""

from typing import ClassVar

from pydantic import Field

from schemas.events.clinical_parts import Authority, ClinicalPart, Coded, EntityId, Identifier, Organization, Texts, Timestamp
from schemas.events.common import Fact, Text, about


class Message(ClinicalPart):
    """What the head of the message says (MSH)."""

    type: Text = about("Message type, e.g. ADT (MSH-9.1).")
    trigger: Text = about("Trigger, e.g. A01 (MSH-9.2).")
    structure: Text = about("Structure as the sender names it (MSH-9.3).")
    control_id: Text = about("Control id (MSH-10).")
    version: Text = about("HL7 version (MSH-12.1).")
    version_country: Text = about("Country whose version it is (MSH-12.2).")
    profile_version: Text = about("Version of the national profile (MSH-12.3).")
    sending_application: Text = about("Sending application (MSH-3).")
    sending_application_id: Text = about("Universal id of the sending application.")
    sending_application_id_type: Text = about("Kind of that universal id.")
    sending_facility: Text = about("Sending facility (MSH-4).")
    sending_facility_id: Text = about("Universal id of the sending facility.")
    sending_facility_id_type: Text = about("Kind of that universal id.")
    receiving_application: Text = about("Receiving application (MSH-5).")
    receiving_application_id: Text = about("Universal id of the receiving application.")
    receiving_application_id_type: Text = about("Kind of that universal id.")
    receiving_facility: Text = about("Receiving facility (MSH-6).")
    receiving_facility_id: Text = about("Universal id of the receiving facility.")
    receiving_facility_id_type: Text = about("Kind of that universal id.")
    time: Timestamp | None = about("When the message was made (MSH-7).")
    security: Text = about("Security, in practice often the user (MSH-8).")
    processing_id: Text = about("P production, T training, D debugging (MSH-11.1).")
    processing_mode: Text = about("A archive, R restore, I initial load, T current (MSH-11.2).")
    sequence_number: Text = about("Sequence number (MSH-13).")
    continuation: Text = about("Continuation pointer (MSH-14).")
    accept_acknowledgment: Text = about("When an accept acknowledgement is wanted: AL, NE, ER, SU (MSH-15).")
    application_acknowledgment: Text = about("When an application acknowledgement is wanted: AL, NE, ER, SU (MSH-16).")
    country: Text = about("Country code (MSH-17).")
    charset: Text = about("Character set the message was read in.")
    charsets: Texts = about("Character sets as the sender declares them (MSH-18).")
    language: Coded | None = about("Language (MSH-19).")
    charset_scheme: Text = about("How character sets are switched (MSH-20).")
    profiles: list[EntityId] | None = about("Message profiles the message keeps to (MSH-21).")
    sending_organization: Organization | None = about("Responsible organisation of the sender (MSH-22).")
    receiving_organization: Organization | None = about("Responsible organisation of the receiver (MSH-23).")
    sending_address: Authority | None = about("Network address of the sender (MSH-24).")
    receiving_address: Authority | None = about("Network address of the receiver (MSH-25).")


class Software(ClinicalPart):
    """A program that worked on the message (SFT)."""

    vendor: Organization | None = about("Who made it (SFT-1).")
    version: Text = about("Certified version or release (SFT-2).")
    product: Text = about("Name of the product (SFT-3).")
    binary_id: Text = about("Identifier of the executable (SFT-4).")
    information: Text = about("Further information (SFT-5).")
    installed: Timestamp | None = about("When it was installed (SFT-6).")


class KeyIdentifier(ClinicalPart):
    """An identifier that the site's rule chose."""

    value: Text = about("The identifier.")
    authority: Text = about("Who gave it.")
    type: Text = about("Kind of identifier.")


class Identity(ClinicalPart):
    """Whom and what the event is about, by the identifier rules of the site."""

    patient: KeyIdentifier | None = about("The patient.")
    account: KeyIdentifier | None = about("The account.")
    visit: KeyIdentifier | None = about("The visit.")


class MessageUnmapped(ClinicalPart):
    """Content of the source that no field takes."""

    ordinal: int = Field(description="Ordinal of the segment in the message, MSH = 1.")
    tag: str = Field(description="Segment tag.")
    group: str = Field(description="Group it was read in, empty for the message.")
    elements: dict[str, str] = Field(description="Texts by field (`5`), repetition (`5(2)`) and component (`5.3`).")


class MessageProvenance(ClinicalPart):
    """Where every value of the event stands in the raw bytes; offsets count bytes of the file, ordinals segments of the message with MSH = 1."""

    receipt: str = Field(description="Receipt of the bytes.")
    map: str = Field(description="SHA-256 of the compiled map that made this event.")
    msh: int = Field(description="Offset of the MSH.")
    item: int = Field(description="Offset of the segment that opens the item: the MSH, or that of a group.")
    ordinal: int = Field(description="Ordinal of that segment.")
    parts: dict[str, list[int]] | None = about("Ordinals of the repeated parts, by the name of their list.")


class MessageEvent(Fact):
    """What every event of an HL7 v2 message has."""

    nullable: ClassVar[bool] = True
    message: Message = Field(description="Head of the message.")
    software: list[Software] | None = about("Programs that worked on the message.")
    identity: Identity | None = about("Patient, account and visit by the identifier rules of the site.")
    site_identifiers: dict[str, list[Identifier]] | None = about("Identifiers in fields that only a rule of the site reads, by field, e.g. `ZVN-2`.")
    extensions: dict[str, str | None] | None = about("Fields of the site's own segments, by the names the site gives them.")
    unmapped: list[MessageUnmapped] | None = about("Content that no field takes.")
    provenance: MessageProvenance = Field(description="Where the message stands in the raw bytes.")
