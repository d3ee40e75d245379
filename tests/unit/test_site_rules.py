"""Rules of a site (SNIP 7): what each requirement says of fields that are there, empty or in lists, and what a site file may say."""

from pathlib import Path
from typing import Any

import pytest

from gateway.codes.store import put
from gateway.config import prepare_data_dir
from gateway.site_rules import plain, strictness_of
from gateway.sites import lint_site, load_site
from parsers.x12.checks.judge import Extra
from parsers.x12.checks.rules import SiteRule, compiled
from parsers.x12.convert import Settings
from tests.conftest import converted
from tests.golden.cases import cases
from tests.unit.pipeline_world import World

EVENT = {
    "patient_control_number": "A{1}",
    "payer": {"id": "P1"},
    "lines": [{"number": 1, "procedure": {"modifiers": ["25", "59"]}}, {"number": 2, "control_number": "L2", "procedure": {}}],
    "flag": True,
}


def found(**row: Any) -> list[tuple[int | None, str]]:
    rule = SiteRule(**{"code": "SITE_A", "event": "e", "text": "as agreed {x}", **row})
    problems = compiled((rule,))["e"](EVENT)
    assert all(problem.kind is not None and problem.kind.snip == 7 and "as agreed {x}" in problem.kind.text.format(place="") for problem in problems)
    return [(problem.line, problem.where) for problem in problems]


@pytest.mark.parametrize(
    ("row", "lines"),
    [
        ({"field": "/payer/id", "require": "present"}, []),
        ({"field": "/payer/name", "require": "present"}, [None]),
        ({"field": "/subscriber/id", "require": "present"}, [None]),
        ({"field": "/payer/id", "require": "absent"}, [None]),
        ({"field": "/payer/name", "require": "absent"}, []),
        ({"field": "/lines/*/control_number", "require": "present"}, [0]),
        ({"field": "/lines/*/control_number", "require": "absent"}, [1]),
        ({"field": "/lines/0/control_number", "require": "present"}, [None]),
        ({"field": "/attachments/*/control_number", "require": "present"}, []),
        ({"field": "/lines/*/procedure/modifiers/*", "require": "one_of", "values": ("25",)}, [0]),
        ({"field": "/lines/*/number", "require": "one_of", "values": ("1",)}, [1]),
        ({"field": "/flag", "require": "one_of", "values": ("true",)}, []),
        ({"field": "/payer/id", "require": "pattern", "values": ("[A-Z][0-9]",)}, []),
        ({"field": "/payer/id", "require": "pattern", "values": ("[A-Z]",)}, [None]),
        ({"field": "/payer/name", "require": "pattern", "values": ("[A-Z]",)}, []),
        ({"field": "/payer/id", "require": "length", "values": ("2", "2")}, []),
        ({"field": "/payer/id", "require": "length", "values": ("3", "9")}, [None]),
        ({"field": "/payer/name", "require": "present", "when": (("/payer/id", ("P1", "P2")),)}, [None]),
        ({"field": "/payer/name", "require": "present", "when": (("/payer/id", ("P2",)),)}, []),
        ({"field": "/payer/name", "require": "present", "when": (("/lines/*/number", ("2",)), ("/payer/id", ("P1",)))}, [None]),
        ({"field": "/payer/name", "require": "present", "when": (("/payer/name", ("x",)),)}, []),
    ],
)
def test_requirements(row: dict[str, Any], lines: list[int | None]) -> None:
    assert found(**row) == [(line, row["field"]) for line in lines]


RULES = """\
id = "clinic"

[[rules]]
code = "SITE_MEMBER"
event = "claim.submitted"
field = "/subscriber/id"
pattern = "[A-Z]{2}[0-9]{4}"
when = { "/payer/id" = ["A100"] }
text = "Member ids of this payer are two letters and four digits"
strictness = "reject"

[[rules]]
code = "SITE_LINE_NUMBER"
event = "claim.submitted"
field = "/lines/*/control_number"
present = true
severity = "warning"
text = "Every line needs its own number"
"""


def _site(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "clinic.toml"
    file.write_text(text)
    return file


def test_a_site_rule_is_a_finding_at_its_place_and_may_refuse_the_claim(tmp_path: Path) -> None:
    rules = load_site(_site(tmp_path, RULES)).rules
    content = next(case.content for case in cases() if case.name == "837p_simple")
    good = converted(content)
    judged = converted(content, Settings(policy=strictness_of(rules), extra=Extra(plain(rules))))
    assert [(one.code, one.severity, one.snip, one.outcome, one.location.segment, one.location.tag) for one in judged.findings] == [
        ("SITE_MEMBER", "error", 7, "refused", 18, "CLM"),
        ("SITE_LINE_NUMBER", "warning", 7, "reported", 24, "LX"),
    ]
    assert judged.findings[0].text == "The claim, /subscriber/id: Member ids of this payer are two letters and four digits"
    assert (judged.summary.counts.refused, len(judged.events)) == (1, 0)
    reported = converted(content, Settings(policy={**strictness_of(rules), "SITE_MEMBER": "report"}, extra=Extra(plain(rules))))
    assert [event.to_json() for event in reported.events] == [event.to_json() for event in good.events]
    ignored = converted(content, Settings(policy=dict.fromkeys(strictness_of(rules), "ignore"), extra=Extra(plain(rules))))
    assert ignored.findings == good.findings == []


def test_rules_see_the_patient_where_the_subscriber_is_the_patient() -> None:
    content = next(case.content for case in cases() if case.name == "837p_simple")
    rule = SiteRule("SITE_A", "claim.submitted", "/patient/first_name", "one_of", ("TIM",), "x")
    assert [one.code for one in converted(content, Settings(extra=Extra((rule,)))).findings] == ["SITE_A"]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("/subscriber/id", "/subscriber/idd", 6, "no field /subscriber/idd"),
        ("/payer/id", "/payer/x/y", 8, "no field"),
        ("/lines/*/control_number", "/lines/control_number", 15, "no field"),
        ("claim.submitted", "claim.sent", 5, "no event kind"),
        ("SITE_MEMBER", "MEMBER", 4, "code"),
        ("present = true", "present = true\nabsent = true", 12, "exactly one of"),
        ("present = true", "", 12, "exactly one of"),
        ("[A-Z]{2}[0-9]{4}", "[A-Z", 7, "not a regular expression"),
        ("present = true", "length = [4, 2]", 12, "least and the most"),
        ("reject", "refuse", 10, "strictness"),
    ],
)
def test_faults_of_a_site_file_have_their_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    text = RULES.replace(old, new, 1)
    assert text != RULES
    [problem] = lint_site(_site(tmp_path, text))
    assert says in problem.text
    assert problem.line == line


def test_the_strictest_word_of_a_code_counts_and_a_set_is_rejected_whole(tmp_path: Path) -> None:
    more = """
[[rules]]
code = "SITE_MEMBER"
event = "claim.submitted"
field = "/subscriber/id"
present = true
text = "There has to be one"

[[rules]]
code = "SITE_PAYMENT"
event = "remittance.received"
field = "/payment/method"
one_of = ["ACH"]
text = "Payments come by ACH"
strictness = "reject"
"""
    rules = load_site(_site(tmp_path, RULES + more)).rules
    assert strictness_of(rules) == {"SITE_MEMBER": "reject", "SITE_LINE_NUMBER": "report", "SITE_PAYMENT": "reject_set"}


@pytest.mark.asyncio
async def test_the_gateway_judges_by_the_rules_and_lists_of_the_site(tmp_path: Path) -> None:
    """Through the whole pipeline: a claim that breaks a rule is refused at its site, one with a code that is not in the list is reported."""
    content = next(case.content for case in cases() if case.name == "837p_simple")
    world = World(tmp_path)
    prepare_data_dir(world.config.data_dir)
    put(world.config.data_dir, "icd10cm", {"J029": ("", "")}, "")
    world.sites["river"] = world.sites["river"].model_copy(update={"rules": load_site(_site(tmp_path, RULES)).rules})
    await world.start()
    try:
        refused = await world.pass_through(content)
        published = await world.pass_through(content, site="lake")
        said = [found.line["code"] for found in world.gateway.state.receipts.findings(refused.receipt)]
        reported = [found.line["code"] for found in world.gateway.state.receipts.findings(published.receipt)]
    finally:
        await world.stop()
    assert said == ["CODE_NOT_LISTED", "SITE_MEMBER", "SITE_LINE_NUMBER"]
    assert reported == ["CODE_NOT_LISTED"]
    assert (refused.counts["refused"], published.counts["published"]) == (1, 1)
