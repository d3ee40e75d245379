"""Specimens of a service with what they are in and what is at hand to work on them: containers and inventory."""

from schemas.events.clinical_parts import ClinicalPart, Coded, EntityId, Measure, Timestamp
from schemas.events.common import Quantity, Text, about
from schemas.events.observation_parts import Observation, Specimen, StructuredNumber
from schemas.events.order_parts import Note, Participation, QuantityTiming, SpecimenSource


class GridPosition(ClinicalPart):
    """A position in a carrier or tray of several dimensions (NA)."""

    first: Quantity | None = about("Position in the first dimension, or the only one.")
    second: Quantity | None = about("Position in the second dimension.")
    third: Quantity | None = about("Position in the third dimension.")
    fourth: Quantity | None = about("Position in the fourth dimension.")


class Container(ClinicalPart):
    """A container of a specimen (SAC)."""

    external_accession: EntityId | None = about("Accession number of the other laboratory.")
    accession: EntityId | None = about("Accession number.")
    id: EntityId | None = about("Number of the container.")
    parent_id: EntityId | None = about("Container it was filled from.")
    equipment_id: EntityId | None = about("Number the equipment gave the container.")
    specimen_source: SpecimenSource | None = about("The specimen, in messages without SPM.")
    registered_time: Timestamp | None = about("When the equipment registered it.")
    status: Coded | None = about("Status: identified, in process, removed and others.")
    carrier_type: Coded | None = about("Kind of carrier.")
    carrier_id: EntityId | None = about("Carrier.")
    carrier_position: GridPosition | None = about("Position in the carrier.")
    tray_type: Coded | None = about("Kind of tray.")
    tray_id: EntityId | None = about("Tray.")
    tray_position: GridPosition | None = about("Position in the tray.")
    locations: list[Coded] | None = about("Where it is.")
    height: Quantity | None = about("Height.")
    diameter: Quantity | None = about("Diameter.")
    barrier_delta: Quantity | None = about("From the top to the barrier.")
    bottom_delta: Quantity | None = about("From the top to the bottom.")
    size_units: Coded | None = about("Units of these lengths.")
    volume: Quantity | None = about("Volume of the container.")
    available_volume: Quantity | None = about("Volume of the specimen now.")
    initial_volume: Quantity | None = about("Volume of the specimen at first.")
    volume_units: Coded | None = about("Units of these volumes.")
    separator: Coded | None = about("Kind of separator.")
    cap: Coded | None = about("Kind of cap.")
    additives: list[Coded] | None = about("Additives.")
    component: Coded | None = about("Component of the specimen, e.g. supernatant.")
    dilution: StructuredNumber | None = about("Factor of dilution.")
    treatment: Coded | None = about("Treatment.")
    temperature: StructuredNumber | None = about("Temperature, in degrees Celsius.")
    hemolysis: Quantity | None = about("Index of hemolysis.")
    hemolysis_units: Coded | None = about("Its units.")
    lipemia: Quantity | None = about("Index of lipemia.")
    lipemia_units: Coded | None = about("Its units.")
    icterus: Quantity | None = about("Index of icterus.")
    icterus_units: Coded | None = about("Its units.")
    fibrin: Quantity | None = about("Index of fibrin.")
    fibrin_units: Coded | None = about("Its units.")
    contaminants: list[Coded] | None = about("What the process itself brings in.")
    drug_interferences: list[Coded] | None = about("Drugs that interfere.")
    artificial_blood: Coded | None = about("Artificial blood that interferes.")
    handling_codes: list[Coded] | None = about("How to handle it.")
    environmental_factors: list[Coded] | None = about("What else may have had an effect.")


class InventoryItem(ClinicalPart):
    """A substance that is at hand, e.g. a reagent (INV)."""

    substance: Coded | None = about("Substance.")
    statuses: list[Coded] | None = about("Status.")
    type: Coded | None = about("Kind of substance.")
    container: Coded | None = about("Container it is in.")
    carrier: Coded | None = about("Carrier of the container.")
    position: Coded | None = about("Position on the carrier.")
    initial_quantity: Quantity | None = about("Quantity at first.")
    current_quantity: Quantity | None = about("Quantity now.")
    available_quantity: Quantity | None = about("Quantity that may be used.")
    consumption_quantity: Quantity | None = about("Quantity that is used each time.")
    units: Coded | None = about("Units of these quantities.")
    expiration_time: Timestamp | None = about("When it expires.")
    first_used_time: Timestamp | None = about("When it was first used.")
    on_board_stability: QuantityTiming | None = about("How long it is stable in the equipment, before version 2.5.1.")
    tests: list[Coded] | None = about("Tests it is for.")
    lot: Text = about("Lot number of the manufacturer.")
    manufacturer: Coded | None = about("Manufacturer.")
    supplier: Coded | None = about("Supplier.")
    on_board_stability_time: Measure | None = about("How long it is stable in the equipment.")
    target_value: Measure | None = about("Target value of a control material.")


class OnSpecimens(ClinicalPart):
    """The specimens of a service. What is observed on one, and said of it, is told apart from the service where the service stands below it."""

    specimens: list[Specimen] | None = about("Specimens.")
    containers: list[Container] | None = about("Containers of the specimens (SAC).")
    inventory: list[InventoryItem] | None = about("Substances at hand for it (INV).")
    specimen_observations: list[Observation] | None = about("Observations on the specimen, where the order stands below it.")
    specimen_notes: list[Note] | None = about("Comments on the specimen, where the order stands below it.")
    specimen_participations: list[Participation] | None = about("Who or what takes part in the specimen, where the order stands below it.")
