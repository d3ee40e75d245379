"""What pharmacies and vaccinators tell: medication as asked for, encoded, dispensed and given."""

from schemas.events.clinical_parts import (
    ClinicalPart,
    Coded,
    EntityId,
    Measure,
    Place,
    PostalAddress,
    Practitioner,
    Telecom,
    Texts,
    Timestamp,
)
from schemas.events.common import Quantity, Text, about
from schemas.events.order_parts import Note, QuantityTiming


class ServicePlace(ClinicalPart):
    """Where a medication is given or delivered to, before version 2.7 (LA1, LA2)."""

    point_of_care: Text = about("Unit or clinic.")
    room: Text = about("Room.")
    bed: Text = about("Bed.")
    facility: Text = about("Facility.")
    facility_id: Text = about("Universal id of the facility.")
    facility_id_type: Text = about("Kind of that universal id.")
    status: Text = about("Status of the place.")
    type: Text = about("Kind of place.")
    building: Text = about("Building.")
    floor: Text = about("Floor.")
    address_line1: Text = about("Street and number.")
    address_line2: Text = about("Second line.")
    city: Text = about("City.")
    state: Text = about("State or province.")
    postal_code: Text = about("Postal code as sent.")
    country: Text = about("Country code.")
    address_type: Text = about("Kind of address.")
    other_designation: Text = about("Other geographic designation.")


class Administration(ClinicalPart):
    """A vaccine that was given, refused or recorded (RXA)."""

    give_sub_id: Text = about("Counter of the give order.")
    administration_sub_id: Text = about("Counter of the administration.")
    start_time: Timestamp | None = about("When it was given, or when that began.")
    end_time: Timestamp | None = about("When it ended.")
    code: Coded | None = about("Vaccine or drug.")
    amount: Quantity | None = about("Amount; 999 says that it is not known.")
    units: Coded | None = about("Units of the amount.")
    form: Coded | None = about("Dosage form.")
    administration_notes: list[Coded] | None = about("Notes; for vaccines whether it was given here or is history.")
    administered_by: list[Practitioner] | None = about("Who gave it.")
    location: ServicePlace | None = about("Place where it was given, in versions before 2.7.")
    per_time_unit: Text = about("Time unit of the rate.")
    strength: Quantity | None = about("Strength.")
    strength_units: Coded | None = about("Units of the strength.")
    lots: Texts = about("Lot numbers.")
    expiration_dates: list[Timestamp | None] | None = about("When the lots expire.")
    manufacturers: list[Coded] | None = about("Manufacturers.")
    refusal_reasons: list[Coded] | None = about("Why it was refused.")
    indications: list[Coded] | None = about("What it is for.")
    completion_status: Text = about("CP complete, RE refused, NA not given, PA partly given.")
    action: Text = about("A added, D deleted, U updated.")
    entered_time: Timestamp | None = about("When it was entered.")
    strength_volume: Quantity | None = about("Volume of the strength.")
    strength_volume_units: Coded | None = about("Units of that volume.")
    barcode: Coded | None = about("Barcode.")
    order_type: Text = about("M medication, S other substance, O other.")
    administered_at: Place | None = about("Place where it was given.")
    administered_at_address: PostalAddress | None = about("Address of that place.")
    tags: list[EntityId] | None = about("Tags.")


class Route(ClinicalPart):
    """How it was given (RXR)."""

    route: Coded | None = about("Route.")
    site: Coded | None = about("Site.")
    device: Coded | None = about("Device.")
    method: Coded | None = about("Method.")
    instruction: Coded | None = about("Routing instruction.")
    site_modifier: Coded | None = about("Modifier of the site.")


class Medication(ClinicalPart):
    """Medication as the provider asks for it (RXO)."""

    code: Coded | None = about("Drug or treatment.")
    amount_minimum: Quantity | None = about("Least amount to give.")
    amount_maximum: Quantity | None = about("Greatest amount to give.")
    units: Coded | None = about("Units of the amount.")
    form: Coded | None = about("Dosage form.")
    pharmacy_instructions: list[Coded] | None = about("Instructions for the pharmacy.")
    administration_instructions: list[Coded] | None = about("Instructions for giving it.")
    deliver_to_place: ServicePlace | None = about("Place to deliver to, in versions before 2.7.")
    substitution: Text = about("Whether it may be replaced.")
    dispense_code: Coded | None = about("What to dispense.")
    dispense_amount: Quantity | None = about("How much to dispense.")
    dispense_units: Coded | None = about("Units to dispense in.")
    refills: Quantity | None = about("Number of refills.")
    dea_numbers: list[Practitioner] | None = about("DEA number of who ordered.")
    verifiers: list[Practitioner] | None = about("Pharmacist who verified.")
    needs_review: Text = about("Whether a person must look at it.")
    per_time_unit: Text = about("Time unit of the rate.")
    strength: Quantity | None = about("Strength.")
    strength_units: Coded | None = about("Units of the strength.")
    indications: list[Coded] | None = about("What it is for.")
    rate: Text = about("Rate.")
    rate_units: Coded | None = about("Units of the rate.")
    daily_dose: Measure | None = about("Dose of a day.")
    supplements: list[Coded] | None = about("More codes of the drug.")
    strength_volume: Quantity | None = about("Volume of the strength.")
    strength_volume_units: Coded | None = about("Units of that volume.")
    order_type: Text = about("M medication, S other substance, O other.")
    dispensing_interval: Quantity | None = about("Days between dispenses.")
    instance_id: EntityId | None = about("Number of this medication.")
    segment_instance_id: EntityId | None = about("Number of this segment.")
    mood: Coded | None = about("Mood.")
    pharmacy: Coded | None = about("Dispensing pharmacy.")
    pharmacy_address: PostalAddress | None = about("Its address.")
    deliver_to: Place | None = about("Place of the patient to deliver to.")
    deliver_to_address: PostalAddress | None = about("Address to deliver to.")
    pharmacy_telecoms: list[Telecom] | None = about("Numbers of the pharmacy.")


class EncodedMedication(ClinicalPart):
    """Medication as the pharmacy encodes the order (RXE)."""

    quantity_timing: QuantityTiming | None = about("How much and when, as versions before 2.5 say it.")
    code: Coded | None = about("Drug or treatment.")
    amount_minimum: Quantity | None = about("Least amount to give.")
    amount_maximum: Quantity | None = about("Greatest amount to give.")
    units: Coded | None = about("Units of the amount.")
    form: Coded | None = about("Dosage form.")
    administration_instructions: list[Coded] | None = about("Instructions for giving it.")
    deliver_to_place: ServicePlace | None = about("Place to deliver to, in versions before 2.7.")
    substitution: Text = about("Whether it was replaced.")
    dispense_amount: Quantity | None = about("How much to dispense.")
    dispense_units: Coded | None = about("Units to dispense in.")
    refills: Quantity | None = about("Number of refills.")
    dea_numbers: list[Practitioner] | None = about("DEA number of who ordered.")
    verifiers: list[Practitioner] | None = about("Pharmacist who verified.")
    prescription_number: Text = about("Prescription number.")
    refills_remaining: Quantity | None = about("Refills that remain.")
    refills_dispensed: Quantity | None = about("Refills or doses dispensed.")
    last_dispensed_time: Timestamp | None = about("Last refill or dose.")
    daily_dose: Measure | None = about("Dose of a day.")
    needs_review: Text = about("Whether a person must look at it.")
    dispensing_instructions: list[Coded] | None = about("Instructions for dispensing.")
    per_time_unit: Text = about("Time unit of the rate.")
    rate: Text = about("Rate.")
    rate_units: Coded | None = about("Units of the rate.")
    strength: Quantity | None = about("Strength.")
    strength_units: Coded | None = about("Units of the strength.")
    indications: list[Coded] | None = about("What it is for.")
    package_size: Quantity | None = about("Size of the package.")
    package_units: Coded | None = about("Units of the package.")
    package_method: Text = about("How it is packed.")
    supplements: list[Coded] | None = about("More codes of the drug.")
    original_order_time: Timestamp | None = about("When it was first ordered.")
    strength_volume: Quantity | None = about("Volume of the strength.")
    strength_volume_units: Coded | None = about("Units of that volume.")
    controlled_schedule: Coded | None = about("Schedule of a controlled substance.")
    formulary: Text = about("Whether it is on the formulary.")
    alternatives: list[Coded] | None = about("Alternatives.")
    last_pharmacy: Coded | None = about("Pharmacy of the last fill.")
    initial_dispense_amount: Quantity | None = about("Amount of the first fill.")
    pharmacy: Coded | None = about("Dispensing pharmacy.")
    pharmacy_address: PostalAddress | None = about("Its address.")
    deliver_to: Place | None = about("Place of the patient to deliver to.")
    deliver_to_address: PostalAddress | None = about("Address to deliver to.")
    order_type: Text = about("M medication, S other substance, O other.")
    pharmacy_telecoms: list[Telecom] | None = about("Numbers of the pharmacy.")


class MedicationComponent(ClinicalPart):
    """One component of a mixture (RXC)."""

    type: Text = about("B base, A additive.")
    code: Coded | None = about("Component.")
    amount: Quantity | None = about("Amount.")
    units: Coded | None = about("Units of the amount.")
    strength: Quantity | None = about("Strength.")
    strength_units: Coded | None = about("Units of the strength.")
    supplements: list[Coded] | None = about("More codes of the component.")
    strength_volume: Quantity | None = about("Volume of the strength.")
    strength_volume_units: Coded | None = about("Units of that volume.")
    dispense_amount: Quantity | None = about("How much to dispense.")
    dispense_units: Coded | None = about("Units to dispense in.")


class Dispense(ClinicalPart):
    """What was dispensed (RXD)."""

    sub_id: Text = about("Counter of the dispense.")
    code: Coded | None = about("Drug.")
    time: Timestamp | None = about("When it was dispensed.")
    amount: Quantity | None = about("How much.")
    units: Coded | None = about("Units of the amount.")
    form: Coded | None = about("Dosage form.")
    prescription_number: Text = about("Prescription number.")
    refills_remaining: Quantity | None = about("Refills that remain.")
    dispense_notes: Texts = about("Notes.")
    dispense_note_codes: list[Coded] | None = about("What the notes are codes for, in old versions.")
    dispensed_by: list[Practitioner] | None = about("Who dispensed.")
    substitution: Text = about("Whether it was replaced.")
    daily_dose: Measure | None = about("Dose of a day.")
    dispense_to: ServicePlace | None = about("Place it went to.")
    needs_review: Text = about("Whether a person must look at it.")
    dispensing_instructions: list[Coded] | None = about("Instructions for dispensing.")
    strength: Quantity | None = about("Strength.")
    strength_units: Coded | None = about("Units of the strength.")
    lots: Texts = about("Lot numbers.")
    expiration_dates: list[Timestamp | None] | None = about("When the lots expire.")
    manufacturers: list[Coded] | None = about("Manufacturers.")
    indications: list[Coded] | None = about("What it is for.")
    package_size: Quantity | None = about("Size of the package.")
    package_units: Coded | None = about("Units of the package.")
    package_method: Text = about("How it is packed.")
    supplements: list[Coded] | None = about("More codes of the drug.")
    initiating_location: Coded | None = about("Place that started the dispense.")
    packaging_location: Coded | None = about("Place that packed it.")
    strength_volume: Quantity | None = about("Volume of the strength.")
    strength_volume_units: Coded | None = about("Units of that volume.")
    pharmacy: Coded | None = about("Pharmacy it went to.")
    pharmacy_address: PostalAddress | None = about("Its address.")
    order_type: Text = about("M medication, S other substance, O other.")
    type: Coded | None = about("Kind of dispense, e.g. first fill, partial fill.")
    pharmacy_telecoms: list[Telecom] | None = about("Numbers of the pharmacy.")
    tags: list[EntityId] | None = about("Tags.")


class _Stage(ClinicalPart):
    """What follows a stage of a medication order."""

    routes: list[Route] | None = about("Routes.")
    components: list[MedicationComponent] | None = about("Components of a mixture.")
    notes: list[Note] | None = about("Comments.")


class Requested(Medication, _Stage):
    """Medication as asked for, with routes and components (RXO, RXR, RXC)."""


class Encoded(EncodedMedication, _Stage):
    """Medication as encoded, with routes and components (RXE, RXR, RXC)."""


class Dispensed(Dispense, _Stage):
    """What was dispensed, with routes and components (RXD, RXR, RXC)."""


class Administered(Administration, _Stage):
    """What was given, with routes (RXA, RXR)."""
