"""Claims and what payers decide about them. All money is whole cents."""

from typing import NamedTuple

from gateway.synth.catalog import ENDED, Denial, Site
from gateway.synth.identity import Clinician, Coverage, Organisation, Patient


class Line(NamedTuple):
    """One service line. `composite` is qualifier, code, modifiers (empty tuple: revenue code alone); `reference` is REF*6R."""

    composite: tuple[str, ...]
    charge: int
    units: int
    day: int
    reference: str
    revenue: str = ""
    pointers: tuple[str, ...] = ()
    drug: tuple[str, str] = ("", "")
    tooth: str = ""
    surfaces: tuple[str, ...] = ()


class Adjustment(NamedTuple):
    group: str
    carc: str
    cents: int


class Decided(NamedTuple):
    """What a payer decided about one line: charge = paid + adjustments. `paid_code` is set where another code was paid than was sent."""

    line: Line
    paid: int
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[str, ...] = ()
    paid_code: str = ""
    paid_units: int = 0

    @property
    def sum(self) -> int:
        return sum(one.cents for one in self.adjustments)


class Claim(NamedTuple):
    """One account: a patient control number with what was done and billed. `day` is the last day of service, `sent` the day it is billed."""

    number: int
    site: Site
    kind: str
    control_number: str
    scenario: str
    patient: Patient
    clinic: Organisation
    clinician: Clinician
    other_clinician: Clinician
    lines: tuple[Line, ...]
    diagnoses: tuple[str, ...]
    admitted: int
    day: int
    sent: int
    inpatient: bool
    authorization: str
    patient_paid: int
    variety: int
    denial: Denial | None = None

    @property
    def charge(self) -> int:
        return sum(line.charge for line in self.lines)

    @property
    def attachment(self) -> str:
        """PWK06 of records that are sent beside the claim; empty where there are none."""
        return "" if self.variety % 9 else f"ATT{self.number:09d}"

    @property
    def ended(self) -> int:
        """The last day of a coverage that ended before the service; 0 for one that did not."""
        return self.admitted - 10 - self.variety % 5 if self.denial is not None and self.denial.carc == ENDED else 0

    @property
    def unknown(self) -> bool:
        """The payer does not know the member."""
        return self.scenario == "unknown_member"

    @property
    def facility(self) -> str:
        """Place of service, or the first two digits of the bill type."""
        return ("11" if self.inpatient else "13") if self.kind == "837I" else "11"


class Decision(NamedTuple):
    """One CLP. `sign` -1 undoes an earlier one; `links` says what it reverses or corrects, by CLP07. `denied` are cents of denials.

    `settlement` says how the money of a reversal comes back: recouped from this payment (empty), `returned` by the provider before, or `deferred`.
    """

    claim: Claim
    status: str
    coverage: Coverage
    payer_number: str
    lines: tuple[Decided, ...]
    outcome: str
    claim_adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    sign: int = 1
    reverses: str = ""
    corrects: str = ""
    forwarded_to: Coverage | None = None
    category: str = ""
    denied: int = 0
    frequency: str = "1"
    interest: int = 0
    settlement: str = ""

    @property
    def charge(self) -> int:
        billed = sum(one.line.charge for one in self.lines) if self.lines else self.claim.charge
        return self.sign * billed

    @property
    def paid(self) -> int:
        unlined = 0 if self.lines else self.claim.charge
        return self.sign * (unlined + sum(one.paid for one in self.lines) - sum(one.cents for one in self.claim_adjustments))

    @property
    def patient_share(self) -> int:
        every = [*self.claim_adjustments, *(one for line in self.lines for one in line.adjustments)]
        return self.sign * sum(one.cents for one in every if one.group == "PR")


class Submission(NamedTuple):
    """One CLM. `prior` is what the first payer decided, where this goes to the second one; `replaces` a payer claim number (frequency 7)."""

    claim: Claim
    coverage: Coverage
    frequency: str = "1"
    replaces: str = ""
    prior: Decision | None = None


class Ask(NamedTuple):
    """One question that the other side answers: eligibility, authorisation or status of a claim. `trace` is TRN02 of both.

    `outcome` is a word for what is answered. Of a status, `decision` is what was decided, paid with the payment `paid_by` on day `paid_on`.
    """

    claim: Claim
    trace: str
    outcome: str
    decision: Decision | None = None
    paid_by: str = ""
    paid_on: int = 0

    @property
    def coverage(self) -> Coverage:
        return self.claim.patient.first if self.decision is None else self.decision.coverage

    @property
    def originator(self) -> str:
        return f"1{self.claim.clinic.tax}"


def money(cents: int) -> str:
    """X12 decimal text: no trailing zeros after the point."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    whole, part = divmod(cents, 100)
    if not part:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{part // 10}" if not part % 10 else f"{sign}{whole}.{part:02d}"


def decimal(cents: int) -> str:
    """Decimal text with two decimals, as events write amounts."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{cents // 100}.{cents % 100:02d}"
