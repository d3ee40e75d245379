"""`result.reported`: one report with its observations (ORU, OUL): laboratory, radiology and other diagnostics, and device observations."""

from schemas.events.charge import Charge
from schemas.events.clinical_event import ClinicalEvent
from schemas.events.common import about
from schemas.events.document import DocumentHeader
from schemas.events.observation_parts import Observation
from schemas.events.order_parts import CommonOrder, Note, Participation, Request, Timing, Trial
from schemas.events.person_parts import Role
from schemas.events.specimen_parts import OnSpecimens
from schemas.events.timing_parts import TimingRelation
from schemas.events.visit_parts import Diagnosis


class ResultReported(OnSpecimens, ClinicalEvent):
    """A report on one service, with its observations."""

    order: CommonOrder | None = about("The order behind the report (ORC).")
    report: Request | None = about("What was asked for, and what the report as a whole says (OBR).")
    timings: list[Timing] | None = about("How much and when.")
    timing_relations: list[TimingRelation] | None = about("How it follows other orders.")
    observations: list[Observation] | None = about("Observations.")
    patient_observations: list[Observation] | None = about(
        "Observations on the patient, that stand before any order and specimen; of a report without an order, all of them."
    )
    notes: list[Note] | None = about("Comments on the report.")
    order_participations: list[Participation] | None = about("Who or what takes part in the service.")
    charges: list[Charge] | None = about("Charges for it.")
    document: DocumentHeader | None = about("Header of the document the report is, where the sender gives one (TXA).")
    trials: list[Trial] | None = about("Clinical studies it belongs to.")
    order_diagnoses: list[Diagnosis] | None = about("Diagnoses the service is for.")
    order_roles: list[Role] | None = about("Who has a part in the service.")


KINDS = {"result.reported": ResultReported}
