"""`claim.status.requested` and `claim.status.answered`: questions about claims (276) and what the payer answers (277)."""

from schemas.events.common import Amount, Event, Moment, Part, Period, Procedure, Quantity, Text, about
from schemas.events.parties import Contact, Name
from schemas.events.status_codes import StatusInformation
from schemas.events.transaction import Transaction


class StatusPayer(Name):
    """The payer that is asked."""

    contacts: list[Contact] | None = about("Contacts.")


class StatusMember(Name):
    """Subscriber or patient."""

    birth_date: Moment | None = about("Date of birth.")
    sex: Text = about("F or M.")


class LineInquiry(Part):
    """One service line of a claim."""

    procedure: Procedure | None = about("Procedure, service or product.")
    charge: Amount | None = about("Charge.")
    revenue_code: Text = about("Revenue code.")
    units: Quantity | None = about("Units.")
    control_number: Text = about("The provider's number of the line.")
    service_period: Period | None = about("Dates of service.")


class LineStatus(LineInquiry):
    """What the payer says of one service line."""

    paid_amount: Amount | None = about("Amount paid for the line.")
    statuses: list[StatusInformation] | None = about("Status of the line.")


class ClaimStatus(Event):
    """What question and answer share: the numbers of the claim, and who asks whom about whom."""

    trace_number: Text = about("Number that ties the answer to the question (TRN02).")
    patient_control_number: Text = about("The provider's number of the claim.")
    payer_claim_number: Text = about("The payer's number of the claim.")
    bill_type: Text = about("Type of bill of an institutional claim.")
    prescription_number: Text = about("Pharmacy prescription number.")
    clearinghouse_trace: Text = about("The clearinghouse's number of the claim.")
    service_period: Period | None = about("Dates of service.")
    transaction: Transaction | None = about("Head of the transaction set.")
    payer: StatusPayer | None = about("Payer.")
    information_receiver: Name | None = about("Who asks the payer, maybe for others.")
    provider: Name | None = about("Provider of service.")
    subscriber: StatusMember | None = about("Subscriber.")
    patient: StatusMember | None = about("Patient; equal to the subscriber when it is the subscriber.")


class ClaimStatusRequested(ClaimStatus):
    """A question about one claim (276)."""

    location_number: Text = about("Application or location system of the payer.")
    group_number: Text = about("Group number.")
    total_charge: Amount | None = about("Charge of the claim.")
    lines: list[LineInquiry] | None = about("Service lines asked about.")


class ClaimStatusAnswered(ClaimStatus):
    """The status of one claim (277), or one status for all that was asked by a receiver or provider; it then has no `patient`."""

    statuses: list[StatusInformation] | None = about("Status of the claim, or of all beneath.")
    voucher_number: Text = about("The payer's voucher number.")
    lines: list[LineStatus] | None = about("Status of service lines.")


KINDS = {"claim.status.requested": ClaimStatusRequested, "claim.status.answered": ClaimStatusAnswered}
