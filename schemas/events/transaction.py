"""The head of a transaction set that has a hierarchy (ST, BHT)."""

from schemas.events.common import Date, Part, Text, Time, about


class Transaction(Part):
    """What the head of the set says (ST, BHT)."""

    control_number: Text = about("Set control number (ST02).")
    guide: Text = about("Guide version (ST03).")
    purpose: Text = about("Purpose (BHT02): 13 request, 01 cancellation, 11 response, 06 confirmation, 08 status.")
    reference: Text = about("The sender's number of the transaction (BHT03); a real-time answer may repeat that of the request.")
    created_date: Date | None = about("Day the set was made.")
    created_time: Time | None = about("Time of day the set was made.")
    type: Text = about("Type (BHT06): RT a request that reports spend down, DG a claim status.")
