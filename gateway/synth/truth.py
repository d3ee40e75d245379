"""What is what in a world: a record per claim, per payment and per item of all other files, and totals; amounts are decimal text."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from gateway.synth.files import Found
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
        **({"authorization": claim.authorization} if claim.authorization else {}),
        "submissions": [],
        "adjudications": [],
    }


def place_of(found: Found) -> Record:
    return {"file": found.file, "offset": found.offset, **({"set": found.set} if found.set else {})}


def of_submission(one: Submission, found: Found, rejected: bool) -> Record:
    record = {**place_of(found), "frequency": one.frequency, "payer_id": one.coverage.payer.id}
    return record | ({"replaces": one.replaces} if one.replaces else {}) | ({"rejected": True} if rejected else {})


def of_decision(one: Decision, earlier: list[Record], at: Found, trace: str) -> Record:
    """`reverses` and `corrects` are places in the claim's list of adjudications."""
    found: Record = {
        **place_of(at),
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


def of_remittance(one: Remittance, found: Found) -> Record:
    return {
        **place_of(found),
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


_GROUPED = ("site", "kind", "scenario", "final_outcome", "status", "provider_adjustment", "event", "answer", "message")


class Totals:
    """Counts and sums of a world, in cents until they are written."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.sums: Counter[str] = Counter()
        self.by: dict[str, Counter[str]] = {name: Counter() for name in _GROUPED}

    def claim(self, record: Record) -> None:
        self.counts["claims"] += 1
        for name in _GROUPED[:4]:
            self.by[name][record[name]] += 1
        self.by["status"].update(one["status"] for one in record["adjudications"])

    def submission(self, one: Submission) -> None:
        self._event("claim.submitted", "submitted")
        self.sums["submitted_charge"] += one.claim.charge

    def decision(self, one: Decision) -> None:
        self._event("claim.adjudicated", "adjudicated")
        self.sums["adjudicated_charge"] += one.charge
        self.sums["claims_paid"] += one.paid

    def remittance(self, one: Remittance) -> None:
        self._event("remittance.received", "remittances")
        self.sums["payments"] += one.amount
        for each in one.provider_adjustments:
            self.by["provider_adjustment"][each.code] += 1
            self.sums["provider_adjustments"] += each.cents

    def item(self, kind: str, outcome: str) -> None:
        self._event(kind, "items")
        if outcome:
            self.by["answer"][f"{kind} {outcome}"] += 1

    def message(self, kind: str, events: Iterable[str]) -> None:
        """An HL7 v2 message and the kinds of events that it makes."""
        self.counts["messages"] += 1
        self.by["message"][kind.rpartition("^")[0]] += 1
        for each in events:
            self.counts["events"] += 1
            self.by["event"][each] += 1

    def _event(self, kind: str, counter: str) -> None:
        self.counts["events"] += 1
        self.counts[counter] += 1
        self.by["event"][kind] += 1

    def to_json(self) -> Record:
        amounts = {name: decimal(cents) for name, cents in sorted(self.sums.items())}
        return {**dict(sorted(self.counts.items())), **amounts, "by": {name: dict(sorted(found.items())) for name, found in self.by.items()}}


class Book:
    """Writes the truth into the folder of a world as it becomes known: a line a claim, a payment, an item of any other file."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._claims, self._payments, self._items = (
            (out / name).open("w", encoding="ascii") for name in ("truth.jsonl", "remits.jsonl", "exchanges.jsonl")
        )
        self.totals = Totals()

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for file in (self._claims, self._payments, self._items):
            file.close()

    def claim(self, record: Record) -> None:
        self.totals.claim(outcomes(record))
        self._claims.write(_line(record))

    def payment(self, one: Remittance, found: Found) -> None:
        self.totals.remittance(one)
        self._payments.write(_line(of_remittance(one, found)))

    def item(self, kind: str, found: Found, answers: Record | None = None, **more: str) -> None:
        """An item that becomes an event of `kind`; `answers` says where what it answers is."""
        self.totals.item(kind, more.get("outcome", ""))
        told = {name: value for name, value in more.items() if value}
        self._items.write(_line({"kind": kind, **place_of(found), **told, **({"answers": answers} if answers else {})}))

    def close(self, **more: Any) -> Record:
        """Writes the totals."""
        found = {**more, **self.totals.to_json()}
        (self._out / "truth.json").write_text(json.dumps(found, indent=1) + "\n", encoding="ascii")
        return found


def _line(record: Record) -> str:
    return json.dumps(record, separators=(",", ":")) + "\n"


def _iso(offset: int) -> str:
    text = day(offset)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"
