"""One message of a visit, what it makes known, and the visit it is of."""

from datetime import datetime
from typing import NamedTuple

from gateway.synth.model import Claim


class Fact(NamedTuple):
    """An event: its kind, and the segment of the message it begins at (MSH = 0). `patient`: in whose lane, where it is another than the message's."""

    kind: str
    segment: int
    patient: str = ""


class Message(NamedTuple):
    """`kind` is MSH-9, `segments` what follows the MSH. `account` is that of a claim; `visit` and it are empty where the message names none."""

    at: datetime
    kind: str
    patient: str
    account: str
    visit: str
    segments: tuple[str, ...]
    facts: tuple[Fact, ...]


class Visit(NamedTuple):
    """What was done for one claim, as the systems of a site see it: its account is the claim's patient control number."""

    claim: Claim
    patient: str
    account: str
    number: str

    @property
    def authority(self) -> str:
        """Who gives patient, account and visit numbers."""
        return self.claim.site.id.upper()

    @property
    def is_treated(self) -> bool:
        """A predetermination asks what would be paid: there is an appointment, and no charge yet."""
        return self.claim.scenario != "predetermination"


def visit_of(claim: Claim) -> Visit:
    return Visit(claim, claim.patient.medical_record, claim.control_number, f"V{claim.number:09d}")


def chance(claim: Claim, one_in: int, salt: int) -> bool:
    """Whether a claim is one of those to which something happens; the same at every call."""
    return (claim.variety // (salt * 7 + 1)) % one_in == salt % one_in


def wrong_visit(visit: Visit) -> Visit:
    """Opened by mistake, and cancelled: it has no account."""
    return visit._replace(account="", number=f"{visit.number}X")


def duplicate(visit: Visit) -> Visit:
    """The same patient under a second number, until both are merged."""
    return visit._replace(patient=f"MR9{visit.claim.number:08d}")
