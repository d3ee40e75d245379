"""`medication.*`: medication ordered, dispensed, scheduled or given (OMP, RDE, RDS, RGV, RAS, and ORM with RXO)."""

from schemas.events.charge import Charge
from schemas.events.clinical_event import ClinicalEvent
from schemas.events.common import about
from schemas.events.give_parts import Give
from schemas.events.observation_parts import Observation
from schemas.events.order_parts import Billing, CommonOrder, Note, Participation, Request, Timing, Trial
from schemas.events.person_parts import Role
from schemas.events.pharmacy_parts import Administered, Dispensed, Encoded, Requested
from schemas.events.specimen_parts import OnSpecimens
from schemas.events.timing_parts import TimingRelation
from schemas.events.visit_parts import Diagnosis


class _Medication(ClinicalEvent):
    """What every stage of a medication order has."""

    order: CommonOrder | None = about("Control, numbers and people of the order (ORC).")
    timings: list[Timing] | None = about("How much and when.")
    timing_relations: list[TimingRelation] | None = about("How it follows other orders.")
    notes: list[Note] | None = about("Comments on the order.")
    trials: list[Trial] | None = about("Clinical studies it belongs to.")
    billing: Billing | None = about("When and what to charge.")
    order_participations: list[Participation] | None = about("Who or what takes part in the order.")
    charges: list[Charge] | None = about("Charges for it.")
    observations: list[Observation] | None = about("Observations that go with it.")
    requested: Requested | None = about("The medication as asked for (RXO).")
    encoded: Encoded | None = about("The medication as the pharmacy encoded the order (RXE).")


class MedicationOrdered(OnSpecimens, _Medication):
    """A medication is ordered, changed or cancelled: `order.control` says which."""

    request: Request | None = about("The service, of a general order.")
    order_diagnoses: list[Diagnosis] | None = about("Diagnoses it is for, of a general order.")
    order_roles: list[Role] | None = about("Who has a part in it, of a general order.")


class MedicationDispensed(_Medication):
    """A medication was dispensed."""

    dispense: Dispensed | None = about("What was dispensed (RXD).")


class MedicationScheduled(_Medication):
    """Doses are to be given: what, how much and when."""

    dispense: Dispensed | None = about("What was dispensed before (RXD).")
    gives: list[Give] | None = about("The doses (RXG).")


class MedicationAdministered(_Medication):
    """A medication was given, or was not given as ordered."""

    gives: list[Give] | None = about("What was to be given (RXG).")
    dispense: Dispensed | None = about("What was dispensed before (RXD).")
    administrations: list[Administered] | None = about("What was given, and when (RXA).")


KINDS = {
    "medication.ordered": MedicationOrdered,
    "medication.dispensed": MedicationDispensed,
    "medication.scheduled": MedicationScheduled,
    "medication.administered": MedicationAdministered,
}
