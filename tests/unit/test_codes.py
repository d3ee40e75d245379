"""Codes: their forms, the lists that are shipped, the lists a site loads, and the quick look that clears most items."""

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli.main import main
from gateway.codes.formats import LISTS, code_set, joined, read_list
from gateway.codes.store import codes_of, drop, in_use, lists_of, pairs, put
from gateway.toml_file import ConfigError
from parsers.x12.checks.clear import CLEAR
from parsers.x12.checks.codes import CodeList, code_problems
from parsers.x12.checks.forms import FORMS, KNOWN
from parsers.x12.checks.situations import RULES
from parsers.x12.instance import Chances, instance
from parsers.x12.writer import Group, Interchange, Set, write
from schemas.codes.known import POS, STATUS_CATEGORIES, remark_code, status_code
from schemas.x12 import guide
from tests.conftest import converted
from tests.golden.cases import cases

Fields = dict[str, Any]

# -- forms


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("icd10cm", "I10 S52501A Z3A08 C4A0 U071", "10I I1 i10 I10.9 S52501AB"),
        ("icd10pcs", "0SRD0J9 027034Z", "0SRD0I9 0SRD0J 0SRD0J99"),
        ("icd9cm", "4019 250 V700 E8859", "40 40199A V7 I10"),
        ("cpt", "99213 0001F 0042T 0001U", "9921 992133 9921B A9921"),
        ("hcpcs", "J1100 A0425 V5299", "D0120 W0001 J110 J11000 99213"),
        ("cdt", "D0120 D7140", "D012 J1100 99213"),
        ("modifier", "25 LT 1P", "2 255 lt"),
        ("revenue", "0450 0120", "450 04500 A450"),
        ("ndc", "00002111401 500002111401", "0002-1114-01 0000211140 5000021114011"),
        ("taxonomy", "207Q00000X 1223G0001X", "207Q00000Y 207Q0000X"),
        ("zip", "45501 455010001", "4550 45501-0001 4550100012 K1A0B1"),
        ("clia", "45D0000001", "45E0000001 45D000001"),
        ("ein", "581234567 58-1234567", "58123456 5812345678"),
        ("ssn", "123456789 123-45-6789", "000123456 666123456 912345678 123005678 123450000"),
        ("mbi", "1EG4TE5MK73 1AA0A00AA00", "0EG4TE5MK73 1BG4TE5MK73 1EG4TE5MK7"),
        ("rarc", "N130 M15 MA130", "X130 N N13000"),
        ("carc", "45 B7 P12", "45A AB7"),
        ("status_category", "A1 F3F R17 RQ", "1A A A123"),
        ("tooth", "1 14 32 51 82 A T AS", "0 33 83 U"),
        ("npi", "1234567893 1245319599 1003000126", "1234567890 2234567890 123456789"),
        ("payer_identifier", "1512345678", "512345678 2512345678"),
        ("drg", "470 0470", "47 4A0"),
    ],
)  # fmt: skip
def test_forms(name: str, good: str, bad: str) -> None:
    assert [code for code in good.split() if not FORMS[name][code]] == []
    assert [code for code in bad.split() if FORMS[name][code]] == []


def test_shipped_lists() -> None:
    assert {"11", "21", "41", "99"} <= POS
    assert "97" not in POS
    assert {"A7", "F3F", "R16"} <= STATUS_CATEGORIES
    assert "Z9" not in STATUS_CATEGORIES
    assert KNOWN["state"]["OH"]
    assert not KNOWN["state"]["XX"]


@pytest.mark.parametrize(("code", "may_be"), [("20", True), ("36", False), ("771", True), ("900", True), ("x", False), ("", False), ("99999", False)])
def test_a_status_code_that_is_newer_than_the_list_may_be_one(code: str, may_be: bool) -> None:
    assert status_code(code) is may_be


@pytest.mark.parametrize(
    ("code", "may_be"), [("N130", True), ("MA12", False), ("MA13", True), ("N950", True), ("M0", False), ("X1", False), ("N", False)]
)
def test_a_remark_code_that_is_newer_than_the_list_may_be_one(code: str, may_be: bool) -> None:
    assert remark_code(code) is may_be


# -- the quick look

_CONTEXT = ("transaction", "billing_provider", "pay_to_address", "coverage", "subscriber", "payer", "payee", "payment", "patient")


def _parts(event: Fields) -> tuple[Fields, Fields]:
    """(fields, context) of an event as the engine has them."""
    context = {name: event[name] for name in _CONTEXT if name in event}
    if context.get("patient") == context.get("subscriber"):
        context.pop("patient", None)
    return {name: value for name, value in event.items() if name not in _CONTEXT}, context


@cache
def _items() -> tuple[tuple[str, Fields, Fields], ...]:
    contents = [case.content for case in cases()]
    for name in ("837P", "837I", "837D", "835"):
        for seed in range(6):
            body = instance(guide(name), Random(seed), Chances(0.2 * (seed % 3)))
            group = Group(guide(name), "A", "B", "20260701", "1200", 1, [Set("0001", body)])
            contents.append(b"".join(write(Interchange("A", "B", "260701", "1200", 1), [group])))
    found = []
    for content in contents:
        for event in converted(content).events:
            kind = event.attributes["type"].removeprefix("clearplane.").removesuffix(".v1")
            if kind in CLEAR:
                found.append((kind, *_parts(json.loads(event.data))))
    return tuple(found)


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _leaves(inner, (*path, step))


_ODD = ("x", "18", "P", "S", "A0425", "21", "D9999", "2099-01-01", "1900-01-01", "XX", "000", None)


def _close(kind: str, fields: Fields, context: Fields) -> list[str]:
    found = [problem.code for rule in RULES[kind] for problem in rule(fields, context)]
    return found + [problem.code for problem in code_problems(kind, fields, context, {})]


def _changed(whole: Fields, path: tuple[Any, ...], odd: str | None) -> Fields | None:
    """A copy with the text at the path replaced, or what stands there left out; None where there is nothing to change."""
    changed = copy.deepcopy(whole)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    if odd is None and isinstance(place, dict):
        del place[path[-1]]
    elif odd is not None and isinstance(place[path[-1]], str):
        place[path[-1]] = odd
    else:
        return None
    return changed


def _holds(kind: str, whole: Fields) -> bool:
    return not CLEAR[kind](whole["fields"], whole["context"]) or _close(kind, whole["fields"], whole["context"]) == []


_APART = ("envelope", "provenance", "balanced", "unmapped")


def test_what_the_quick_look_clears_the_close_look_clears() -> None:
    """Every text of a dozen items that are cleared, replaced by every odd one, and left out."""
    cleared = [item for item in _items() if CLEAR[item[0]](*item[1:])]
    chosen = [*[item for item in cleared if item[0] == "claim.submitted"][:9], *[item for item in cleared if item[0] == "claim.adjudicated"][:3]]
    wrong = []
    for kind, fields, context in chosen:
        whole = {"fields": {name: value for name, value in fields.items() if name not in _APART}, "context": context}
        for path in [path for path in _leaves(whole) if len(path) > 1]:
            for odd in _ODD:
                changed = _changed(whole, path, odd)
                if changed is not None and not _holds(kind, changed):
                    wrong.append((kind, path, odd))
    assert wrong == []


_MORE: tuple[tuple[tuple[str, ...], Any], ...] = (
    (("context", "coverage", "relationship"), "18"),
    (("context", "coverage", "filing_indicator"), "MB"),
    (("context", "patient"), {"birth_date": "2000-01-01"}),
    (("context", "billing_provider", "tax_id"), "x"),
    (("context", "subscriber", "social_security_number"), "x"),
    (("fields", "accident_causes"), ["AA"]),
    (("fields", "accident_causes"), ["OA"]),
    (("fields", "accident_date"), "2099-01-01"),
    (("fields", "onset_date"), "2099-01-01"),
    (("fields", "admission_date"), "2099-01-01"),
    (("fields", "attachments"), [{"type": "OZ", "transmission": "BM"}]),
    (("fields", "other_payers"), [{"payer_responsibility": "P"}]),
    (("fields", "other_payers"), [{"payer_responsibility": "S", "adjustments": [{"reason": "9999"}]}]),
    (("fields", "service_facility"), {"state": "XX", "postal_code": "45501"}),
    (("fields", "drg"), "x"),
    (("fields", "status"), "25"),
)
"""What an item that is cleared may have besides, and then may not be cleared any more."""


def test_what_stands_in_an_item_besides_is_seen() -> None:
    wrong = []
    for kind, fields, context in [item for item in _items() if CLEAR[item[0]](*item[1:])]:
        for (where, *path), value in _MORE:
            whole = copy.deepcopy({"fields": fields, "context": context})
            place = whole[where]
            for step in path[:-1]:
                place = place.get(step, {})
            place[path[-1]] = value
            if not _holds(kind, whole):
                wrong.append((kind, path, value))
    assert wrong == []


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_same_of_several_changes_at_once(data: st.DataObject) -> None:
    items = _items()
    kind, fields, context = items[data.draw(st.integers(0, len(items) - 1))]
    whole: Fields = {"fields": fields, "context": context}
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in _leaves(whole) if len(path) > 1]))
        whole = _changed(whole, path, data.draw(st.sampled_from(_ODD))) or whole
    assert _holds(kind, whole)


def test_everyday_items_are_cleared() -> None:
    plain = [item for item in _items() if CLEAR[item[0]](*item[1:])]
    assert {kind for kind, _, _ in plain} == set(CLEAR)
    assert all(_close(*item) == [] for item in plain)


# -- lists of a site

LOADED = {"icd10cm": CodeList({"I10": ("2020-10-01", "2023-09-30"), "J029": ("", "")})}


@pytest.mark.parametrize(
    ("code", "day", "found"),
    [
        ("J029", "2024-01-10", []),
        ("I10", "2023-09-30", []),
        ("I10", "2023-10-01", ["CODE_NOT_VALID"]),
        ("I10", "2020-09-30", ["CODE_NOT_VALID"]),
        ("R509", "2024-01-10", ["CODE_NOT_LISTED"]),
        ("R5", "2024-01-10", ["CODE_FORM"]),
    ],
)
def test_codes_are_valid_on_the_day_of_service(code: str, day: str, found: list[str]) -> None:
    fields = {"diagnoses": [{"qualifier": "ABK", "code": code}], "lines": [{"service_period": {"start": day}}]}
    assert [problem.code for problem in code_problems("claim.submitted", fields, {}, LOADED)] == found


def test_a_loaded_list_of_level_two_says_nothing_of_cpt_codes() -> None:
    lines = [{"procedure": {"qualifier": "HC", "code": code}} for code in ("99213", "J9999", "J1100")]
    problems = code_problems("claim.submitted", {"lines": lines}, {}, {"hcpcs": CodeList({"J1100": ("", "")})})
    assert [(problem.code, problem.line, problem.where) for problem in problems] == [("CODE_NOT_LISTED", 1, "SV101-2")]


def test_a_loaded_list_of_reasons_is_for_remittances_too() -> None:
    fields = {"lines": [{"adjustments": [{"reason": "45"}, {"reason": "999"}], "service_date": "2024-01-01"}]}
    problems = code_problems("claim.adjudicated", fields, {}, {"carc": CodeList({"45": ("", "2023-12-31")})})
    assert [(problem.code, problem.line) for problem in problems] == [("CODE_NOT_VALID", 0), ("CODE_NOT_LISTED", 0)]


def test_status_codes_of_answers() -> None:
    fields = {"statuses": [{"codes": [{"category": "Z9", "code": "36"}]}], "lines": [{"statuses": [{"codes": [{"category": "A1", "code": "20"}]}]}]}
    assert [problem.code for problem in code_problems("claim.acknowledged", fields, {}, {})] == ["CODE_UNKNOWN", "CODE_UNKNOWN"]


# -- files of publishers


def _hcpcs(code: str, kind: str, added: str = "", ended: str = "") -> str:
    line = f"{code:<5}00100{kind}" + "TEXT".ljust(257)
    return f"{line}{added:<8}{added:<8}{ended:<8}N"


@pytest.mark.parametrize(
    ("name", "text", "codes"),
    [
        (
            "icd10cm",
            "00001 A00     0 Heading" + " " * 50 + "Heading\n00002 A000    1 Code" + " " * 53 + "Code\n",
            {"A000": ("", "")},
        ),
        ("icd10cm", "A000    Words of it\nI10     Words, too\n", {"A000": ("", ""), "I10": ("", "")}),
        (
            "hcpcs",
            "\n".join([_hcpcs("A0425", "3", "20010101"), _hcpcs("A0425", "4"), _hcpcs("J9999", "3", "19990101", "20231231"), _hcpcs("E1234", "3")]),
            {"A0425": ("2001-01-01", ""), "J9999": ("1999-01-01", "2023-12-31"), "E1234": ("", "")},
        ),
        (
            "hcpcs",
            "HCPC,SEQNUM,RECID,LONG DESCRIPTION,ADD DT,ACT EFF DT,TERM DT\nA0425,100,3,words,20010101,20020101,\nA1,100,7,words,,,\n",
            {"A0425": ("2001-01-01", "")},
        ),
        ("taxonomy", "\ufeffCode,Grouping,Classification\n207Q00000X,a,\"b, c\"\n", {"207Q00000X": ("", "")}),
        ("carc", "Code,Description,Start,Last Modified,Stop\n45,words,01/01/1995,,\n15,words,1/1/1995,,06/30/2013\n",
         {"45": ("1995-01-01", ""), "15": ("1995-01-01", "2013-06-30")}),
        ("pos", "11\n21,2000-01-01\n66,2024-08-01,\n", {"11": ("", ""), "21": ("2000-01-01", ""), "66": ("2024-08-01", "")}),
        ("claim-status", "20\n21\n", {"20": ("", ""), "21": ("", "")}),
    ],
)  # fmt: skip
def test_formats(tmp_path: Path, name: str, text: str, codes: dict[str, tuple[str, str]]) -> None:
    file = tmp_path / "list.txt"
    file.write_text(text, "utf-8")
    assert read_list(name, file).codes == codes


@pytest.mark.parametrize(
    ("name", "text", "line", "says"),
    [
        ("carc", "00002 A000    1 Code\n", 0, "no code of carc"),
        ("pos", "", 0, "no code of pos"),
        ("pos", "11\n21,someday\n", 2, "no date"),
        ("pos", "11\n12,2024-01-01,2023-01-01\n", 2, "ends before it begins"),
    ],
)
def test_what_is_no_list(tmp_path: Path, name: str, text: str, line: int, says: str) -> None:
    file = tmp_path / "list.txt"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=says) as caught:
        read_list(name, file)
    [problem] = caught.value.problems
    assert getattr(problem, "line", None) == line


def test_every_list_is_of_a_code_set() -> None:
    assert {code_set(name) for name in LISTS} <= set(FORMS)


# -- kept lists


def test_lists_are_kept_by_their_content(tmp_path: Path) -> None:
    one = put(tmp_path, "pos", {"11": ("", ""), "21": ("2000-01-01", "")}, "2026-01-01T00:00:00+00:00")
    again = put(tmp_path, "pos", {"21": ("2000-01-01", ""), "11": ("", "")}, "2026-02-01T00:00:00+00:00")
    assert one.sha256 == again.sha256
    assert pairs(tmp_path) == (("pos", one.sha256),)
    assert lists_of(tmp_path, pairs(tmp_path))["pos"].codes == {"11": ("", ""), "21": ("2000-01-01", "")}
    assert drop(tmp_path, "pos")
    assert not drop(tmp_path, "pos")
    assert in_use(tmp_path) == []
    assert codes_of(tmp_path, "pos", one.sha256).codes  # what is being read goes on


def test_a_damaged_list_is_not_used(tmp_path: Path) -> None:
    one = put(tmp_path, "pos", {"11": ("", ""), "12": ("", "")}, "")
    (tmp_path / "codes" / f"{one.sha256}.csv").write_text("11,,\n")
    with pytest.raises(ConfigError, match="damaged"):
        codes_of(tmp_path, "pos", one.sha256)
    (tmp_path / "codes" / "codes.json").write_text("{")
    with pytest.raises(ConfigError, match="damaged"):
        in_use(tmp_path)


def test_spans_are_joined() -> None:
    assert joined(("2023-10-01", "2024-09-30"), ("2024-10-01", "2025-09-30")) == ("2023-10-01", "2025-09-30")
    assert joined(("", "2024-09-30"), ("2024-10-01", "")) == ("", "")


def test_load_check_and_drop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Through the commands: what is loaded is what a file is checked by, and its events stay the same."""
    config = tmp_path / "clearplane.toml"
    config.write_text('data_dir = "data"\n')
    good = next(case.content for case in cases() if case.name == "837p_simple")
    file, codes = tmp_path / "claims.x12", tmp_path / "codes.csv"
    file.write_bytes(good)
    codes.write_text("J029\n")
    assert main(["check", str(file), "--json", "--config", str(config)]) == 0
    assert main(["codes", "load", "icd10cm", str(codes), "--from", "2024-01-01", "--config", str(config)]) == 0
    capsys.readouterr()
    assert main(["check", str(file), "--json", "--config", str(config)]) == 1
    *found, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert [(one["code"], one["snip"]) for one in found] == [("CODE_NOT_LISTED", 5)]
    assert summary["snip"] == {"5": {"error": 1}}
    codes.write_text("R509\n")
    assert main(["codes", "load", "icd10cm", str(codes), "--keep", "--config", str(config)]) == 0
    assert main(["check", str(file), "--config", str(config)]) == 0
    assert main(["codes", "list", "--config", str(config)]) == 0
    assert "2 codes" in capsys.readouterr().out
    assert main(["codes", "drop", "icd10cm", "--config", str(config)]) == 0
    assert main(["codes", "drop", "icd10cm", "--config", str(config)]) == 1


def test_levels_can_be_picked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = next(case.content for case in cases() if case.name == "837p_simple")
    file = tmp_path / "claims.x12"
    file.write_bytes(good.replace(b"*150*", b"*151*").replace(b"***11:B:1", b"***97:B:1"))
    for levels, code, found in (("3", 1, {"3"}), ("5", 0, {"5"}), ("1,2", 0, set()), ("3,5", 1, {"3", "5"})):
        assert main(["check", str(file), "--json", "--snip", levels]) == code
        *lines, summary = map(json.loads, capsys.readouterr().out.splitlines())
        assert set(summary["snip"]) == found == {str(line["snip"]) for line in lines}
    assert main(["check", str(file)]) == 1
    assert "by SNIP level: 3 balance: 1 error; 5 codes: 1 warning" in capsys.readouterr().out
    assert main(["check", str(file), "--snip", "9"]) == 64
