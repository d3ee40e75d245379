"""`premium.paid`: a premium payment and what it pays for (820)."""

from schemas.events.common import Amount, Date, Event, Part, Period, Quantity, Reference, Text, about
from schemas.events.parties import Delivery, FunctionContact, Name, Organization
from schemas.events.payment_parts import BankPayment, QualifiedDay


class PremiumParty(Organization):
    """Who receives or pays the premium."""

    role: Text = about("Entity code: RM remitter of an exchange, BK bank, 8W payment address; a payee (PE) and a payer (PR) have none.")
    additional_name: Text = about("Further part of the name.")
    delivery: Delivery | None = about("How the remittance shall be delivered.")
    contacts: list[FunctionContact] | None = about("Contacts.")


class PremiumIntermediary(PremiumParty):
    """A bank, broker or administrator on the way of the payment."""


class PremiumAdjustment(Part):
    """Why more or less was paid than billed (ADX)."""

    amount: Amount | None = about("Amount of the adjustment.")
    reason: Text = about("Reason code.")


class PremiumCharge(Part):
    """A charge of a summary line (SAC)."""

    indicator: Text = about("C a charge.")
    code: Text = about("What the charge is for.")
    amount: Amount | None = about("Amount of the charge.")


class MemberCount(Part):
    """How many members a summary line pays for (SLN)."""

    number: Text = about("Number of the count.")
    relation: Text = about("O for information only.")
    quantity: Quantity | None = about("Number of members.")
    unit: Text = about("What is counted: 10 groups, IE persons, PR pairs.")


class SummaryLine(Part):
    """A line of a summary bill (IT1)."""

    number: Text = about("Number of the line.")
    charges: list[PremiumCharge] | None = about("Charges of the line.")
    member_counts: list[MemberCount] | None = about("Members of the line.")


class PremiumItem(Part):
    """What is paid for: an invoice, policy, account or kind of payment (RMR)."""

    qualifier: Text = about("What the reference is: IK invoice, IG policy, AZ plan, 11 account, ZZ kind of payment of an exchange.")
    reference: Text = about("The number or kind.")
    action: Text = about("How it is paid: PA in advance, PI as invoiced, PO on account, PP in part.")
    paid_amount: Amount | None = about("Amount paid.")
    billed_amount: Amount | None = about("Amount billed, when another was paid.")
    references: list[Reference] | None = about("Further numbers.")
    date_qualifier: Text = about("What date or period follows: 582 report period, AAG coverage.")
    date: Date | None = about("A day.")
    period: Period | None = about("A period.")
    lines: list[SummaryLine] | None = about("Lines of a summary bill.")
    adjustments: list[PremiumAdjustment] | None = about("Adjustments.")


class PremiumPerson(Name):
    """A person that is paid for."""

    role: Text = about("Entity code: IL insured, EY employee, DO dependent, QE policy holder.")
    references: list[Reference] | None = about("Numbers of the person, e.g. 0F subscriber, POL policy, AZ plan.")


class PremiumRemittance(Part):
    """One organisation or person that is paid for (ENT)."""

    number: int | None = about("Number of the entry.")
    entity: Text = about("Kind of entity: 2J an individual, 2L a corporation.")
    id_qualifier: Text = about("Kind of `id`.")
    id: Text = about("Identifier.")
    people: list[PremiumPerson] | None = about("Who is paid for.")
    adjustments: list[PremiumAdjustment] | None = about("Adjustments that are not of one item.")
    items: list[PremiumItem] | None = about("What is paid for.")


class PremiumPaid(Event, BankPayment):
    """A premium payment: from whom, to whom, how much, and for whom (820)."""

    guide: Text = about("Guide version (ST03).")
    trace_type: Text = about("1 money and remittance together, 3 the remittance apart from the money.")
    currency_of: Text = about("Whose currency it is: PR the payer's, 2B another party's.")
    references: list[Reference] | None = about("Numbers of the payment, e.g. 14 master account, 38 group.")
    dates: list[QualifiedDay] | None = about("Days.")
    coverage_period: Period | None = about("Period the payment is for.")
    payee: PremiumParty | None = about("Who receives the premium.")
    payer: PremiumParty | None = about("Who pays it.")
    intermediaries: list[PremiumIntermediary] | None = about("Banks, brokers and administrators.")
    remittances: list[PremiumRemittance] | None = about("Whom the payment is for, in the order of the source.")


KINDS = {"premium.paid": PremiumPaid}
