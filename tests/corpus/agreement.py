"""Where other readers and this project agree, file by file, and why where they do not: `python -m tests.corpus.agreement > docs/agreement.md`."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from parsers.x12.acknowledgements import Profile
from tests.corpus.acknowledged import SetSaid, published, sets_said
from tests.corpus.readings import READINGS, same
from tests.corpus.readings import ours as ours_of
from tests.corpus.readings import theirs as theirs_of
from tests.corpus.samples import Sample
from tests.corpus.verdicts import VERSIONS, Places, compared, ours, theirs
from tests.unit.acknowledgement_files import answers


class Reason(NamedTuple):
    """Why one of the two says something that the other does not. `files` is a pattern on the file, `said` on `{place} = {code}`."""

    name: str
    by: str
    files: str
    said: str
    text: str


REASONS = (
    Reason("npi", "ours", "", r"NPI_CHECK_DIGIT", "The check digit of an NPI is looked at here only. Most samples carry invented NPIs."),
    Reason(
        "balance", "ours", "", r"REMIT_\w+|CHARGE_BALANCE|PATIENT_RESPONSIBILITY",
        "Sums and signs (SNIP 3) are looked at here only.",
    ),
    Reason("carc", "ours", "", r"CARC_\w+", "Rules on adjustment reason codes (SNIP 5) are looked at here only."),
    Reason("codes", "ours", "", r"CODE_\w+", "The forms of codes (SNIP 5) and their lists are looked at here only."),
    Reason(
        "situation", "ours", "",
        r"DIAGNOSIS_POINTER|DATE_ORDER|PAYMENT_METHOD|SERVICE_IN_FUTURE|PATIENT_(LEVEL|DETAILS_MISSING)|PAYER_SEQUENCE|\w+_DATE_MISSING",
        "Rules between segments (SNIP 4) are looked at here only.",
    ),
    Reason("isa11", "ours", "", r"ISA = ISA_REPETITION", "ISA11 still holds U in a 00501 interchange: a note here, and what pyx12's maps ask for."),
    Reason(
        "separator", "both", "LinuxForHealth-x12__", r".* = ISA_COMPONENT_SEPARATOR|(19|2\d|3\d) (SVC|DTM|CAS|REF|AMT) = segment 1",
        "ISA16 declares one component separator and the body uses another. pyx12 loses the loop, as SVC01 starts with no known code; here the loop "
        "is kept by its tag and the composite is reported.",
    ),
    Reason(
        "trailing blank", "theirs", "835_test-31", r"24 REF02 = element 6",
        "A blank ends REF02. It is data in an AN element, so it is kept here as it is.",
    ),
    Reason(
        "state", "theirs", "united_healthcare", r"14 N402 = element 7",
        "pyx12 judges the state as an element of its own; here a state that is none is a finding of SNIP 5 on the claim or the payment.",
    ),
    Reason(
        "empty end", "theirs", "moov-io-x12__sample1", r"26 SVC = segment SEG1",
        "An element separator ends the segment; nothing is lost by it, so nothing is said here.",
    ),
    Reason(
        "certificate", "theirs", "oxygen|wheelchair", r"\d+ PWK02 = element 7",
        "The guide has two PWK for a line, one of them for certificates of medical necessity (PWK01 is CT) with codes of its own. pyx12 judges by "
        "the first.",
    ),
    Reason(
        "no header", "both", "header-ref-only",
        r"2 BHT01 = ELEMENT_CODE|2 BHT = segment 1|missing \w+ = (segment 3|LOOP_MISSING)|1 ST = SET_WITHOUT_ITEM",
        "BHT01 is not 0019 and the set ends after its header. pyx12 takes such a BHT for none; here it is read and its code reported. The two name "
        "the loops that never came differently.",
    ),
    Reason(
        "not read", "ours", "", r"NOT READ",
        "ISA is not 106 characters long. pyx12 refuses the file; here it is read by its elements, and what is wrong besides is reported.",
    ),
    Reason(
        "no map", "ours", "", r"NO MAP",
        "GS01 says HC where an 835 has HP. pyx12 finds no map; here the guide is chosen by GS08.",
    ),
    Reason(
        "provider trace", "theirs", "277_test-1", r"missing 2200C = segment 3",
        "pyx12 asks for a trace of every provider; the table here lets it be left out, as public samples do.",
    ),
    Reason(
        "early date", "theirs", "277_test-4", r"22 DTP03 = element 8",
        "The year 1001. It is a day of the calendar; here no year is too early.",
    ),
    Reason("action", "ours", "277CA/", r"\d+ TRN = STATUS_DISAGREES", "Whether STC03 fits the status categories (SNIP 4) is looked at here only."),
    Reason(
        "code or place", "both", "enroll-employee-managed-care", r"8 DTP01 = ELEMENT_CODE|8 DTP = segment 1",
        "A DTP with a qualifier that the loop does not have. pyx12 says that the segment has no place, here that its code is none of the loop's.",
    ),
    Reason(
        "leading blank", "theirs", "example834_5010", r"[23] (BGN|DTP) = segment 1",
        "Blanks between a terminator and the next tag. They are layout, so they are skipped here.",
    ),
    Reason(
        "line break", "both", "834_eol_in_element", r"12 N301 = element 6|12  = ELEMENT_CHARACTER",
        "A line break inside N301. pyx12 names the element, here the segment is named, and as a warning.",
    ),
    Reason(
        "two CTX", "theirs", "999/bryanbritten", r"13 CTX = segment 5",
        "The guide has two CTX for a segment, the business unit (once) and the situational trigger (nine times). pyx12 counts one against the other.",
    ),
    Reason(
        "repeated trigger", "both", "simple999", r"12 CTX = segment 1|12 CTX01 = ELEMENT_NOT_USED",
        "CTX01 is repeated, in later repetitions with a second component. pyx12 finds no such segment; here it is read by its first repetition and "
        "the component reported.",
    ),
    Reason(
        "lost header", "both", "invalid999",
        r"\d+ \w+ = segment 1|missing HEADER = segment 3|\d+ (AK101|AK204|IK501|CTX0[16]) = ELEMENT_(CODE|EXTRA|NOT_USED)",
        "An IK5 stands before AK1. pyx12 takes nothing of the set after it; here the IK5 alone has no place, and what is wrong besides is reported.",
    ),
)  # fmt: skip


class Line(NamedTuple):
    """One file: both verdicts, what each says that the other does not, and the reasons. `open_points` have no reason."""

    name: str
    theirs: str
    ours: str
    shared: int
    only_theirs: Places
    only_ours: Places
    reasons: tuple[str, ...]
    open_points: tuple[str, ...]


def line(sample: Sample) -> Line:
    their, our = theirs(sample), ours(sample)
    only_theirs = {place: code for place, code in their.places.items() if place not in our.places}
    only_ours = {place: code for place, code in our.places.items() if place not in their.places}
    names: list[str] = []
    open_points: list[str] = []
    for by, said in _points(their.word, only_theirs, only_ours):
        found = [
            one.name
            for one in REASONS
            if one.by in (by, "both") and re.search(one.files, sample.name) and re.fullmatch(f"(.* = )?({one.said})", said)
        ]
        names += found
        open_points += [] if len(found) == 1 else [f"{by}: {said}"]
    shared = len(set(their.places) & set(our.places))
    return Line(sample.name[4:], their.word, our.word, shared, only_theirs, only_ours, tuple(dict.fromkeys(names)), tuple(open_points))


def _points(word: str, only_theirs: Places, only_ours: Places) -> Iterator[tuple[str, str]]:
    if word not in ("valid", "invalid"):
        yield "ours", word.upper()
        return
    for place, code in only_theirs.items():
        yield "theirs", f"{place} = {code}"
    for place, code in only_ours.items():
        yield "ours", f"{place} = {code}"


def lines() -> list[Line]:
    return [line(sample) for sample in compared()]


def page() -> str:
    """The page of the documentation."""
    found = lines()
    equal = sum(not one.only_theirs and not one.only_ours and one.theirs == one.ours for one in found)
    text = [
        "# Agreement with other readers",
        "",
        "Generated by `python -m tests.corpus.agreement`; a test holds it current.",
        "",
        "## pyx12",
        "",
        f"Every public sample of the guides that pyx12 4 has in version 005010 ({len(found)} files) through pyx12 and this project: "
        f"{', '.join(sorted(VERSIONS))}.",
        "A point is one place: a segment by its ordinal in its set, an element of it, something missing, or a trailer. `invalid` here means a",
        "finding at severity error; the items of the file are published all the same unless the set is refused.",
        "",
        f"Equal in every point: {equal}. In the other {len(found) - equal} each difference has one of these reasons.",
        "",
        "| reason | said by | why |",
        "|---|---|---|",
        *(f"| {one.name} | {one.by} | {one.text} |" for one in REASONS),
        "",
        "| file | pyx12 | here | points of both | only pyx12 | only here | reasons |",
        "|---|---|---|---|---|---|---|",
        *map(_row, found),
        "",
        *_acknowledgements(),
        *_readings(),
        *_remittances(),
    ]
    return "\n".join(text)


def _row(one: Line) -> str:
    cells = [f"`{one.name}`", one.theirs, one.ours, str(one.shared), _cell(one.only_theirs), _cell(one.only_ours), ", ".join(one.reasons)]
    return f"| {' | '.join(cells)} |"


def _cell(places: Places) -> str:
    return ", ".join(f"{place} ({code})" for place, code in places.items())


ANSWERS = {
    "equal": "",
    "E for R": "pyx12 rejects a set for every error; R is said here only of what was refused, and of this set the member was published.",
    "version": "A guide of 004010, which is not read here: the set is refused as unsupported, before its segments are looked at.",
    "newer guide": "A 270 of 004010, which is read here by the guide of 005010; that has other codes.",
}
"""How a published acknowledgement compares, and why it differs."""


def answered(name: str, our: SetSaid, their: SetSaid) -> str:
    """The key in ANSWERS for one set; "" when there is none."""
    if our == their:
        return "equal"
    if our.errors == their.errors and our.result == their.result.replace("R", "E"):
        return "E for R"
    if our.errors == () and our.result.startswith("R*1"):
        return "version"
    return "newer guide" if name == "repeat_init_segment" else ""


def acknowledgements() -> list[tuple[str, SetSaid, SetSaid]]:
    """(file, what is said here of a set, what pyx12 says) of every set in the acknowledgements that pyx12 publishes."""
    profile = Profile(ta1="never", functional="997")
    return [
        (name, our, their)
        for name, data, expected in published()
        for our, their in zip(sets_said("~".join(answers(data, profile).segments("997"))), sets_said(expected.replace("<LF>", "")), strict=True)
    ]


def _acknowledgements() -> list[str]:
    found = acknowledgements()
    equal = sum(our == their for _, our, their in found)
    return [
        "## pyx12's acknowledgements",
        "",
        f"The 997 and 999 that pyx12 publishes for its own samples, set by set ({len(found)} sets, {equal} equal), against the 997 written here.",
        "",
        "| reason | why |",
        "|---|---|",
        *(f"| {name} | {text} |" for name, text in ANSWERS.items() if text),
        "",
        "| file | set | pyx12 | here | reason |",
        "|---|---|---|---|---|",
        *(f"| `{name}` | {our.number} | {_answer(their)} | {_answer(our)} | {_reason(name, our, their)} |" for name, our, their in found),
        "",
    ]


def _reason(name: str, our: SetSaid, their: SetSaid) -> str:
    found = answered(name, our, their)
    return found if ANSWERS[found] else ""


def _answer(said: SetSaid) -> str:
    return ", ".join((*said.errors, said.result))


def _readings() -> list[str]:
    return [
        "## StAEDI",
        "",
        "The segments of each file that StAEDI publishes as JSON or XML, element by element with repetitions and components; a number is compared as",
        "a number where StAEDI's schema makes it one.",
        "",
        "| reading | of | segments | equal |",
        "|---|---|---|---|",
        *(f"| `{name}` | `{file}` | {len(theirs_of(name))} | {sum(map(same, theirs_of(name), ours_of(file)))} |" for name, file in READINGS.items()),
        "",
    ]


def _remittances() -> list[str]:
    from tests.corpus.remittances import DIFFERENCES, pairs, rows_of

    counted = sum(len(row) for name in pairs() for row in rows_of(name))
    return [
        "## edi-835-parser",
        "",
        f"The three remittances whose parsed tables keironstoddart/edi-835-parser publishes, value by value: {counted} values, "
        f"{len(DIFFERENCES)} of them different.",
        "",
        "| file | row | column | why |",
        "|---|---|---|---|",
        *(f"| `{name}` | {row} | {column} | {text} |" for (name, row, column), text in DIFFERENCES.items()),
        "",
    ]


if __name__ == "__main__":
    print(page(), end="")
