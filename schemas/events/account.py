"""`account.*`: a patient's account with the visit, diagnoses, procedures, insurances and guarantors that are billed on it (BAR, ADT)."""

from schemas.events.common import Text, about
from schemas.events.patient import RecordEvent


class AccountCreated(RecordEvent):
    """An account was opened."""


class AccountUpdated(RecordEvent):
    """Data of an account were changed."""


class AccountEnded(RecordEvent):
    """An account was closed; no new charges are posted to it."""


class AccountDeleted(RecordEvent):
    """An account was purged."""


class AccountMerged(RecordEvent):
    """Two accounts of one patient became one: the account number of `prior` is no longer used."""

    level: Text = about("What the identifiers name: account.")


KINDS = {
    "account.created": AccountCreated,
    "account.updated": AccountUpdated,
    "account.ended": AccountEnded,
    "account.deleted": AccountDeleted,
    "account.merged": AccountMerged,
}
