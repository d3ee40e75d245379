"""What is what in a world: a record per claim, a record per payment and totals, all with amounts as decimal text."""

from collections import Counter
from typing import Any

from gateway.synth.identity import day
from gateway.synth.model import Claim, Decision, Submission, decimal
from gateway.synth.remits import Remittance

Record = dict[str, Any]
FINAL_REVERSED = "reversed"
UNANSWERED = "unanswered"


def of_claim(claim: Claim) -> Record:
    return {
        "patient_control_number": claim.control_number,
        "site": claim.site.id,
        "kind": claim.kind,
        "scenario": claim.scenario,
        "charge": decimal(claim.charge),
        "lines": len(claim.lines),
        "service_date": _iso(claim.day),
        "billing_npi": claim.clinic.npi,
        "payer_id": claim.patient.first.payer.id,
        "submissions": [],
        "adjudications": [],
    }


def of_submission(one: Submission, file: str, offset: int, control_number: str) -> Record:
    found = {"file": file, "offset": offset, "set": control_number, "frequency": one.frequency, "payer_id": one.coverage.payer.id}
    return {**found, "replaces": one.replaces} if one.replaces else found


def of_decision(one: Decision, earlier: list[Record], file: str, offset: int, control_number: str, trace: str) -> Record:
    """`reverses` and `corrects` are places in the claim's list of adjudications."""
    found: Record = {
        "file": file,
        "offset": offset,
        "set": control_number,
        "trace": trace,
        "payer_id": one.coverage.payer.id,
        "payer_claim_number": one.payer_number,
        "status": one.status,
        "charge": decimal(one.charge),
        "paid": decimal(one.paid),
        "patient_responsibility": decimal(one.patient_share),
        "outcome": one.outcome,
        "denied_amount": decimal(one.denied),
    }
    if one.category:
        found["category"] = one.category
    for name, number in (("reverses", one.reverses), ("corrects", one.corrects)):
        if number:
            found[name] = next(at for at, other in enumerate(earlier) if other["payer_claim_number"] == number and other["status"] != "22")
    return found


def outcomes(record: Record) -> Record:
    """Adds the first and the last outcome, as words of the denial label; reversed and unanswered where there is none."""
    decided = record["adjudications"]
    undone = {one["reverses"] for one in decided if "reverses" in one}
    standing = [one["outcome"] for at, one in enumerate(decided) if at not in undone and one["status"] != "22"]
    record["initial_outcome"] = decided[0]["outcome"] if decided else UNANSWERED
    record["final_outcome"] = standing[-1] if standing else FINAL_REVERSED if decided else UNANSWERED
    return record


def of_remittance(one: Remittance, file: str, offset: int, control_number: str) -> Record:
    return {
        "file": file,
        "offset": offset,
        "set": control_number,
        "trace": one.trace,
        "payer_id": one.payer.id,
        "payee_npi": one.clinic.npi,
        "date": _iso(one.day),
        "amount": decimal(one.amount),
        "claims": len(one.decisions),
        "claims_paid": decimal(one.claims_paid),
        "provider_adjustments": [
            {"code": each.code, "reference": each.reference, "amount": decimal(each.cents)} for each in one.provider_adjustments
        ],
    }


_GROUPED = ("site", "kind", "scenario", "final_outcome", "status", "provider_adjustment")


class Totals:
    """Counts and sums of a world, in cents until they are written."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.sums: Counter[str] = Counter()
        self.by: dict[str, Counter[str]] = {
            name: Counter() for name in ("site", "kind", "scenario", "final_outcome", "status", "provider_adjustment")
        }

    def claim(self, record: Record) -> None:
        self.counts["claims"] += 1
        for name in _GROUPED[:4]:
            self.by[name][record[name]] += 1
        self.by["status"].update(one["status"] for one in record["adjudications"])

    def submission(self, one: Submission) -> None:
        self.counts["submitted"] += 1
        self.sums["submitted_charge"] += one.claim.charge

    def decision(self, one: Decision) -> None:
        self.counts["adjudicated"] += 1
        self.sums["adjudicated_charge"] += one.charge
        self.sums["claims_paid"] += one.paid

    def remittance(self, one: Remittance) -> None:
        self.counts["remittances"] += 1
        self.sums["payments"] += one.amount
        for each in one.provider_adjustments:
            self.by["provider_adjustment"][each.code] += 1
            self.sums["provider_adjustments"] += each.cents

    def to_json(self) -> Record:
        amounts = {name: decimal(cents) for name, cents in sorted(self.sums.items())}
        return {**dict(sorted(self.counts.items())), **amounts, "by": {name: dict(sorted(found.items())) for name, found in self.by.items()}}


def _iso(offset: int) -> str:
    text = day(offset)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"
