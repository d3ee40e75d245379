"""Claim status as 277 transactions state it (STC)."""

from schemas.events.common import Amount, Date, Part, Text, about


class StatusCode(Part):
    """One status: a category, what it is about, and whom it concerns."""

    category: Text = about("Category, e.g. P1 in process, F1 paid, F2 denied, R3 information requested, E1 error, D0 not found.")
    code: Text = about("Claim status code.")
    entity: Text = about("Whom the code is about, e.g. 1P provider, IL subscriber, QC patient.")
    code_list: Text = about("RX when the code is a pharmacy (NCPDP) code.")


class StatusInformation(Part):
    """What the payer says at one place, with up to three codes."""

    codes: list[StatusCode] | None = about("The status, most important first.")
    date: Date | None = about("Day from which it holds.")
    total_charge: Amount | None = about("Charge of the claim.")
    paid_amount: Amount | None = about("Amount paid.")
    adjudicated_date: Date | None = about("Day of adjudication or payment decision.")
    payment_date: Date | None = about("Day of the remittance.")
    payment_number: Text = about("Check or transfer number.")
