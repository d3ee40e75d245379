"""Money and figures that remittances, premium payments and enrolments share."""

from schemas.events.common import Amount, Date, Moment, Part, Quantity, Text, about


class Account(Part):
    """A bank account."""

    qualifier: Text = about("Kind of bank id.")
    id: Text = about("Bank id, e.g. a routing number.")
    account_qualifier: Text = about("Kind of account.")
    account: Text = about("Account number.")


class BankPayment(Part):
    """A payment as the bank sees it (BPR, TRN)."""

    control_number: Text = about("Set control number (ST02).")
    handling: Text = about("How payment and remittance travel; H is a notification without money.")
    amount: Amount | None = about("Amount of the payment.")
    credit_debit: Text = about("C credit, D debit.")
    method: Text = about("ACH, CHK, FWT, BOP or NON.")
    format: Text = about("Payment format, e.g. CCP, CTX.")
    sender_bank: Account | None = about("Account the money comes from.")
    receiver_bank: Account | None = about("Account the money goes to.")
    originator_id: Text = about("Payer id as the bank knows it.")
    originator_supplement: Text = about("Further payer code as the bank knows it.")
    date: Date | None = about("Day of the payment.")
    trace_number: Text = about("Check or transfer number, to match with the bank.")
    payer_identifier: Text = about("Payer id beside the trace number, to match with the bank.")
    supplement: Text = about("Further payer division beside the trace number.")
    currency: Text = about("Currency when it is not US dollars.")


class QualifiedAmount(Part):
    """An amount for information; never part of a balance."""

    qualifier: Text = about("What the amount is, e.g. AU coverage, I interest.")
    amount: Amount | None = about("The amount.")


class QualifiedQuantity(Part):
    """A quantity for information."""

    qualifier: Text = about("What is counted, e.g. CA covered days.")
    quantity: Quantity | None = about("The quantity.")


class QualifiedDay(Part):
    """A day that has no field of its own."""

    qualifier: Text = about("What the day is (DTM01).")
    date: Date | None = about("The day.")


class QualifiedDate(Part):
    """A date that has no field of its own."""

    qualifier: Text = about("What the date is (DTP01).")
    date: Moment | None = about("The date.")
