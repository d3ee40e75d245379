"""`appointment.*`: what is booked, for when, with whom, where, and why (SIU)."""

from schemas.events.clinical_event import ClinicalEvent
from schemas.events.clinical_parts import ClinicalPart, Coded, EntityId, Place, PostalAddress, Practitioner, Telecom, Timestamp
from schemas.events.common import Quantity, Text, about
from schemas.events.message_event import MessageEvent
from schemas.events.observation_parts import Observation
from schemas.events.order_parts import Note, QuantityTiming, Timing
from schemas.events.patient import Admission, Told
from schemas.events.person_parts import TriggerEvent


class Appointment(ClinicalPart):
    """An appointment (SCH)."""

    placer_number: EntityId | None = about("Number the placer gave the appointment.")
    filler_number: EntityId | None = about("Number the filler gave the appointment.")
    occurrence: Quantity | None = about("Number of the occurrence.")
    placer_group_number: EntityId | None = about("Number of the group of appointments.")
    schedule: Coded | None = about("Schedule it is in.")
    event_reason: Coded | None = about("Why this message was sent.")
    reason: Coded | None = about("Reason for the appointment.")
    type: Coded | None = about("Kind of appointment.")
    duration: Quantity | None = about("How long it lasts.")
    duration_units: Coded | None = about("Units of the duration.")
    quantity_timings: list[QuantityTiming] | None = about("When, as versions before 2.5 say it.")
    placer_contacts: list[Practitioner] | None = about("Contact of the placer.")
    placer_telecoms: list[Telecom] | None = about("Numbers of that contact.")
    placer_addresses: list[PostalAddress] | None = about("Addresses of that contact.")
    placer_location: Place | None = about("Place of that contact.")
    filler_contacts: list[Practitioner] | None = about("Contact of the filler.")
    filler_telecoms: list[Telecom] | None = about("Numbers of that contact.")
    filler_addresses: list[PostalAddress] | None = about("Addresses of that contact.")
    filler_location: Place | None = about("Place of that contact.")
    entered_by: list[Practitioner] | None = about("Who entered the appointment.")
    entered_by_telecoms: list[Telecom] | None = about("Numbers of who entered it.")
    entered_by_location: Place | None = about("Place of who entered it.")
    parent_placer_number: EntityId | None = about("Placer's number of the parent appointment.")
    parent_filler_number: EntityId | None = about("Filler's number of the parent appointment.")
    status: Coded | None = about("Status: booked, pending, complete, noshow and others.")
    placer_order_numbers: list[EntityId] | None = about("Placer's numbers of the orders behind it.")
    filler_order_numbers: list[EntityId] | None = about("Filler's numbers of the orders behind it.")
    alternate_placer_order_numbers: list[EntityId] | None = about("Other numbers of the orders behind it.")


class _Booked(ClinicalPart):
    """What is told of anything that is booked for an appointment."""

    set_id: Text = about("Number of the segment.")
    action: Text = about("A added, D deleted, U updated, X unchanged.")
    start_time: Timestamp | None = about("When it starts.")
    start_offset: Quantity | None = about("Start after that of the appointment.")
    start_offset_units: Coded | None = about("Units of the offset.")
    duration: Quantity | None = about("How long it lasts.")
    duration_units: Coded | None = about("Units of the duration.")
    substitution: Coded | None = about("Whether it may be replaced.")
    status: Coded | None = about("Status.")
    notes: list[Note] | None = about("Comments.")


class AppointmentService(_Booked):
    """A service that is booked (AIS)."""

    service: Coded | None = about("Service.")
    placer_supplements: list[Coded] | None = about("More on the service, from the placer.")
    filler_supplements: list[Coded] | None = about("More on the service, from the filler.")


class AppointmentResource(_Booked):
    """A resource that is booked (AIG)."""

    resource: Coded | None = about("Resource.")
    type: Coded | None = about("Kind of resource.")
    groups: list[Coded] | None = about("Groups it belongs to.")
    quantity: Quantity | None = about("How many.")
    quantity_units: Coded | None = about("Units of the quantity.")


class AppointmentLocation(_Booked):
    """A place that is booked (AIL)."""

    locations: list[Place] | None = about("Place.")
    type: Coded | None = about("Kind of place.")
    group: Coded | None = about("Group it belongs to.")


class AppointmentPerson(_Booked):
    """A person who is booked (AIP)."""

    practitioners: list[Practitioner] | None = about("Person.")
    type: Coded | None = about("Role of the person.")
    groups: list[Coded] | None = about("Groups the person belongs to.")


class ResourceGroup(ClinicalPart):
    """What is booked together (RGS)."""

    set_id: Text = about("Number of the segment.")
    action: Text = about("A added, D deleted, U updated, X unchanged.")
    group: Coded | None = about("Name of the group.")
    services: list[AppointmentService] | None = about("Services.")
    resources: list[AppointmentResource] | None = about("Resources.")
    locations: list[AppointmentLocation] | None = about("Places.")
    persons: list[AppointmentPerson] | None = about("Persons.")


class _Scheduled(ClinicalPart):
    """An appointment, and what is booked for it."""

    action: Text = about("What exactly was done, in one word, from the trigger.")
    appointment: Appointment | None = about("The appointment (SCH).")
    timings: list[Timing] | None = about("When.")
    resource_groups: list[ResourceGroup] | None = about("What is booked.")


class AppointmentEvent(_Scheduled, ClinicalEvent):
    """An appointment of a patient."""

    observations: list[Observation] | None = about("Observations that go with it.")


class AppointmentBooked(AppointmentEvent):
    """An appointment was made."""


class AppointmentRescheduled(AppointmentEvent):
    """An appointment was moved to another time."""


class AppointmentUpdated(AppointmentEvent):
    """An appointment or what is booked for it was changed."""


class AppointmentCancelled(AppointmentEvent):
    """An appointment was cancelled, discontinued or deleted: `action` says which."""


class AppointmentNoshow(AppointmentEvent):
    """The patient did not come."""


class SlotEvent(_Scheduled, Told, MessageEvent):
    """Time in a schedule, with the patients it names, if any."""

    event: TriggerEvent | None = about("What happened in the sending system, when, and who entered it.")
    patients: list[Admission] | None = about("Patients.")


class AppointmentBlocked(SlotEvent):
    """Time in a schedule is no longer free."""


class AppointmentUnblocked(SlotEvent):
    """Time in a schedule is free again."""


KINDS = {
    "appointment.booked": AppointmentBooked,
    "appointment.rescheduled": AppointmentRescheduled,
    "appointment.updated": AppointmentUpdated,
    "appointment.cancelled": AppointmentCancelled,
    "appointment.noshow": AppointmentNoshow,
    "appointment.blocked": AppointmentBlocked,
    "appointment.unblocked": AppointmentUnblocked,
}
