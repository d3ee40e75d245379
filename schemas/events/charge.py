"""`charge.posted`: one financial transaction of a visit, from which a claim grows (DFT)."""

from schemas.events.clinical_event import ClinicalEvent
from schemas.events.clinical_parts import ClinicalPart, Coded, EntityId, Identifier, Measure, Organization, Place, Practitioner, Texts, Timestamp
from schemas.events.common import Amount, Quantity, Text, about
from schemas.events.insurance_parts import Guarantor, Insurance
from schemas.events.observation_parts import Observation
from schemas.events.order_parts import CommonOrder, Note, Participation, Request, Timing
from schemas.events.timing_parts import TimingRelation
from schemas.events.visit_parts import ClinicalProcedure, Diagnosis


class PriceTerms(ClinicalPart):
    """What a price is for (CP)."""

    type: Text = about("What the price is: AP administrative, IC charge, PF professional fee, TF technical fee, UP unit price and others.")
    from_quantity: Quantity | None = about("Least quantity or time the price is for.")
    to_quantity: Quantity | None = about("Greatest quantity or time the price is for.")
    units: Text = about("Unit of the range.")
    range_type: Text = about("F flat, P per unit.")


class Charge(ClinicalPart):
    """A financial transaction (FT1)."""

    set_id: Text = about("Number of the segment.")
    id: Text = about("Number of the transaction.")
    batch: Text = about("Batch it belongs to.")
    transaction_time: Timestamp | None = about("Time of the service or transaction.")
    transaction_end_time: Timestamp | None = about("End of the service.")
    posted_time: Timestamp | None = about("When it was posted.")
    type: Coded | None = about("CG charge, CD credit, PY payment, AJ adjustment and others.")
    code: Coded | None = about("Transaction code of the sender.")
    description: Text = about("Description.")
    alternate_description: Text = about("Other description.")
    quantity: Quantity | None = about("Quantity.")
    amount: Amount | None = about(
        "Amount of the whole transaction, with the sign the sender gives it: `type` says whether it is a charge or a credit."
    )
    currency: Text = about("Currency of the amount.")
    amount_terms: PriceTerms | None = about("What the amount is for.")
    unit_amount: Amount | None = about("Amount for one unit.")
    unit_currency: Text = about("Currency of the amount for one unit.")
    unit_terms: PriceTerms | None = about("What that amount is for.")
    department: Coded | None = about("Department.")
    health_plan: Coded | None = about("Health plan.")
    insurance_amount: Amount | None = about("Amount for the insurance.")
    insurance_currency: Text = about("Currency of that amount.")
    insurance_terms: PriceTerms | None = about("What that amount is for.")
    location: Place | None = about("Place of the patient.")
    fee_schedule: Coded | None = about("Fee schedule.")
    patient_type: Coded | None = about("Kind of patient.")
    diagnosis_codes: list[Coded] | None = about("Diagnoses the charge is for.")
    performed_by: list[Practitioner] | None = about("Who performed.")
    ordered_by: list[Practitioner] | None = about("Who ordered.")
    unit_cost: Amount | None = about("Cost of one unit.")
    unit_cost_currency: Text = about("Currency of the cost.")
    unit_cost_terms: PriceTerms | None = about("What the cost is for.")
    filler_number: EntityId | None = about("Filler's number of the order.")
    entered_by: list[Practitioner] | None = about("Who entered the charge.")
    procedure: Coded | None = about("Procedure, e.g. a CPT or HCPCS code.")
    modifiers: list[Coded] | None = about("Modifiers of the procedure.")
    beneficiary_notice: Coded | None = about("State of the notice to the patient that the service may not be covered.")
    duplicate_reason: Coded | None = about("Why a duplicate procedure is needed.")
    drug: Coded | None = about("National Drug Code.")
    payment_reference: Identifier | None = about("Number of the payment.")
    reference_keys: Texts = about("Transactions this one refers to.")
    performing_facilities: list[Organization] | None = about("Facility that performed.")
    ordering_facility: Organization | None = about("Facility that ordered.")
    item: Coded | None = about("Item number.")
    model: Text = about("Model number.")
    special_processing: list[Coded] | None = about("Special processing.")
    clinic: Coded | None = about("Clinic.")
    referral_number: Identifier | None = about("Referral number.")
    authorization_number: Identifier | None = about("Authorization number.")
    taxonomy: Coded | None = about("Taxonomy code of the service provider.")
    revenue_code: Coded | None = about("Revenue code.")
    prescription_number: Text = about("Prescription number.")
    drug_quantity: Measure | None = about("Quantity of the drug with its units.")


class ChargeOrder(ClinicalPart):
    """An order that charges come from."""

    order: CommonOrder | None = about("Control, numbers and people of the order (ORC).")
    request: Request | None = about("The service (OBR).")
    timings: list[Timing] | None = about("How much and when.")
    timing_relations: list[TimingRelation] | None = about("How it follows other orders.")
    notes: list[Note] | None = about("Comments.")
    observations: list[Observation] | None = about("Observations that go with an order of the visit.")


class ChargePosted(ClinicalEvent):
    """A charge, credit, payment or adjustment of a visit."""

    charge: Charge | None = about("The transaction (FT1).")
    charge_procedures: list[ClinicalProcedure] | None = about("Procedures of this charge.")
    charge_diagnoses: list[Diagnosis] | None = about("Diagnoses of this charge alone.")
    charge_guarantors: list[Guarantor] | None = about("Guarantors of this charge alone.")
    charge_insurances: list[Insurance] | None = about("Insurances of this charge alone.")
    charge_participations: list[Participation] | None = about("Who or what takes part in the charge.")
    observations: list[Observation] | None = about("Observations that go with the charge.")
    charge_orders: list[ChargeOrder] | None = about("Orders it comes from.")
    visit_orders: list[ChargeOrder] | None = about("Orders of the visit, told before its charges.")
    notes: list[Note] | None = about("Comments on the charge.")


KINDS = {"charge.posted": ChargePosted}
