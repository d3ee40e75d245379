"""What payers decide: a story per scenario, as submissions and decisions in two waves (two remittance dates)."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from gateway.synth.catalog import LINE_DENIALS, UNKNOWN_MEMBER, Denial
from gateway.synth.identity import Coverage
from gateway.synth.model import Adjustment, Claim, Decided, Decision, Line, Submission

DECK = {
    "paid": 19, "partial": 5, "denied": 6, "unknown_member": 1, "patient_share": 2, "capitated": 1, "corrected": 3, "taken_back": 2, "split": 1,
    "secondary": 3, "crossover": 1, "pended": 1, "replaced": 2, "unanswered": 1, "rejected": 2,
}  # fmt: skip
"""Cards per 50 claims. A dental `capitated` card is played as a predetermination."""

Decisions = tuple[Decision, ...]


class Story(NamedTuple):
    """Submissions and decisions of one claim: first wave, second wave."""

    sent: tuple[Submission, ...]
    decided: Decisions
    sent_later: tuple[Submission, ...] = ()
    decided_later: Decisions = ()


def story(rng: Random, claim: Claim) -> Story:
    """Everything that happens to a claim."""
    return _STORIES[claim.scenario](rng, claim)


def payer_number(claim: Claim, part: str = "") -> str:
    return f"PCN{claim.number * 2_654_435_761 % 2**32:010d}{part}"


def _bill(claim: Claim) -> tuple[Submission, ...]:
    return (Submission(claim, claim.patient.first),)


# -- lines


def _priced(rng: Random, line: Line, patient: bool = True, everything_to_patient: bool = False) -> Decided:
    """Contract reduction of 10 to 50 per cent, then what the patient owes (deductible, coinsurance or copay)."""
    contract = line.charge * rng.randrange(10, 50) // 100
    rest = line.charge - contract
    adjustments = [Adjustment("CO", "45", contract)]
    draw = rng.random()
    if everything_to_patient:
        adjustments.append(Adjustment("PR", "1", rest))
        return Decided(line, 0, tuple(adjustments))
    if draw < 0.1:
        adjustments.append(Adjustment("CO", "131", rest * 2 // 100))
    if patient and draw < 0.55:
        adjustments.append(Adjustment("PR", "2" if draw < 0.3 else "3", rest * rng.randrange(5, 25) // 100))
    if patient and draw < 0.15:
        adjustments.append(Adjustment("PR", "1", rest // 10))
    kept = tuple(one for one in adjustments if one.cents)
    return Decided(line, line.charge - sum(one.cents for one in kept), kept, ("N381",) if draw > 0.9 else ())


def _refused(line: Line, denial: Denial) -> Decided:
    return Decided(line, 0, (Adjustment(denial.group, denial.carc, line.charge),), (denial.remark,) if denial.remark else ())


def _paid(rng: Random, claim: Claim, coverage: Coverage | None = None, status: str = "1", part: str = "") -> Decision:
    lines = tuple(_priced(rng, line) for line in claim.lines)
    if claim.kind == "837P" and claim.variety % 16 == 0:
        lines = (_downcoded(lines[0]), *lines[1:])
    return Decision(claim, status, coverage or claim.patient.first, payer_number(claim, part), lines, "PAID")


def _downcoded(one: Decided) -> Decided:
    """Another code is paid than was sent, and fewer units where there were several: a flag, never a denial."""
    return one._replace(paid_code="99212", paid_units=one.line.units - 1 if one.line.units > 1 else 0)


def _denied(claim: Claim, denial: Denial, frequency: str = "1") -> Decision:
    lines = tuple(_refused(line, denial) for line in claim.lines)
    return Decision(
        claim, "1", claim.patient.first, payer_number(claim), lines, "DENIED", category=denial.category, denied=claim.charge, frequency=frequency
    )


def _whole_charge(claim: Claim, group: str, carc: str, outcome: str, status: str = "1", remarks: tuple[str, ...] = ()) -> Decision:
    lines = tuple(Decided(line, 0, (Adjustment(group, carc, line.charge),), remarks) for line in claim.lines)
    return Decision(claim, status, claim.patient.first, payer_number(claim), lines, outcome)


def _reversal(decision: Decision, remark: str) -> Decision:
    """CLP02 22: every amount of the original with the opposite sign; no patient responsibility."""
    return decision._replace(
        status="22", sign=-1, reverses=decision.payer_number, outcome="none", category="", denied=0, remarks=(remark,), forwarded_to=None, interest=0
    )


# -- stories


def _story_paid(rng: Random, claim: Claim) -> Story:
    decision = _paid(rng, claim)
    if claim.variety % 11 == 0:
        decision = decision._replace(interest=rng.randrange(50, 900))
    return Story(_bill(claim), (decision,))


def _story_partial(rng: Random, claim: Claim) -> Story:
    decision, denial = _paid(rng, claim), rng.choice(LINE_DENIALS)
    last = claim.lines[-1]
    lines = (*decision.lines[:-1], _refused(last, denial))
    return Story(_bill(claim), (decision._replace(lines=lines, outcome="PARTIAL_DENIAL", category=denial.category, denied=last.charge),))


def _denial_of(claim: Claim) -> Denial:
    if claim.denial is None:
        raise ValueError("a denied claim has its denial")
    return claim.denial


def _story_denied(rng: Random, claim: Claim) -> Story:
    return Story(_bill(claim), (_denied(claim, _denial_of(claim)),))


def _story_unknown_member(rng: Random, claim: Claim) -> Story:
    """CLP02 4: the payer does not know the patient; the reason stands at the claim and no line comes back."""
    denial = UNKNOWN_MEMBER
    refused = (Adjustment(denial.group, denial.carc, claim.charge),)
    decision = Decision(
        claim, "4", claim.patient.first, payer_number(claim), (), "DENIED", refused, (denial.remark,), category=denial.category, denied=claim.charge
    )
    return Story(_bill(claim), (decision,))


def _story_patient_share(rng: Random, claim: Claim) -> Story:
    lines = tuple(_priced(rng, line, everything_to_patient=True) for line in claim.lines)
    return Story(_bill(claim), (Decision(claim, "1", claim.patient.first, payer_number(claim), lines, "ZERO_PAY"),))


def _story_capitated(rng: Random, claim: Claim) -> Story:
    return Story(_bill(claim), (_whole_charge(claim, "CO", "24", "ZERO_PAY"),))


def _story_predetermination(rng: Random, claim: Claim) -> Story:
    return Story(_bill(claim), (_whole_charge(claim, "OA", "101", "none", status="25"),))


def _story_corrected(rng: Random, claim: Claim) -> Story:
    """Paid, later reversed and decided anew in one remittance; every third correction is a denial."""
    first = _paid(rng, claim)
    again = _paid(rng, claim) if claim.variety % 3 else _denied(claim, Denial("CO", "50", "N115", "medical_necessity"))
    again = again._replace(corrects=first.payer_number, payer_number=payer_number(claim, "C"))
    return Story(_bill(claim), (first,), (), (_reversal(first, "MA67"), again))


def _story_taken_back(rng: Random, claim: Claim) -> Story:
    """Paid, later reversed and nothing more; the money is recouped at once, had been sent back before, or is recouped with the next payment."""
    first = _paid(rng, claim)
    settlement = ("", "returned", "deferred")[claim.variety % 3]
    return Story(_bill(claim), (first,), (), (_reversal(first, "N693")._replace(settlement=settlement),))


def _story_split(rng: Random, claim: Claim) -> Story:
    whole = _paid(rng, claim)
    parts = tuple(
        whole._replace(lines=lines, payer_number=payer_number(claim, suffix), remarks=("N123",))
        for suffix, lines in (("A", whole.lines[:1]), ("B", whole.lines[1:]))
    )
    return Story(_bill(claim), parts)


def _second(rng: Random, claim: Claim, prior: Decision) -> Decision:
    """The second payer: what the first one settled is OA 23, of what was left to the patient most is paid."""
    lines = []
    for one in prior.lines:
        left = sum(each.cents for each in one.adjustments if each.group == "PR")
        kept = left * rng.randrange(10, 40) // 100
        adjustments = (Adjustment("OA", "23", one.line.charge - left), Adjustment("PR", "2", kept))
        lines.append(Decided(one.line, left - kept, tuple(each for each in adjustments if each.cents)))
    outcome = "PAID" if any(one.paid for one in lines) else "ZERO_PAY"
    return Decision(claim, "2", claim.patient.second, payer_number(claim, "S"), tuple(lines), outcome)


def _story_secondary(rng: Random, claim: Claim) -> Story:
    """Billed to the second payer with what the first one decided; the remittance of the first is no part of this world."""
    lines = tuple(_priced(rng, line) for line in claim.lines)
    prior = Decision(claim, "1", claim.patient.first, payer_number(claim, "P"), lines, "PAID")
    return Story((Submission(claim, claim.patient.second, prior=prior),), (_second(rng, claim, prior),))


def _story_crossover(rng: Random, claim: Claim) -> Story:
    """The first payer decides and forwards (CLP02 19); the second one decides later."""
    first = _paid(rng, claim, status="19")._replace(forwarded_to=claim.patient.second, remarks=("MA18",))
    return Story(_bill(claim), (first,), (), (_second(rng, claim, first),))


def _story_pended(rng: Random, claim: Claim) -> Story:
    """Under review (OA 133), later reversed and paid."""
    first = _whole_charge(claim, "OA", "133", "PENDED")
    again = _paid(rng, claim)._replace(corrects=first.payer_number)
    return Story(_bill(claim), (first,), (), (_reversal(first, "MA67"), again))


def _story_replaced(rng: Random, claim: Claim) -> Story:
    """Denied, sent again as a replacement (frequency 7) and paid."""
    first = _denied(claim, _denial_of(claim))
    again = Submission(claim, claim.patient.first, "7", first.payer_number)
    paid = _paid(rng, claim, part="R")._replace(frequency="7", corrects=first.payer_number)
    return Story(_bill(claim), (first,), (again,), (paid,))


def _story_rejected(rng: Random, claim: Claim) -> Story:
    """Returned before it was decided on, sent again and paid."""
    return Story(_bill(claim), (), _bill(claim), (_paid(rng, claim),))


def _story_unanswered(rng: Random, claim: Claim) -> Story:
    return Story(_bill(claim), ())


_STORIES: dict[str, Callable[[Random, Claim], Story]] = {
    "paid": _story_paid,
    "partial": _story_partial,
    "denied": _story_denied,
    "unknown_member": _story_unknown_member,
    "patient_share": _story_patient_share,
    "capitated": _story_capitated,
    "predetermination": _story_predetermination,
    "corrected": _story_corrected,
    "taken_back": _story_taken_back,
    "split": _story_split,
    "secondary": _story_secondary,
    "crossover": _story_crossover,
    "pended": _story_pended,
    "replaced": _story_replaced,
    "unanswered": _story_unanswered,
    "rejected": _story_rejected,
}
