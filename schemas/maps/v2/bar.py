"""BAR: accounts added, purged, updated and ended, and what is billed on them."""

from schemas.maps.v2.admission import ADMISSION, ADMISSION_GROUPS
from schemas.maps.v2.mapping import Emit, Map


def _account(event: str, trigger: str, action: str) -> Emit:
    return Emit(event, (trigger,), (("action", action),), group="patient")


MAP = Map(
    "bar",
    ("BAR",),
    ADMISSION_GROUPS,
    ADMISSION,
    (
        _account("account.created", "P01", "add"),
        _account("account.deleted", "P02", "purge"),
        _account("account.updated", "P05", "update"),
        _account("account.ended", "P06", "end"),
        _account("account.updated", "P10", "outpatient_grouping"),
        _account("account.updated", "P12", "diagnoses_and_procedures"),
    ),
)
