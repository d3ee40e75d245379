"""`patient.*`: who a patient is, and which identifiers, accounts and visits belong to whom (ADT)."""

from schemas.events.allergy_parts import Allergy
from schemas.events.billing_parts import DrgAssignment, OutpatientVisit, Ub82, Ub92
from schemas.events.clinical_parts import ClinicalPart
from schemas.events.common import Text, about
from schemas.events.insurance_parts import Guarantor, Insurance
from schemas.events.message_event import MessageEvent
from schemas.events.observation_parts import Observation
from schemas.events.order_parts import Note, Participation
from schemas.events.person_parts import AccessRestriction, Death, Demographics, Disability, Patient, Prior, RelatedPerson, Role, TriggerEvent
from schemas.events.visit_parts import Accident, Bed, ClinicalProcedure, Diagnosis, Referral, Visit


class Told(ClinicalPart):
    """What is told about a patient and a visit."""

    patient: Patient | None = about("The patient.")
    demographics: Demographics | None = about("Further facts about the patient.")
    related_persons: list[RelatedPerson] | None = about("Next of kin and other related persons.")
    prior: Prior | None = about("The identifiers of the side that is merged away, moved from or renamed.")
    disabilities: list[Disability] | None = about("Disabilities.")
    death: Death | None = about("Death and autopsy.")
    access_restrictions: list[AccessRestriction] | None = about("Who may not see the data, or only under conditions.")
    roles: list[Role] | None = about("Who has a part in the care of the patient or the visit.")
    visit: Visit | None = about("The visit.")
    allergies: list[Allergy] | None = about("Allergies and adverse reactions.")
    diagnoses: list[Diagnosis] | None = about("Diagnoses.")
    drg: DrgAssignment | None = about("Diagnosis related group.")
    guarantors: list[Guarantor] | None = about("Who is liable for the account.")
    accident: Accident | None = about("Accident.")
    ub82: Ub82 | None = about("Data of the older institutional bill.")
    ub92: Ub92 | None = about("Data of the institutional bill.")
    referrals: list[Referral] | None = about("Referrals.")
    bed: Bed | None = about("Status of a bed.")
    outpatient: OutpatientVisit | None = about("How the visit is grouped for outpatients.")
    participations: list[Participation] | None = about("Who or what takes part in the care of the patient or the visit.")
    patient_notes: list[Note] | None = about("Notes on the patient or the visit.")


class Record(Told):
    """A patient, a visit, and what is told about both."""

    procedures: list[ClinicalProcedure] | None = about("Procedures.")
    insurances: list[Insurance] | None = about("Insurances, in the order of the source.")


class Admission(Record):
    """A patient and a visit with what was measured or noted on admission."""

    observations: list[Observation] | None = about("Observations, e.g. height and weight.")


class _Triggered(MessageEvent):
    """What the trigger says."""

    action: Text = about("What exactly was done, in one word, from the trigger.")
    event: TriggerEvent | None = about("What happened in the sending system, when, and who entered it.")


class RecordEvent(Admission, _Triggered):
    """An event about one patient, account or visit."""


class PatientRegistered(RecordEvent):
    """A person was added."""


class PatientUpdated(RecordEvent):
    """Data of a patient, or of a patient and the visit, were changed; what the message does not name stays as it was."""


class PatientDeleted(RecordEvent):
    """The record of a patient was deleted."""


class _Identity(RecordEvent):
    level: Text = about("What the identifiers name: patient, account or visit.")


class PatientMerged(_Identity):
    """Two records of one patient became one: that of `patient` stays, the identifiers of `prior` are no longer used."""


class PatientMoved(_Identity):
    """Identifiers, an account or a visit were moved to `patient` from the owner that `prior` names; both owners go on."""


class PatientMovedAway(_Identity):
    """Identifiers, an account or a visit were moved to `patient` from the owner that `prior` names. Stands in the lane of the owner they left."""


class PatientIdentifierChanged(_Identity):
    """The record stays the same and has a new identifier in place of that in `prior`."""


class PatientRetired(_Identity):
    """The identifier in `prior` is no longer used: its record went into that of `patient`. Stands in the lane of the retired identifier."""


class PatientsLinked(Told, _Triggered):
    """Records were found to be of one person; each of them goes on. Stands in the lane of each, with all of them."""

    patients: list[Admission] | None = about("The records, in the order of the source; one for each visit that is told of a patient.")


class PatientsUnlinked(Told, _Triggered):
    """A link between records was taken back. Stands in the lane of each, with all of them."""

    patients: list[Admission] | None = about("The records, in the order of the source; one for each visit that is told of a patient.")


KINDS = {
    "patient.registered": PatientRegistered,
    "patient.updated": PatientUpdated,
    "patient.deleted": PatientDeleted,
    "patient.merged": PatientMerged,
    "patient.moved": PatientMoved,
    "patient.moved_away": PatientMovedAway,
    "patient.identifier_changed": PatientIdentifierChanged,
    "patient.retired": PatientRetired,
    "patient.linked": PatientsLinked,
    "patient.unlinked": PatientsUnlinked,
}
