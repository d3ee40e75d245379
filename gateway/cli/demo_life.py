"""Which events belong to the life of one claim, and which claim is worth telling of."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from gateway.cli.demo_rows import LINKED, ORDER, Event, kind_of, number_of, outcome_of

_OF_MANY = (LINKED, "remittance.received", "submission.acknowledged", "premium.paid", "enrollment.changed")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def life_of_one_claim(events: list[Event]) -> list[Event]:
    """The events of the claim about which most kinds speak, in order: its member, visit, questions, decisions and payment.

    Question and answer of a claim carry numbers that end as its patient control number does, and that is the account number of its visit.
    """
    about: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        number = number_of(event)
        if kind_of(event) not in _OF_MANY:
            about[number.lstrip(_LETTERS)].append(event)
    if not about:
        return []
    chosen = max(about.values(), key=_telling)
    return sorted([*chosen, *_around(chosen, events)], key=_place)


def _telling(events: list[Event]) -> tuple[int, int]:
    """Kinds, of which a benefit and a decision with a number count most, and that it was paid; few events rather than many."""
    kinds = {kind_of(event) for event in events}
    good = sum(copay_of(event) is not None or is_decided(event) for event in events)
    paid = any(outcome_of(event) == "paid" for event in events)
    return len(kinds) + 10 * min(good, 2) + 3 * paid, -len(events)


def _around(chosen: list[Event], events: Iterable[Event]) -> Iterator[Event]:
    """The enrolment of the subscriber and the remittances that pay the claim."""
    members = {event["data"].get("subscriber", {}).get("id") for event in chosen}
    payments = {_set_of(event) for event in chosen if kind_of(event) == "claim.adjudicated"}
    enrolled = False
    for event in events:
        kind, data = kind_of(event), event["data"]
        if kind == "enrollment.changed" and data.get("subscriber_id") in members and not enrolled:
            enrolled = True
            yield event
        elif kind == "remittance.received" and _set_of(event) in payments:
            yield event


def _set_of(event: Event) -> tuple[str, int]:
    provenance = event["data"]["provenance"]
    return provenance["receipt"], provenance["st"]


def _place(event: Event) -> tuple[str, int, str]:
    time = event.get("time", "")
    return time[:10], ORDER.index(kind_of(event)) if kind_of(event) in ORDER else len(ORDER), time


def is_decided(event: Event) -> bool:
    """Whether it is a review that was certified under a number."""
    return kind_of(event) == "authorization.answered" and "review_number" in event["data"].get("decision", {})


def copay_of(event: Event) -> int | None:
    """The place of an amount among the benefits that a patient pays a visit, or of a deductible."""
    benefits = event["data"].get("benefits", ()) if kind_of(event) == "eligibility.answered" else ()
    amounts = [at for at, one in enumerate(benefits) if "amount" in one]
    return next((at for at in amounts if benefits[at].get("information") == "B"), amounts[0] if amounts else None)
