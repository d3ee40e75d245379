"""How `clearplane check` looks at a site file: its faults with their lines, and its own tests."""

import sys
from pathlib import Path

import orjson

from gateway.cli.source import open_source
from gateway.site_settings import origin_of, settings_of
from gateway.site_tests import SiteTest
from gateway.site_trial import Difference, Made, differences
from gateway.sites import FileProblem, Site, lint_site, load_site
from gateway.toml_file import line_of, read_toml
from parsers.formats import convert
from parsers.outputs import Event
from parsers.x12.checks.codes import Lists
from schemas.envelope import Finding

PREFIX, VERSION = "clearplane.", ".v"


def check_site(path: Path, as_json: bool, lists: Lists | None = None) -> int:
    """Prints what is wrong; 1 when anything is, else 0."""
    problems = lint_site(path)
    tests = 0
    if not problems:
        site = load_site(path)
        tests = len(site.tests)
        lines = read_toml(path)[1]
        for number, test in enumerate(site.tests):
            for row, text in _tried(site, test, lists):
                problems.append(FileProblem(path, line_of(lines, ("tests", number, *row)), f"test {test.name!r}: {text}"))
    for problem in problems:
        if as_json:
            sys.stdout.buffer.write(orjson.dumps({"file": str(problem.path), "line": problem.line, "text": problem.text}) + b"\n")
        else:
            print(problem)
    if not problems and not as_json:
        print(f"{path}: good" + (f", {tests} {'test' if tests == 1 else 'tests'} passed" if tests else ""))
    return 1 if problems else 0


def _tried(site: Site, test: SiteTest, lists: Lists | None) -> list[Difference]:
    if not test.input.is_file():
        return [(("input",), f"the input {test.input} is not there")]
    events, findings = [], []
    with open_source(str(test.input)) as source:
        settings = settings_of(site, test.feed, lists)
        for output in convert(source.read_at, source.size, origin_of(site, test.feed, source.sha256), settings):
            if isinstance(output, Event):
                events.append((_kind(output), orjson.loads(output.data)))
            elif isinstance(output, Finding):
                findings.append(output)
    return differences(test, Made(events, findings))


def _kind(event: Event) -> str:
    """`encounter.started` of `clearplane.encounter.started.v1`."""
    return event.attributes["type"].removeprefix(PREFIX).rpartition(VERSION)[0]


__all__ = ["check_site"]
