"""What `clearplane check --deep` adds for HL7 v2: where hl7apy agrees, what it alone says, what it does not say."""

from collections import Counter

from gateway.cli.text import plural
from gateway.deep.hl7v2 import Opinion, Point
from gateway.deep.hl7v2_known import KNOWN

_MEANINGS = {
    "missing": "is required and missing", "repeated": "stands too often", "type": "has another data type", "table": "is not in its table",
    "length": "is too long", "children": "holds what it should not", "element": "is not known",
}  # fmt: skip


def to_json(opinion: Opinion) -> dict[str, object]:
    return {
        "messages": opinion.messages,
        "accepted": opinion.accepted,
        "agree": [one.to_json() for one in opinion.both],
        "only_ours": [one.to_json() for one in opinion.ours],
        "only_hl7apy": [{**one._asdict(), "known": KNOWN[one.known][1] if one.known else ""} for one in opinion.theirs],
        "beyond": opinion.beyond,
    }


def show(path: str, opinion: Opinion) -> None:
    """Its known faults are counted only, each kind in one line."""
    known = Counter(point.known for point in opinion.theirs if point.known)
    verdict = f"hl7apy {'accepts' if opinion.accepted else 'rejects'} it ({plural(opinion.messages, 'message')})"
    print(
        f"{path}: {verdict}; {len(opinion.both)} findings agree, {len(opinion.ours)} only ours, {len(opinion.theirs)} only hl7apy's "
        f"({known.total()} of them known faults of it); {opinion.beyond} of kinds that it does not look at"
    )
    for finding in opinion.ours:
        at = finding.location
        print(f"  only ours: {finding.item or '-'}, segment {at.segment or '-'} {at.tag or ''}: {finding.code}")
    for point in opinion.theirs:
        if not point.known:
            print(f"  only hl7apy: message {point.message + 1}, {_place(point)}: {point.severity}, {_MEANINGS.get(point.code, point.code)}")
    for name, count in sorted(known.items()):
        print(f"  known, {count} times: {KNOWN[name][1]}")


def _place(point: Point) -> str:
    field = f"-{point.field}" if point.field else ""
    return f"{point.tag or 'the message'}{field}" + (f".{point.component}" if point.component else "")
