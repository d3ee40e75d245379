"""`order.*`: a service is ordered, or something is said of an order that is known (ORM, OML, OMG, ORR and their kin)."""

from schemas.events.charge import Charge
from schemas.events.clinical_event import ClinicalEvent
from schemas.events.common import about
from schemas.events.give_parts import Give
from schemas.events.message import Acknowledgement, MessageError
from schemas.events.observation_parts import Observation
from schemas.events.order_parts import Billing, CommonOrder, Note, Participation, Request, Timing, Trial
from schemas.events.person_parts import Role
from schemas.events.pharmacy_parts import Administered, Dispensed, Encoded, Requested
from schemas.events.specimen_parts import OnSpecimens
from schemas.events.timing_parts import TimingRelation
from schemas.events.visit_parts import Diagnosis


class Order(OnSpecimens, ClinicalEvent):
    """What is said of an order."""

    order: CommonOrder | None = about("Control, numbers and people of the order (ORC).")
    request: Request | None = about("The service (OBR).")
    timings: list[Timing] | None = about("How much and when.")
    timing_relations: list[TimingRelation] | None = about("How it follows other orders.")
    observations: list[Observation] | None = about("Observations that the service needs.")
    notes: list[Note] | None = about("Comments on the order.")
    order_participations: list[Participation] | None = about("Who or what takes part in the order.")
    charges: list[Charge] | None = about("Charges for it.")
    trials: list[Trial] | None = about("Clinical studies it belongs to.")
    billing: Billing | None = about("When and what to charge.")
    order_diagnoses: list[Diagnosis] | None = about("Diagnoses the service is for.")
    order_roles: list[Role] | None = about("Who has a part in the service.")


class OrderPlaced(Order):
    """There is an order that was not there before: new, replacing another, or part of a parent."""


class OrderUpdated(Order):
    """An order that is known was changed, cancelled or answered: `order.control` says how."""

    acknowledgement: Acknowledgement | None = about("The answer this stands in, of a response (MSA).")
    errors: list[MessageError] | None = about("Errors of the response (ERR).")
    requested: Requested | None = about("Medication as asked for.")
    encoded: Encoded | None = about("Medication as the pharmacy encoded the order.")
    dispense: Dispensed | None = about("What was dispensed.")
    gives: list[Give] | None = about("What is to be given.")
    administrations: list[Administered] | None = about("What was given.")


KINDS = {"order.placed": OrderPlaced, "order.updated": OrderUpdated}
