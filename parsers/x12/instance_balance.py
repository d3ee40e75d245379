"""Sums and rules between the segments of a generated 837 or 835, by the formulas the checks use. All money is whole cents.

837: CLM02 = line charges; a prior payer's line payment + adjustments = line charge; AMT*D = its line payments - its claim adjustments.
835: SVC03 = SVC02 - CAS; CLP03 = sum SVC02; CLP04 = CLP03 - all CAS; CLP05 = sum of PR; BPR02 = sum CLP04 - sum PLB, not negative.
"""

from collections.abc import Iterable
from random import Random

from parsers.x12.instance_claims import settle_claims, settle_remittance
from parsers.x12.instance_codes import settle_codes
from parsers.x12.instance_tree import Part, Row
from schemas.x12 import Guide

_CHARGE = {"SV1": 2, "SV2": 3, "SV3": 2}
_CAS_AMOUNTS = range(3, 19, 3)
_REASONS = {"PR": ("1", "2", "3"), "CO": ("59", "131", "144"), "OA": ("23", "94"), "PI": ("59", "94"), "CR": ("59", "94")}
_LEAST, _MOST = 10_000, 90_000
_CLAIM_STATUS, _CLAIM_CHARGE, _CLAIM_PAID, _CLAIM_SHARE = 2, 3, 4, 5
_REVERSAL = "22"


def settle(guide: Guide, root: Part, rng: Random) -> None:
    """Makes the set balance; sets of other transactions stay as they are."""
    settle_codes(root, rng)
    if guide.transaction == "837":
        settle_claims(root, rng)
        for claim in root.every("2300"):
            _settle_claim(claim, rng)
    elif guide.transaction == "835":
        settle_remittance(root, rng)
        _settle_payment(root, rng)


def text(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    whole, part = divmod(abs(cents), 100)
    return f"{sign}{whole}.{part:02d}" if part else f"{sign}{whole}"


def _adjust(rows: Iterable[Row], rng: Random, sign: int = 1) -> tuple[int, int]:
    """Gives every CAS triplet a reason and an amount; returns their sum and the part of it that is PR."""
    total = patient = 0
    for row in rows:
        group = str(row.elements[1])
        for at in _CAS_AMOUNTS:
            if not row.elements[at - 1] and not row.elements[at]:
                row.elements[at + 1] = ""
                continue
            cents = sign * rng.randrange(1, 100)
            row.elements[at - 1 : at + 1] = [rng.choice(_REASONS[group]), text(cents)]
            total += cents
            patient += cents if group == "PR" else 0
    return total, patient


# -- 837


def _settle_claim(claim: Part, rng: Random) -> None:
    head = claim.rows("CLM")[0].elements
    lines = claim.parts("2400")
    charges = [rng.randrange(_LEAST, _MOST) for _ in lines]
    for line, cents in zip(lines, charges, strict=True):
        row = next(row for tag in _CHARGE for row in line.rows(tag))
        row.elements[_CHARGE[row.segment.tag]] = text(cents)
    head[2] = text(sum(charges))
    place = head[5]
    if isinstance(place, tuple):
        head[5] = (*place[:2], rng.choice("78") if claim.rows("REF", "F8") else rng.choice("12345"))
    if not claim.rows("DTP", "439") and len(head) > 11:
        head[11] = ""
    _settle_payers(claim, lines, charges, rng)


def _settle_payers(claim: Part, lines: list[Part], charges: list[int], rng: Random) -> None:
    """The first payers decide every line, the others only the claim as a whole."""
    payers = claim.parts("2320")
    deciding = min([len(payers), *(len(line.parts("2430")) for line in lines)])
    paid = [0] * len(payers)
    for number, payer in enumerate(payers):
        payer.parts("2330B")[0].rows("NM1")[0].elements[9] = f"PAYER{number}"
    for line, charge in zip(lines, charges, strict=True):
        decisions = line.parts("2430")
        line.drop(decisions[deciding:])
        for number, decision in enumerate(decisions[:deciding]):
            adjusted, _ = _adjust(decision.rows("CAS"), rng)
            decision.rows("SVD")[0].elements[1:3] = [f"PAYER{number}", text(charge - adjusted)]
            paid[number] += charge - adjusted
    for number, payer in enumerate(payers):
        adjusted, _ = _adjust(payer.rows("CAS"), rng)
        for row in payer.rows("AMT", "D"):
            row.elements[2] = text((paid[number] if number < deciding else sum(charges)) - adjusted)


# -- 835


def _settle_payment(root: Part, rng: Random) -> None:
    total = 0
    for group in root.parts("2000"):
        claims = group.parts("2100")
        charge = 0
        for claim in claims:
            billed, paid = _settle_remit(claim, rng, total)
            charge, total = charge + billed, total + paid
        for row in group.rows("TS3"):
            row.elements[4:6] = [str(len(claims)), text(charge)]
    total -= _provider_adjustments(root.rows("PLB"), rng, total)
    root.rows("BPR")[0].elements[2] = text(total)


def _settle_remit(claim: Part, rng: Random, received: int) -> tuple[int, int]:
    """Returns charge and payment. A reversal takes back no more than was paid before it."""
    head = claim.rows("CLP")[0].elements
    lines = claim.parts("2110")
    charges = [rng.randrange(_LEAST, _MOST) for _ in lines]
    charge = sum(charges) if lines else rng.randrange(_LEAST, _MOST)
    if head[_CLAIM_STATUS] == _REVERSAL and charge > received:
        head[_CLAIM_STATUS] = "1"
    sign = -1 if head[_CLAIM_STATUS] == _REVERSAL else 1
    adjusted, patient = _adjust(claim.rows("CAS"), rng, sign)
    for line, cents in zip(lines, charges, strict=True):
        of_line, of_patient = _adjust(line.rows("CAS"), rng, sign)
        line.rows("SVC")[0].elements[2:4] = [text(sign * cents), text(sign * cents - of_line)]
        adjusted, patient = adjusted + of_line, patient + of_patient
    paid = sign * charge - adjusted
    head[_CLAIM_CHARGE : _CLAIM_SHARE + 1] = [text(sign * charge), text(paid), text(patient) if patient and sign > 0 else ""]
    return sign * charge, paid


def _provider_adjustments(rows: list[Row], rng: Random, paid: int) -> int:
    """Amounts for all PLB pairs, the last one such that no negative payment is left; returns their sum."""
    pairs = [(row, at) for row in rows for at in range(4, 15, 2) if row.elements[at]]
    total = 0
    for number, (row, at) in enumerate(pairs, 1):
        cents = rng.randrange(-500, 500)
        if number == len(pairs):
            cents = min(cents, paid - total)
        row.elements[at] = text(cents)
        total += cents
    return total
