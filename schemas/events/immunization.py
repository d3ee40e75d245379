"""`immunization.recorded`: a vaccine given, given elsewhere, or refused (VXU)."""

from schemas.events.clinical_event import ClinicalEvent
from schemas.events.common import about
from schemas.events.observation_parts import Observation
from schemas.events.order_parts import CommonOrder, Note, Participation, Timing
from schemas.events.pharmacy_parts import Administration, Route
from schemas.events.timing_parts import TimingRelation


class ImmunizationRecorded(ClinicalEvent):
    """One vaccination; `administration.completion_status` says whether it was given."""

    order: CommonOrder | None = about("The order behind it (ORC).")
    timings: list[Timing] | None = about("How much and when.")
    timing_relations: list[TimingRelation] | None = about("How it follows other orders.")
    administration: Administration | None = about("The vaccine and its administration (RXA).")
    routes: list[Route] | None = about("Route and site (RXR).")
    observations: list[Observation] | None = about("Eligibility, information given, and others.")
    order_participations: list[Participation] | None = about("Who or what takes part in it.")
    notes: list[Note] | None = about("Comments.")


KINDS = {"immunization.recorded": ImmunizationRecorded}
