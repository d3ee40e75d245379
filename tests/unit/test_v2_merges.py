"""Merges, moves and changed identifiers: what is merged into what is said, and said of two."""

import pytest

from parsers.hl7v2.checks import check
from parsers.hl7v2.checks.merges import LINKS, MERGES
from parsers.hl7v2.message import read
from tests.unit.v2_breaks import GOOD, MERGE


def problems(raw: bytes) -> list[tuple[str, str]]:
    return [(one.code, one.place) for one in check(read(raw))]


def merge(event: bytes, prior: bytes, pv1: bytes = b"") -> bytes:
    head = GOOD[MERGE].replace(b"ADT^A40^ADT_A39", b"ADT^" + event).replace(b"EVN|A40", b"EVN|" + event)
    return head.replace(b"MRG|4700^^^HOSP^MR\r", prior + pv1)


def merges(raw: bytes) -> list[tuple[str, str]]:
    return [one for one in problems(raw) if one[0].startswith("V2_MERGE")]


@pytest.mark.parametrize("event", MERGES)
def test_a_merge_says_what_is_merged(event: str) -> None:
    patient = b"4711" if event in ("A35", "A41", "A42", "A49", "A50", "A51") else b"4700"
    whole = b"MRG|" + patient + b"^^^HOSP^MR||A98^^^HOSP^AN|4701^^^HOSP^MR|V9^^^HOSP^VN|V8^^^HOSP^VN\r"
    assert merges(merge(event.encode(), whole)) == []
    assert {code for code, _ in merges(merge(event.encode(), b"MRG|\r"))} == {"V2_MERGE_INCOMPLETE"}
    assert merges(merge(event.encode(), b"")) == [("V2_MERGE_INCOMPLETE", "MRG")]


def test_whose_patient_has_no_identifier_is_no_other_patient() -> None:
    raw = merge(b"A41", b"MRG|4700^^^HOSP^MR||A98^^^HOSP^AN\r")
    assert merges(raw.replace(b"4711^^^HOSP^MR~900^^^HOSP^PI", b"")) == []
    assert merges(raw.replace(b"4711^^^HOSP^MR~900^^^HOSP^PI", b"4700")) == []


def test_the_event_may_stand_in_evn_alone() -> None:
    raw = merge(b"A40", b"").replace(b"|ADT^A40|", b"|ADT|")
    assert problems(raw) == [("V2_TRIGGER_MISSING", "MSH-9.2"), ("V2_MERGE_INCOMPLETE", "MRG")]


def test_every_patient_of_a_merge_has_its_prior_one() -> None:
    one = GOOD[MERGE]
    second = one[one.index(b"PID|") :]
    assert merges(one + second) == []
    assert [place for _, place in merges(one + second.replace(b"MRG|", b"ZRG|"))] == ["MRG"]


def test_numbers_of_before_may_be_listed_behind_the_one_that_stays() -> None:
    raw = merge(b"A40", b"MRG|4700^^^HOSP^MR\r")
    assert merges(raw.replace(b"4711^^^HOSP^MR~", b"4711^^^HOSP^MR~4700^^^HOSP^MR~")) == []
    assert merges(raw.replace(b"4711^^^HOSP^MR~", b"4700^^^HOSP^MR~4711^^^HOSP^MR~")) == [("V2_MERGE_SAME", "MRG-1")]


@pytest.mark.parametrize("event", sorted(LINKS))
@pytest.mark.parametrize(
    ("other", "said"),
    [
        (b"", [("V2_MERGE_INCOMPLETE", "A second PID")]),
        (b"PID|2||4711^^^HOSP^MR\r", [("V2_MERGE_SAME", "PID-3")]),
        (b"PID|2||4711^^^HOME^MR\r", []),
        (b"PID|2||4700^^^HOSP^MR\r", []),
        (b"PID|2\r", []),
    ],
)
def test_a_link_is_of_two(event: str, other: bytes, said: list[tuple[str, str]]) -> None:
    assert merges(merge(event.encode(), other)) == said


@pytest.mark.parametrize(
    ("event", "prior", "said"),
    [
        (b"A40", b"MRG|4711^^^HOSP^MR\r", [("V2_MERGE_SAME", "MRG-1")]),
        (b"A40", b"MRG|4711^^^HOSP&1.2&ISO^MR\r", [("V2_MERGE_SAME", "MRG-1")]),
        (b"A40", b"MRG|4711\r", [("V2_MERGE_SAME", "MRG-1")]),
        (b"A40", b"MRG|4711^^^HOME^MR~4712^^^HOSP^MR\r", []),
        (b"A40", b"MRG|900^^^HOSP^PI\r", [("V2_MERGE_SAME", "MRG-1")]),
        (b"A40", b"MRG|900\r", []),
        (b"A41", b"MRG|4711^^^HOSP^MR||A98^^^HOSP^AN\r", []),
        (b"A41", b"MRG|||A98^^^HOSP^AN\r", []),
        (b"A41", b"MRG|4700^^^HOSP^MR||A98^^^HOSP^AN\r", [("V2_MERGE_OTHER_PATIENT", "MRG-1")]),
        (b"A51", b"MRG|4700^^^HOSP^MR|||||V8\r", [("V2_MERGE_OTHER_PATIENT", "MRG-1")]),
        (b"A43", b"MRG|4700^^^HOSP^MR\r", []),
        (b"A40", b"MRG|4711^^^HOME^MR\r", [("V2_MERGE_ACROSS", "MRG-1")]),
        (b"A40", b"MRG|4700^^^HOSP^MR~4711^^^HOSP^MR\r", []),
        (b"A40", b"MRG|4700^^^OTHER^MR\r", [("V2_MERGE_ACROSS", "MRG-1")]),
        (b"A40", b"MRG|4700\r", []),
        (b"A41", b"MRG|||A99^^^HOSP^AN\r", [("V2_MERGE_SAME", "MRG-3")]),
        (b"A44", b"MRG|4700^^^HOSP^MR||A99^^^HOSP^AN\r", []),
        (b"A40", b'MRG|""\r', [("V2_MERGE_INCOMPLETE", "MRG-1")]),
    ],
)
def test_a_merge_is_of_two(event: bytes, prior: bytes, said: list[tuple[str, str]]) -> None:
    assert merges(merge(event, prior)) == said
