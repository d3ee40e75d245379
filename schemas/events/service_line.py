"""Service lines of a submitted claim."""

from schemas.events.claim_parts import Ambulance, Attachment, Conditions, Contract, Note, Pricing
from schemas.events.common import Adjustment, Amount, Date, LineReference, Moment, Part, Period, Procedure, Quantity, Text, Texts, about
from schemas.events.parties import LineProvider, Location


class LineAdjudication(Part):
    """What one earlier payer made of the line (loop 2430)."""

    payer_id: Text = about("Id of that payer, as in `other_payers`.")
    paid_amount: Amount | None = about("Amount paid for the line.")
    procedure: Procedure | None = about("Procedure as adjudicated.")
    revenue_code: Text = about("Revenue code as adjudicated.")
    units: Quantity | None = about("Units paid.")
    bundled_line: int | None = about("Number of the line it was bundled into or unbundled from.")
    adjustments: list[Adjustment] | None = about("Line adjustments of that payer.")
    date: Moment | None = about("Day of adjudication or payment.")
    remaining_liability: Amount | None = about("What the patient still owes for the line.")


class Drug(Part):
    """Drug or device of a line (loop 2410)."""

    qualifier: Text = about("N4 for an NDC; others are device identifiers.")
    code: Text = about("The code.")
    quantity: Quantity | None = about("Quantity.")
    unit: Text = about("Unit of the quantity.")
    prescription_number: Text = about("Prescription number.")
    link_sequence_number: Text = about("Number that links compound drug lines.")


class EquipmentProcedure(Part):
    """Procedure of durable medical equipment."""

    qualifier: Text = about("Code system.")
    code: Text = about("The code.")


class Equipment(Part):
    """Durable medical equipment (SV5)."""

    procedure: EquipmentProcedure | None = about("Procedure.")
    unit: Text = about("Unit of `units`.")
    units: Quantity | None = about("Length of medical need.")
    rental_price: Amount | None = about("Rental price.")
    purchase_price: Amount | None = about("Purchase price.")
    rental_frequency: Text = about("How often the rental is paid.")


class EquipmentCertification(Part):
    """Certification of durable medical equipment (CR3)."""

    certification_type: Text = about("I initial, R renewal, S revised.")
    duration_unit: Text = about("Unit of the duration.")
    duration: Quantity | None = about("How long it is needed.")


class Measurement(Part):
    """A measurement or test result (MEA)."""

    reference: Text = about("OG starting dosage, TR test result.")
    qualifier: Text = about("What was measured.")
    value: Quantity | None = about("The value.")


class PurchasedService(Part):
    """A service bought from another provider (PS1)."""

    provider_id: Text = about("Provider it was bought from.")
    amount: Amount | None = about("What was paid for it.")


class FormAnswer(Part):
    """Answer to one question of a form (FRM)."""

    question: Text = about("Question number.")
    response: Text = about("Y, N or W.")
    text: Text = about("Answer in words.")
    date: Date | None = about("Answer as a date.")
    percent: Quantity | None = about("Answer as a percentage.")


class Form(Part):
    """A form that supports the line (loop 2440)."""

    qualifier: Text = about("Who issues the form.")
    code: Text = about("Form number.")
    answers: list[FormAnswer] | None = about("Answers.")


class Tooth(Part):
    """A tooth treated (TOO)."""

    qualifier: Text = about("Tooth numbering system.")
    code: Text = about("Tooth number.")
    surfaces: Texts = about("Surfaces treated.")


class LineDates(Part):
    """Dates of a line, one field for each qualifier."""

    service_period: Period | None = about("Dates of service.")
    prescription_date: Moment | None = about("Prescription.")
    recertification_date: Moment | None = about("Revision or recertification of medical need.")
    therapy_start_date: Moment | None = about("Start of therapy.")
    last_certification_date: Moment | None = about("Last certification.")
    last_seen_date: Moment | None = about("Last seen by the treating physician.")
    hemoglobin_test_date: Moment | None = about("Most recent haemoglobin or haematocrit test.")
    serum_creatinine_test_date: Moment | None = about("Most recent serum creatinine test.")
    shipped_date: Moment | None = about("Shipment.")
    last_xray_date: Moment | None = about("Last X-ray.")
    initial_treatment_date: Moment | None = about("First treatment.")
    prior_placement_date: Moment | None = about("Earlier placement of a prosthesis.")
    estimated_prior_placement_date: Moment | None = about("Earlier placement of a prosthesis, estimated.")
    appliance_placement_date: Moment | None = about("Placement of an orthodontic appliance.")
    replacement_date: Moment | None = about("Replacement of an appliance.")
    treatment_start_date: Moment | None = about("Start of treatment.")
    treatment_completion_date: Moment | None = about("End of treatment.")


class ClaimLine(LineDates):
    """One service line of a submitted claim."""

    number: int | None = about("Line number (LX01).")
    procedure: Procedure | None = about("Procedure, service or product.")
    revenue_code: Text = about("Revenue code (institutional).")
    charge: Amount | None = about("Charge.")
    noncovered_charge: Amount | None = about("Part of the charge that is not covered.")
    unit: Text = about("Unit of `units`.")
    units: Quantity | None = about("Service units.")
    place_of_service: Text = about("Place of service when it differs from the claim's.")
    diagnosis_pointers: Texts = about("Positions in `diagnoses`, from 1, most important first.")
    emergency: Text = about("Y for an emergency.")
    epsdt: Text = about("Y for a screening of a child.")
    family_planning: Text = about("Y for family planning.")
    copay_status: Text = about("0 when no copayment applies.")
    oral_cavity: Texts = about("Areas of the mouth.")
    prosthesis: Text = about("I initial placement, R replacement.")
    tooth: list[Tooth] | None = about("Teeth treated.")
    control_number: Text = about("The provider's number of the line.")
    references: list[LineReference] | None = about("All other numbers of the line.")
    sales_tax: Amount | None = about("Sales tax in the charge.")
    postage_amount: Amount | None = about("Postage claimed.")
    service_tax: Amount | None = about("Service tax in the charge.")
    facility_tax: Amount | None = about("Facility tax in the charge.")
    ambulance_patients: Quantity | None = about("Patients transported together.")
    obstetric_units: Quantity | None = about("Additional obstetric anaesthesia units.")
    attachments: list[Attachment] | None = about("Paperwork that supports the line.")
    notes: list[Note] | None = about("Notes.")
    file_information: Texts = about("Data a payer or state asks for outside the guide.")
    contract: Contract | None = about("Contract the line is priced by.")
    ambulance: Ambulance | None = about("Ambulance transport.")
    conditions: list[Conditions] | None = about("Condition indicators.")
    equipment: Equipment | None = about("Durable medical equipment.")
    equipment_certification: EquipmentCertification | None = about("Certification of the equipment.")
    measurements: list[Measurement] | None = about("Measurements and test results.")
    purchased_service: PurchasedService | None = about("Service bought from another provider.")
    pricing: Pricing | None = about("Pricing by a repricer.")
    drugs: list[Drug] | None = about("Drug or device of the line.")
    forms: list[Form] | None = about("Forms that support the line.")
    adjudications: list[LineAdjudication] | None = about("What earlier payers made of the line.")
    referring_providers: list[LineProvider] | None = about("Referring and primary care providers of the line.")
    rendering_provider: LineProvider | None = about("Rendering provider of the line.")
    purchased_service_provider: LineProvider | None = about("Provider the service was bought from.")
    service_facility: LineProvider | None = about("Where the service of the line was given.")
    supervising_provider: LineProvider | None = about("Supervising provider of the line.")
    ordering_provider: LineProvider | None = about("Ordering provider of the line.")
    assistant_surgeon: LineProvider | None = about("Assistant surgeon of the line (dental).")
    operating_provider: LineProvider | None = about("Operating physician of the line (institutional).")
    other_operating_provider: LineProvider | None = about("Other operating physician of the line (institutional).")
    ambulance_pickup: Location | None = about("Where the ambulance picked the patient up.")
    ambulance_dropoff: Location | None = about("Where the ambulance took the patient.")
