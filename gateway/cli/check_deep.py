"""What `clearplane check --deep` adds: where pyx12 (X12) or hl7apy (HL7 v2) agrees, what it alone says, what it does not say."""

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from gateway.cli import check_deep_v2
from gateway.cli.main import UsageError
from gateway.cli.source import Source
from gateway.deep import hl7v2
from gateway.deep.known import KNOWN
from gateway.deep.run import DeepError, Opinion, Point, available, deep_check
from parsers.formats import format_at
from schemas.envelope import Finding

_SYNTAX = {
    "1": "not of this guide, or missing", "2": "unexpected, or depends on another", "3": "missing or too many", "4": "too short or too often",
    "5": "too long or too often", "6": "character", "7": "code", "8": "date or element errors", "9": "time", "10": "excluded",
}  # fmt: skip
"""What a code of pyx12 (IK304, IK403) is about, for segments and for elements."""


class Peer(NamedTuple):
    """Whom a file is shown to, and how what it says is told: as JSON, as lines."""

    name: str
    available: Callable[[], bool]
    check: Callable[..., Any]
    to_json: Callable[[Any], dict[str, object]]
    show: Callable[[str, Any], None]


def second_opinion(path: str, source: Source, findings: list[Finding], as_json: bool) -> None:
    """Print it behind the findings of a file. Raises UsageError where what is asked is not installed."""
    peer = Peer("pyx12", available, deep_check, _json, _print)
    if format_at(source.read_at) == "hl7v2":
        peer = Peer("hl7apy", hl7v2.available, hl7v2.deep_check, check_deep_v2.to_json, check_deep_v2.show)
    if not peer.available():
        raise UsageError(f"{peer.name} is not installed; install the extra: pip install 'clearplane[deep]'")
    try:
        opinion = peer.check(source.read_at, source.size, findings)
    except DeepError as error:
        if as_json:
            _write(path, {"none": str(error)})
        else:
            print(f"{path}: no second opinion: {error}")
        return
    if as_json:
        _write(path, peer.to_json(opinion))
    else:
        peer.show(path, opinion)


def _write(path: str, deep: dict[str, object]) -> None:
    sys.stdout.buffer.write(orjson.dumps({"file": path, "deep": deep}) + b"\n")


def _json(opinion: Opinion) -> dict[str, object]:
    return {
        "accepted": opinion.accepted,
        "agree": [one.to_json() for one in opinion.both],
        "only_ours": [one.to_json() for one in opinion.ours],
        "only_pyx12": [{**one._asdict(), "known": KNOWN[one.known][1] if one.known else ""} for one in opinion.theirs],
        "beyond": opinion.beyond,
    }


def _print(path: str, opinion: Opinion) -> None:
    verdict = "accepts" if opinion.accepted else "rejects"
    known = sum(bool(one.known) for one in opinion.theirs)
    print(
        f"{path}: pyx12 {verdict} it; {len(opinion.both)} findings of SNIP 1 and 2 agree, {len(opinion.ours)} only ours, {len(opinion.theirs)} only "
        f"pyx12's ({known} of them known faults of it); {opinion.beyond} of other levels, which it does not look at"
    )
    for finding in opinion.ours:
        at = finding.location
        print(f"  only ours: segment {at.segment or '-'} {at.tag or ''}: {finding.code}")
    for point in opinion.theirs:
        print(f"  only pyx12: {_place(point)}: code {point.code} ({_SYNTAX.get(point.code, 'other')}){_known(point)}")


def _place(point: Point) -> str:
    element = f"{point.element:02d}" if point.element else ""
    component = f"-{point.component}" if point.component else ""
    return f"set {point.set + 1}, segment {point.segment or '-'} {point.tag}{element}{component}" if point.set >= 0 else point.tag


def _known(point: Point) -> str:
    return f"; known: {KNOWN[point.known][1]}" if point.known else ""
