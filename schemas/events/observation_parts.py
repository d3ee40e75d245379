"""What is observed, and on what: observations with their values, specimens."""

from schemas.events.clinical_parts import (
    ClinicalPart,
    Coded,
    EntityId,
    Identifier,
    Measure,
    Organization,
    PostalAddress,
    Practitioner,
    Range,
    Texts,
    Timestamp,
)
from schemas.events.common import Quantity, Text, about
from schemas.events.order_parts import EntityPair, Note, Participation


class Containment(ClinicalPart):
    """Where in a device an observation was made (OBX-4 of IHE PCD-01): the whole device, its parts, and what is measured."""

    mds: int | None = about("Medical device system.")
    vmd: int | None = about("Virtual medical device.")
    channel: int | None = about("Channel.")
    metric: int | None = about("Metric.")
    facet: int | None = about("Facet of the metric.")
    subfacet: int | None = about("Part of the facet.")


class StructuredNumber(ClinicalPart):
    """A number with what qualifies it (SN), e.g. >100, 1:128, 3-5."""

    comparator: Text = about("Comparator: >, <, >=, <=, = or <>.")
    number: Quantity | None = about("First number.")
    separator: Text = about("What stands between the numbers: -, +, /, : or what follows one.")
    second_number: Quantity | None = about("Second number.")


class Content(ClinicalPart):
    """A document or a long text: what it is and where its bytes are, in the file received or in another system (ED, RP)."""

    application: Text = about("Application that made or keeps it.")
    application_id: Text = about("Universal id of the application.")
    application_id_type: Text = about("Kind of that universal id.")
    type: Text = about("Kind of data, e.g. application, image, text.")
    subtype: Text = about("Finer kind, e.g. pdf, jpeg.")
    encoding: Text = about("How the bytes are encoded: A not, Base64, Hex.")
    pointer: Text = about("Where the other system keeps it.")
    offset: int | None = about("Offset of the first byte in the file.")
    length: int | None = about("Number of bytes, as they stand in the file.")
    sha256: Text = about("SHA-256 of these bytes.")


class Observation(ClinicalPart):
    """One observation (OBX). The value is in the fields of its type; whatever the type, `value` holds it as text where it has one."""

    set_id: Text = about("Number of the segment.")
    value_type: Text = about("Type of the value: NM, ST, CWE, ED and others.")
    code: Coded | None = about("What was observed.")
    sub_id: Text = about("What tells observations of one code apart, or groups them.")
    sub_id_group: Text = about("Group of the sub-id, in versions from 2.8.2.")
    sub_id_sequence: Text = about("Sequence in the group.")
    sub_id_identifier: Text = about("Identifier in the group.")
    containment: Containment | None = about("Place in the device, of a device observation.")
    value: Text = about("The value as text; repetitions are lines.")
    number: Quantity | None = about("The value as a number.")
    numbers: list[Quantity] | None = about("The values as numbers, where there are several.")
    structured: StructuredNumber | None = about("The value of type SN.")
    time: Timestamp | None = about("The value as a date or time.")
    period: Range | None = about("The value as a stretch of time.")
    codes: list[Coded] | None = about("The value as codes.")
    components: list[list[str]] | None = about("Components of the value, of each repetition, for types that have no field here.")
    contents: list[Content] | None = about("Documents and long texts by reference.")
    units: Coded | None = about("Units.")
    reference_range: Text = about("Reference range.")
    interpretations: list[Coded] | None = about("Interpretation or abnormal flags, e.g. H, L, A.")
    probability: Quantity | None = about("Probability.")
    abnormality_natures: Texts = about("What the range depends on: A age, S sex, R race, N none.")
    status: Text = about("Status: F final, P preliminary, C corrected, D deleted, X no result and others.")
    reference_range_time: Timestamp | None = about("Since when the reference range holds.")
    access_checks: Text = about("Access rules of the sender.")
    observation_time: Timestamp | None = about("Time of the observation.")
    producer: Coded | None = about("Who produced the observation.")
    observers: list[Practitioner] | None = about("Who answers for it.")
    methods: list[Coded] | None = about("How it was observed.")
    equipment: list[EntityId] | None = about("Device that observed.")
    analysis_time: Timestamp | None = about("When it was analysed.")
    sites: list[Coded] | None = about("Body site.")
    instance_id: EntityId | None = about("Number of this observation.")
    mood: Coded | None = about("Mood: event, request and others.")
    performing_organizations: list[Organization] | None = about("Organization that performed.")
    performing_addresses: list[PostalAddress] | None = about("Addresses of the organization.")
    medical_directors: list[Practitioner] | None = about("Medical directors.")
    release_categories: Texts = about("Whether the patient may see it.")
    root_cause: Coded | None = about("Why a result was corrected.")
    process_controls: list[Coded] | None = about("Local process control.")
    types: Texts = about("Kind of observation: RSLT, QST, AOE and others.")
    subtypes: Texts = about("Finer kind of observation.")
    action: Text = about("What is done with this observation in the message: A added, D deleted, U updated.")
    absent_reasons: list[Coded] | None = about("Why there is no value.")
    specimen_ids: list[EntityPair] | None = about("Specimens it was made on.")
    notes: list[Note] | None = about("Comments.")
    participations: list[Participation] | None = about("Who or what took part.")


class Specimen(ClinicalPart):
    """A specimen (SPM)."""

    set_id: Text = about("Number of the segment.")
    id: EntityPair | None = about("Numbers of the specimen.")
    parent_ids: list[EntityPair] | None = about("Specimens it was taken from.")
    type: Coded | None = about("Kind of specimen.")
    type_modifiers: list[Coded] | None = about("Modifiers of the kind.")
    additives: list[Coded] | None = about("Additives.")
    collection_method: Coded | None = about("How it was collected.")
    source_site: Coded | None = about("Source site.")
    source_site_modifiers: list[Coded] | None = about("Modifiers of the source site.")
    collection_site: Coded | None = about("Collection site.")
    roles: list[Coded] | None = about("Role: patient, quality control and others.")
    collection_amount: Measure | None = about("How much was collected.")
    grouped_count: Quantity | None = about("Number of specimens in the group.")
    descriptions: Texts = about("Description.")
    handling_codes: list[Coded] | None = about("How to handle it.")
    risk_codes: list[Coded] | None = about("Risks.")
    collection_time: Timestamp | None = about("When collection began.")
    collection_end_time: Timestamp | None = about("When collection ended.")
    received_time: Timestamp | None = about("When it was received.")
    expiration_time: Timestamp | None = about("When it expires.")
    available: Text = about("Whether it is available: Y or N.")
    reject_reasons: list[Coded] | None = about("Why it was rejected.")
    quality: Coded | None = about("Quality.")
    appropriateness: Coded | None = about("Fitness for the purpose.")
    conditions: list[Coded] | None = about("Condition on receipt.")
    current_quantity: Measure | None = about("How much is left.")
    container_count: Quantity | None = about("Number of containers.")
    container_type: Coded | None = about("Kind of container.")
    container_condition: Coded | None = about("Condition of the container.")
    child_role: Coded | None = about("Relation to the parent.")
    accession_ids: list[Identifier] | None = about("Accession numbers.")
    other_ids: list[Identifier] | None = about("Other numbers.")
    shipment_ids: list[EntityId] | None = about("Numbers of the shipment.")
