"""How the timings of orders hang on one another."""

from schemas.events.clinical_parts import ClinicalPart, EntityId, Measure
from schemas.events.common import Quantity, Text, about


class TimingRelation(ClinicalPart):
    """How a service follows other orders (TQ2)."""

    set_id: Text = about("Number of the segment.")
    sequence: Text = about("S sequence conditions, C cyclic group, R reserved for later results.")
    placer_numbers: list[EntityId] | None = about("Numbers of the orders it hangs on, by their placer.")
    filler_numbers: list[EntityId] | None = about("The same, by their filler.")
    placer_group_numbers: list[EntityId] | None = about("Groups of orders it hangs on.")
    condition: Text = about("Which end hangs on which: EE, ES, SE, SS.")
    cyclic_position: Text = about("First (*) or last (#) of a cyclic group.")
    interval: Measure | None = about("Time in between.")
    maximum_repeats: Quantity | None = about("How often the cyclic group is repeated at most.")
    service_relation: Text = about("How it stands to the other service request.")
