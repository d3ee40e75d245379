"""`encounter.*`: the life of a visit (ADT)."""

from schemas.events.common import Text, about
from schemas.events.patient import Admission, RecordEvent


class EncounterPlanned(RecordEvent):
    """A visit is to come."""


class EncounterStarted(RecordEvent):
    """A visit began."""


class EncounterTransferred(RecordEvent):
    """The patient of a visit was moved to another place."""


class EncounterUpdated(RecordEvent):
    """Something about a visit changed: class, leave, doctor, a planned transfer or discharge, tracking, the state of a bed."""

    patients: list[Admission] | None = about("Patients that a message about a bed names.")


class EncounterEnded(RecordEvent):
    """A visit ended."""


class EncounterCancelled(RecordEvent):
    """An earlier event of the visit was taken back; the visit is as it was before that event."""

    undoes: Text = about("Kind of the event that is taken back, e.g. encounter.started.")
    undoes_action: Text = about("Action of that event; absent where the trigger stands for more than one.")


class EncounterMerged(RecordEvent):
    """Two records of one visit became one: the visit number of `prior` is no longer used."""

    level: Text = about("What the identifiers name: visit.")


KINDS = {
    "encounter.planned": EncounterPlanned,
    "encounter.started": EncounterStarted,
    "encounter.transferred": EncounterTransferred,
    "encounter.updated": EncounterUpdated,
    "encounter.ended": EncounterEnded,
    "encounter.cancelled": EncounterCancelled,
    "encounter.merged": EncounterMerged,
}
