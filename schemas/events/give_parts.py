"""Doses that are to be given."""

from schemas.events.clinical_parts import ClinicalPart, Coded, EntityId, Place, PostalAddress, Texts, Timestamp
from schemas.events.common import Quantity, Text, about
from schemas.events.order_parts import Note, QuantityTiming, Timing
from schemas.events.pharmacy_parts import MedicationComponent, Route, ServicePlace
from schemas.events.timing_parts import TimingRelation


class Give(ClinicalPart):
    """A dose that is to be given, with routes, components and timings (RXG, RXR, RXC, TQ1)."""

    sub_id: Text = about("Counter of the dose.")
    dispense_sub_id: Text = about("Counter of the dispense it comes from.")
    quantity_timing: QuantityTiming | None = about("How much and when, as versions before 2.5 say it.")
    code: Coded | None = about("Drug or treatment.")
    amount_minimum: Quantity | None = about("Least amount to give.")
    amount_maximum: Quantity | None = about("Greatest amount to give.")
    units: Coded | None = about("Units of the amount.")
    form: Coded | None = about("Dosage form.")
    administration_notes: list[Coded] | None = about("Notes for who gives it.")
    substitution: Text = about("Whether it was replaced.")
    dispense_to_place: ServicePlace | None = about("Place to dispense to, in versions before 2.7.")
    needs_review: Text = about("Whether a person must look at it.")
    administration_instructions: list[Coded] | None = about("Special instructions of the pharmacy.")
    per_time_unit: Text = about("Time unit of the rate.")
    rate: Text = about("Rate.")
    rate_units: Coded | None = about("Units of the rate.")
    strength: Quantity | None = about("Strength.")
    strength_units: Coded | None = about("Units of the strength.")
    lots: Texts = about("Lot numbers.")
    expiration_dates: list[Timestamp | None] | None = about("When the lots expire.")
    manufacturers: list[Coded] | None = about("Manufacturers.")
    indications: list[Coded] | None = about("What it is for.")
    strength_volume: Quantity | None = about("Volume of the strength.")
    strength_volume_units: Coded | None = about("Units of that volume.")
    barcode: Coded | None = about("Barcode of the drug.")
    order_type: Text = about("M medication, S other substance, O other.")
    pharmacy: Coded | None = about("Pharmacy to dispense to.")
    pharmacy_address: PostalAddress | None = about("Its address.")
    deliver_to: Place | None = about("Place of the patient to deliver to.")
    deliver_to_address: PostalAddress | None = about("Address to deliver to.")
    tags: list[EntityId] | None = about("Tags.")
    dispense_amount: Quantity | None = about("How much to dispense.")
    dispense_units: Coded | None = about("Units to dispense in.")
    routes: list[Route] | None = about("Routes.")
    components: list[MedicationComponent] | None = about("Components of a mixture.")
    timings: list[Timing] | None = about("When to give it.")
    timing_relations: list[TimingRelation] | None = about("How it follows other orders.")
    notes: list[Note] | None = about("Comments.")
