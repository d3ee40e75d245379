"""The base of clinical events: the patient, the visit and the insurance around a fact."""

from schemas.events.common import about
from schemas.events.message_event import MessageEvent
from schemas.events.patient import Record
from schemas.events.person_parts import TriggerEvent


class ClinicalEvent(Record, MessageEvent):
    """A clinical fact about one patient."""

    event: TriggerEvent | None = about("What happened in the sending system, when, and who entered it.")
