"""What orders, results and answers are made of: control, numbers, request, timing, comments."""

from schemas.events.clinical_parts import (
    ClinicalPart,
    Coded,
    EntityId,
    Identifier,
    Measure,
    Organization,
    Place,
    PostalAddress,
    Practitioner,
    Range,
    Telecom,
    Texts,
    Timestamp,
)
from schemas.events.common import Amount, Quantity, Text, about


class EntityPair(ClinicalPart):
    """A number of the placer's and one of the filler's for the same thing."""

    placer: EntityId | None = about("Number the placer gave.")
    filler: EntityId | None = about("Number the filler gave.")


class OrderSequence(ClinicalPart):
    """How an order hangs on another (OSD)."""

    results_flag: Text = about("S sequential, C cyclical, R reserved.")
    placer_id: Text = about("Number the placer gave the other order.")
    placer_authority: Text = about("Who gave it.")
    filler_id: Text = about("Number the filler gave the other order.")
    filler_authority: Text = about("Who gave it.")
    condition: Text = about("Start or end of either order, and which.")
    maximum_repeats: Text = about("How often a cycle repeats at most.")
    placer_authority_id: Text = about("Universal id of who gave the placer's number.")
    placer_authority_id_type: Text = about("Kind of that universal id.")
    filler_authority_id: Text = about("Universal id of who gave the filler's number.")
    filler_authority_id_type: Text = about("Kind of that universal id.")


class QuantityTiming(ClinicalPart):
    """How much and when, as versions before 2.5 say it (datatype TQ)."""

    quantity: Quantity | None = about("Quantity at each occurrence.")
    quantity_units: Text = about("Units of the quantity.")
    pattern: Text = about("Repeat pattern, e.g. BID.")
    times: Text = about("Explicit times of day.")
    duration: Text = about("How long, e.g. D7 seven days.")
    start_time: Timestamp | None = about("From when.")
    end_time: Timestamp | None = about("Until when.")
    priority: Text = about("Priority: S stat, A as soon as possible, R routine and others.")
    condition: Text = about("Condition under which.")
    instructions: Text = about("Instructions in words.")
    conjunction: Text = about("How the next timing follows.")
    sequence: OrderSequence | None = about("How the order hangs on another.")
    occurrence_duration: Text = about("How long each occurrence lasts.")
    total_occurrences: Quantity | None = about("How often in all.")


class RepeatPattern(ClinicalPart):
    """How a service repeats."""

    code: Text = about("Repeat pattern, e.g. BID.")
    text: Text = about("Pattern in words.")
    system: Text = about("Code system of the pattern.")
    calendar_alignment: Text = about("Unit of the calendar it is aligned to.")
    phase_begin: Quantity | None = about("Begin of the phase range.")
    phase_end: Quantity | None = about("End of the phase range.")
    period: Quantity | None = about("Length of the period.")
    period_units: Text = about("Units of the period.")
    institution_times: Text = about("Y when the institution fixes the times.")
    event: Text = about("Event of daily life it is tied to, e.g. meals.")
    event_offset: Quantity | None = about("Time before or after that event.")
    event_offset_units: Text = about("Units of the offset.")
    general: Text = about("General timing specification.")


class Timing(ClinicalPart):
    """How much and when (TQ1)."""

    set_id: Text = about("Number of the segment.")
    quantity: Measure | None = about("Quantity at each occurrence.")
    patterns: list[RepeatPattern] | None = about("Repeat patterns.")
    times: Texts = about("Explicit times of day.")
    relative_times: list[Measure] | None = about("Intervals.")
    duration: Measure | None = about("How long the service lasts.")
    start_time: Timestamp | None = about("From when.")
    end_time: Timestamp | None = about("Until when.")
    priorities: list[Coded] | None = about("Priority.")
    condition: Text = about("Condition under which.")
    instructions: Text = about("Instructions in words.")
    conjunction: Text = about("How the next timing follows.")
    occurrence_duration: Measure | None = about("How long each occurrence lasts.")
    total_occurrences: Quantity | None = about("How often in all.")


class Note(ClinicalPart):
    """A comment (NTE)."""

    set_id: Text = about("Number of the segment.")
    source: Text = about("Who comments: L filler, P placer, O other.")
    texts: Texts = about("The comment, one entry for each repetition.")
    type: Coded | None = about("Kind of comment.")
    entered_by: Practitioner | None = about("Who entered it.")
    entered_time: Timestamp | None = about("When it was entered.")
    start_time: Timestamp | None = about("From when it holds.")
    end_time: Timestamp | None = about("Until when it holds.")
    code: Coded | None = about("The comment as a code.")


class CommonOrder(ClinicalPart):
    """What every order and its answers say (ORC)."""

    control: Text = about("Order control: NW new, CA cancel, DC discontinue, XO change, SC status, OK accepted, UA unable and others.")
    placer_number: EntityId | None = about("Number the placer gave the order.")
    filler_number: EntityId | None = about("Number the filler gave the order.")
    placer_group_number: EntityId | None = about("Number of the group of orders.")
    status: Text = about("Order status.")
    response_flag: Text = about("How much the placer wants to hear back.")
    quantity_timings: list[QuantityTiming] | None = about("How much and when, as versions before 2.5 say it.")
    parent: EntityPair | None = about("Order that this one comes from.")
    transaction_time: Timestamp | None = about("When the request was made.")
    entered_by: list[Practitioner] | None = about("Who entered the order.")
    verified_by: list[Practitioner] | None = about("Who verified it.")
    ordering_providers: list[Practitioner] | None = about("Who ordered.")
    entering_location: Place | None = about("Where it was entered.")
    callback_telecoms: list[Telecom] | None = about("Whom to call back.")
    effective_time: Timestamp | None = about("When the change takes effect.")
    control_reason: Coded | None = about("Why the order control is so.")
    entering_organization: Coded | None = about("Organization of who entered it.")
    entering_device: Coded | None = about("Device it was entered on.")
    action_by: list[Practitioner] | None = about("Who started the action.")
    beneficiary_notice: Coded | None = about("State of the notice to the patient that the service may not be covered.")
    ordering_facilities: list[Organization] | None = about("Facility that ordered.")
    ordering_facility_addresses: list[PostalAddress] | None = about("Addresses of the facility.")
    ordering_facility_telecoms: list[Telecom] | None = about("Numbers of the facility.")
    ordering_provider_addresses: list[PostalAddress] | None = about("Addresses of who ordered.")
    status_modifier: Coded | None = about("Modifier of the order status.")
    beneficiary_notice_override: Coded | None = about("Why there was no notice.")
    expected_available_time: Timestamp | None = about("When the filler expects to be ready.")
    confidentiality: Coded | None = about("Confidentiality.")
    type: Coded | None = about("Inpatient or outpatient.")
    enterer_authorization: Coded | None = about("How the enterer was authorized.")
    parent_service: Coded | None = about("Service of the parent order.")
    beneficiary_notice_date: Timestamp | None = about("Day of the notice.")
    alternate_placer_numbers: list[Identifier] | None = about("Other numbers of the placer.")
    workflow_profiles: list[Coded] | None = about("Workflow the order follows.")
    action: Text = about("What is done with this order in the message: A added, D deleted, U updated.")
    status_period: Range | None = about("When the status holds.")
    created_time: Timestamp | None = about("When the order was made.")
    filler_group_number: EntityId | None = about("Number the filler gave the group of orders.")


class Billing(ClinicalPart):
    """When and what to charge for the order (BLG)."""

    when: Text = about("When to charge.")
    time: Timestamp | None = about("Time to charge at.")
    charge_type: Text = about("Whom to charge.")
    account: Identifier | None = about("Account to charge.")
    reason: Coded | None = about("Why the charge type is so.")


class Trial(ClinicalPart):
    """Clinical study the order belongs to (CTI)."""

    study: EntityId | None = about("Study.")
    phase: Coded | None = about("Phase of the study.")
    time_point: Coded | None = about("Time point of the study.")


class ResultPerson(ClinicalPart):
    """Somebody who took part in a result, when and where."""

    id: Text = about("Identifier.")
    family: Text = about("Family name.")
    given: Text = about("Given name.")
    middle: Text = about("Further given names.")
    suffix: Text = about("Suffix.")
    prefix: Text = about("Prefix.")
    degree: Text = about("Degree.")
    source_table: Text = about("Table the identifier comes from.")
    authority: Text = about("Who gave the identifier.")
    authority_id: Text = about("Who gave the identifier, as a universal id.")
    authority_type: Text = about("Kind of universal id.")
    start_time: Timestamp | None = about("From when.")
    end_time: Timestamp | None = about("Until when.")
    point_of_care: Text = about("Point of care.")
    room: Text = about("Room.")
    bed: Text = about("Bed.")
    facility: Text = about("Facility.")
    location_status: Text = about("State of the place.")
    location_type: Text = about("Kind of place.")
    building: Text = about("Building.")
    floor: Text = about("Floor.")


class SpecimenSource(ClinicalPart):
    """Specimen as versions before 2.7 name it in the request (OBR-15)."""

    code: Text = about("What the specimen is.")
    text: Text = about("What it is, in words.")
    system: Text = about("Code system of the specimen.")
    additive: Text = about("Additive.")
    additive_text: Text = about("Additive in words.")
    collection_method: Text = about("How it was collected.")
    body_site: Text = about("Body site.")
    body_site_text: Text = about("Body site in words.")
    body_site_system: Text = about("Code system of the body site.")
    site_modifier: Text = about("Modifier of the site.")
    method_modifier: Text = about("Modifier of the method.")
    role: Text = about("Role of the specimen.")


class ParentResult(ClinicalPart):
    """Observation of an earlier result that caused this one."""

    code: Text = about("Code of the observation.")
    text: Text = about("Its name.")
    system: Text = about("Its code system.")
    sub_id: Text = about("Its sub-id.")
    value: Text = about("Its value, or part of it.")


class Request(ClinicalPart):
    """The service asked for and what the report as a whole says (OBR)."""

    set_id: Text = about("Number of the segment.")
    placer_number: EntityId | None = about("Number the placer gave the order.")
    filler_number: EntityId | None = about("Number the filler gave the order.")
    service: Coded | None = about("Service asked for or reported.")
    priority: Text = about("Priority.")
    requested_time: Timestamp | None = about("When it was asked for.")
    observation_time: Timestamp | None = about("Time of the observation, or of the collection of its specimen.")
    observation_end_time: Timestamp | None = about("End of the observation.")
    collection_volume: Measure | None = about("Volume of the specimen.")
    collectors: list[Practitioner] | None = about("Who collected the specimen.")
    specimen_action: Text = about("What to do with the specimen.")
    danger: Coded | None = about("Danger of the specimen.")
    clinical_information: Texts = about("Relevant clinical information in words.")
    clinical_codes: list[Coded] | None = about("The same as codes, where the sender codes it.")
    specimen_received_time: Timestamp | None = about("When the specimen arrived.")
    specimen_source: SpecimenSource | None = about("The specimen, as versions before 2.7 name it.")
    ordering_providers: list[Practitioner] | None = about("Who ordered.")
    callback_telecoms: list[Telecom] | None = about("Whom to call back.")
    placer_field_1: Text = about("First field of the placer's own.")
    placer_field_2: Text = about("Second field of the placer's own.")
    filler_field_1: Text = about("First field of the filler's own.")
    filler_field_2: Text = about("Second field of the filler's own.")
    status_time: Timestamp | None = about("When the report or its status was given.")
    charge: Amount | None = about("Charge for the service.")
    charge_currency: Text = about("Currency of the charge.")
    charge_code: Text = about("Charge code.")
    section: Text = about("Diagnostic section, e.g. LAB, RAD.")
    status: Text = about("Status of the result: F final, P preliminary, C corrected, X cancelled and others.")
    parent_result: ParentResult | None = about("Observation that caused this one.")
    quantity_timings: list[QuantityTiming] | None = about("How much and when, as versions before 2.5 say it.")
    copies_to: list[Practitioner] | None = about("Who else gets the result.")
    parent: EntityPair | None = about("Order that this one comes from.")
    transport_mode: Text = about("How the patient comes.")
    reasons: list[Coded] | None = about("Reason for the study.")
    principal_interpreter: ResultPerson | None = about("Who answers for the interpretation.")
    assistant_interpreters: list[ResultPerson] | None = about("Who assisted.")
    technicians: list[ResultPerson] | None = about("Technicians.")
    transcriptionists: list[ResultPerson] | None = about("Transcriptionists.")
    scheduled_time: Timestamp | None = about("When it is scheduled.")
    container_count: Quantity | None = about("Number of sample containers.")
    transport_logistics: list[Coded] | None = about("How the sample is carried.")
    collector_comments: list[Coded] | None = about("Comments of the collector.")
    transport_responsibility: Coded | None = about("Who arranges transport.")
    transport_arranged: Text = about("Whether transport is arranged: A, N or U.")
    escort_required: Text = about("Whether an escort is needed: R, N or U.")
    transport_comments: list[Coded] | None = about("Comments on transport.")
    procedure: Coded | None = about("Procedure, e.g. a CPT code.")
    procedure_modifiers: list[Coded] | None = about("Modifiers of the procedure.")
    placer_supplements: list[Coded] | None = about("More on the service, from the placer.")
    filler_supplements: list[Coded] | None = about("More on the service, from the filler.")
    duplicate_reason: Coded | None = about("Why a duplicate procedure is needed.")
    result_handling: Coded | None = about("How to hand over the result.")
    parent_service: Coded | None = about("Service of the parent order.")
    observation_group_id: EntityId | None = about("Group of observations.")
    parent_observation_group_id: EntityId | None = about("Group of observations above it.")
    alternate_placer_numbers: list[Identifier] | None = about("Other numbers of the placer.")
    parent_order: EntityPair | None = about("Order that this one comes from, in versions from 2.8.")


class Participation(ClinicalPart):
    """Somebody or something that takes part: a person, an organization, a place or a device (PRT)."""

    ids: list[EntityId] | None = about("Numbers of the participation.")
    action: Text = about("A added, D deleted, U updated, X unchanged.")
    action_reason: Coded | None = about("Why.")
    participation: Coded | None = about("What part it is.")
    people: list[Practitioner] | None = about("Persons.")
    provider_type: Coded | None = about("Kind of provider.")
    organization_unit_type: Coded | None = about("Kind of organizational unit.")
    organizations: list[Organization] | None = about("Organizations.")
    locations: list[Place] | None = about("Places.")
    devices: list[EntityId] | None = about("Devices.")
    start_time: Timestamp | None = about("From when.")
    end_time: Timestamp | None = about("Until when.")
    duration: Coded | None = about("How long, in words.")
    addresses: list[PostalAddress] | None = about("Addresses.")
    telecoms: list[Telecom] | None = about("Numbers.")
    device_id: EntityId | None = about("Identifier of the device.")
    device_manufactured: Timestamp | None = about("When the device was made.")
    device_expires: Timestamp | None = about("When the device expires.")
    device_lot: Text = about("Lot number of the device.")
    device_serial_number: Text = about("Serial number of the device.")
    donation: EntityId | None = about("Number of the donation.")
    device_type: Coded | None = about("Kind of device.")
