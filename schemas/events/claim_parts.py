"""Parts of a submitted claim and of its lines."""

from schemas.events.common import Amount, Moment, Part, Period, Quantity, Text, Texts, about


class ListedCode(Part):
    """A code of a list whose name says the code system."""

    code: Text = about("The code.")


class KindedCode(ListedCode):
    """A code that is principal or other."""

    kind: Text = about("principal or other.")


class Diagnosis(KindedCode):
    """A diagnosis."""

    kind: Text = about("principal, admitting, reason_for_visit, external_cause or other.")
    qualifier: Text = about("Code system and place: ABK, ABF and others are ICD-10, BK, BF and others ICD-9.")
    present_on_admission: Text = about("Present on admission: Y, N, U or W.")


class ProcedurePerformed(KindedCode):
    """A procedure of an institutional claim."""

    qualifier: Text = about("Code system and place: BBR, BBQ ICD-10, BR, BQ ICD-9, CAH alternative.")
    date: Moment | None = about("Day it was performed.")


class CodedDate(ListedCode):
    """A code with a date."""

    date: Moment | None = about("The date.")


class CodedPeriod(ListedCode):
    """A code with a period."""

    period: Period | None = about("The period.")


class CodedAmount(ListedCode):
    """A code with an amount."""

    amount: Amount | None = about("The amount, which may stand for days or units.")


class Attachment(Part):
    """Paperwork that supports a claim or line."""

    type: Text = about("Report type.")
    transmission: Text = about("How it is or can be had: by mail, fax, file, on request.")
    control_number: Text = about("Number that the attachment carries.")


class Contract(Part):
    """Contract information (CN1)."""

    type: Text = about("Contract type.")
    amount: Amount | None = about("Contract amount.")
    percent: Quantity | None = about("Contract percentage.")
    code: Text = about("Contract code.")
    discount_percent: Quantity | None = about("Terms discount percentage.")
    version: Text = about("Contract version.")


class Note(Part):
    """A note (NTE)."""

    type: Text = about("What the note is about.")
    text: Text = about("Its text.")


class Conditions(Part):
    """Condition indicators of one category (CRC)."""

    category: Text = about("Category, e.g. 07 ambulance, E1 to E3 vision, 75 homebound, ZZ EPSDT referral.")
    indicator: Text = about("Y or N: whether the codes apply.")
    codes: Texts = about("Condition codes of that category.")


class Ambulance(Part):
    """Ambulance transport (CR1)."""

    weight_unit: Text = about("Unit of the patient's weight.")
    patient_weight: Quantity | None = about("Weight of the patient.")
    transport_reason: Text = about("Reason for the transport.")
    distance_unit: Text = about("Unit of the distance.")
    distance: Quantity | None = about("Distance.")
    round_trip_purpose: Text = about("Why there was a round trip.")
    stretcher_purpose: Text = about("Why a stretcher was used.")


class Spinal(Part):
    """Spinal manipulation (CR2)."""

    condition: Text = about("Condition of the patient.")
    descriptions: Texts = about("Description of the condition.")


class Orthodontics(Part):
    """Orthodontic treatment (DN1)."""

    treatment_months: Quantity | None = about("Months of treatment in total.")
    remaining_months: Quantity | None = about("Months of treatment left.")
    treatment_indicator: Text = about("Y when the services are for orthodontic treatment.")
    description: Text = about("Description.")


class ToothStatus(Part):
    """Status of a tooth (DN2)."""

    tooth: Text = about("Tooth number.")
    status: Text = about("E to be extracted, M missing, I impacted.")
    qualifier: Text = about("Tooth numbering system.")


class PricedProcedure(Part):
    """Procedure that a repricer approved."""

    qualifier: Text = about("Code system.")
    code: Text = about("The code.")


class Pricing(Part):
    """What a repricer made of a claim or line (HCP)."""

    methodology: Text = about("Pricing methodology.")
    allowed_amount: Amount | None = about("Repriced allowed amount.")
    savings_amount: Amount | None = about("Repriced savings.")
    organization_id: Text = about("Repricing organisation.")
    rate: Quantity | None = about("Per diem or flat rate.")
    group_code: Text = about("Approved patient group or DRG.")
    group_amount: Amount | None = about("Amount for that group.")
    revenue_code: Text = about("Approved revenue code.")
    procedure: PricedProcedure | None = about("Approved procedure.")
    unit: Text = about("Unit of the approved units.")
    units: Quantity | None = about("Approved units.")
    reject_reason: Text = about("Why the repricer rejected.")
    policy_compliance: Text = about("Compliance with policy.")
    exception: Text = about("Exception made.")
