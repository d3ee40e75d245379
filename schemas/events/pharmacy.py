"""`medication.*`: medication ordered, dispensed or given (OMP, RDE, RDS, RAS, and ORM with RXO)."""

from schemas.events.charge import Charge
from schemas.events.clinical_event import ClinicalEvent
from schemas.events.common import about
from schemas.events.observation_parts import Observation, Specimen
from schemas.events.order_parts import Billing, CommonOrder, Note, Participation, Request, Timing, Trial
from schemas.events.person_parts import Role
from schemas.events.pharmacy_parts import Administered, Dispensed, Encoded, Requested
from schemas.events.visit_parts import Diagnosis


class _Medication(ClinicalEvent):
    """What every stage of a medication order has."""

    order: CommonOrder | None = about("Control, numbers and people of the order (ORC).")
    timings: list[Timing] | None = about("How much and when.")
    notes: list[Note] | None = about("Comments on the order.")
    trials: list[Trial] | None = about("Clinical studies it belongs to.")
    billing: Billing | None = about("When and what to charge.")
    order_participations: list[Participation] | None = about("Who or what takes part in the order.")
    charges: list[Charge] | None = about("Charges for it.")
    observations: list[Observation] | None = about("Observations that go with it.")
    requested: Requested | None = about("The medication as asked for (RXO).")
    encoded: Encoded | None = about("The medication as the pharmacy encoded the order (RXE).")


class MedicationOrdered(_Medication):
    """A medication is ordered, changed or cancelled: `order.control` says which."""

    request: Request | None = about("The service, of a general order.")
    specimens: list[Specimen] | None = about("Specimens, of a general order.")
    order_diagnoses: list[Diagnosis] | None = about("Diagnoses it is for, of a general order.")
    order_roles: list[Role] | None = about("Who has a part in it, of a general order.")


class MedicationDispensed(_Medication):
    """A medication was dispensed."""

    dispense: Dispensed | None = about("What was dispensed (RXD).")


class MedicationAdministered(_Medication):
    """A medication was given, or was not given as ordered."""

    dispense: Dispensed | None = about("What was dispensed before (RXD).")
    administrations: list[Administered] | None = about("What was given, and when (RXA).")


KINDS = {
    "medication.ordered": MedicationOrdered,
    "medication.dispensed": MedicationDispensed,
    "medication.administered": MedicationAdministered,
}
