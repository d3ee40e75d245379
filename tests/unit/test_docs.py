"""The documentation is true: what it names exists, what it shows happens, and its tables say what the code says."""

import argparse
import re
import runpy
import shlex
import shutil
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from fastapi import APIRouter
from pydantic import BaseModel

from gateway.api.guard import HttpMetrics
from gateway.api.keys import SCOPES
from gateway.api.mllp_metrics import MllpCollector
from gateway.api.parts import Options
from gateway.api.reader import Found, Page
from gateway.api.source_metrics import SourceCollector
from gateway.api.stream import Streams, encoded, heartbeat
from gateway.cli.main import COMMANDS, Parser, main
from gateway.config import (
    RETENTION_DAYS,
    ApiSettings,
    BlobSettings,
    BucketSettings,
    Config,
    KafkaSettings,
    LimitSettings,
    LogSettings,
    StateSettings,
    TopicSettings,
)  # fmt: skip
from gateway.metrics import Metrics
from gateway.site_routes import MllpSink, Route
from gateway.site_tests import SiteTest
from gateway.sites import DirectorySource, Feed, HttpSource, MllpSource, SftpSource, Site, lint_site
from schemas.codes.findings import FINDINGS
from schemas.export import HEADERS
from tests.unit.documents import ROOT, anchors, blocks, links, name, prose, spans, table, written

PAGES = written()
DOCS = ROOT / "docs"
ROOMS = ("schemas", "parsers", "connectors", "gateway", "tests", "docs", "deploy", "examples", "bench", "tools")
MADE_LATER = re.compile(r"deploy/examples/(data|inbox)|.*/server\.(crt|key)$")
"""What using a gateway makes; no part of the repository."""
BLANKS = {"SITE", "NUMBER", "EVENT_ID", "FIELD", "FIELD]", "[FIELD]", "RECEIPT", "FILE", "PATH", "DIR", "FILE...", "PATH..."}

every_page = pytest.mark.parametrize("page", PAGES, ids=name)


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name(page)} links to {link}"
        if anchor:
            assert anchor in anchors(target), f"{name(page)} links to {link}; headings there: {sorted(anchors(target))}"


@every_page
def test_named_files_exist(page: Path) -> None:
    paths = re.compile(rf"(?<![\w/.-])((?:{'|'.join(ROOMS)})/[\w./*-]*\w)")
    for span in spans(page):
        for path in paths.findall(span):
            assert MADE_LATER.match(path) or list(ROOT.glob(path)), f"{name(page)} names {path}"
        for module in re.findall(r"python -m ((?:schemas|bench|tests|tools)[\w.]*)", span):
            assert list(ROOT.glob(module.replace(".", "/") + "*")), f"{name(page)} names the module {module}"


@every_page
def test_named_commands_exist(page: Path) -> None:
    for span in spans(page):
        for words in re.findall(r"(?:^|[\s/(])clearplane (?!clearplane )([a-z][^|#)&>]*)", span):
            _check_command(name(page), words)


def _check_command(page: str, words: str) -> None:
    command, *rest = re.split(r"[\s,]+", words.strip())
    assert command in COMMANDS, f"{page} names clearplane {command}"
    options, actions = _options(command)
    for word in rest:
        if word.startswith("--"):
            assert word in options, f"{page} names clearplane {command} {word}"
    if actions and rest and rest[0] not in BLANKS:
        named = [word for word in rest if re.fullmatch(r"[a-z]+", word)]
        assert named[0] in actions, f"{page} names clearplane {command} {named[0]}"


def _options(command: str) -> tuple[set[str], set[str]]:
    """Options of a command and of what stands below it, and the names of the latter."""
    parser = Parser(prog=command)
    import_module(f"gateway.cli.{COMMANDS[command][0]}").add_arguments(parser)
    found, actions = set(parser._option_string_actions), set[str]()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            actions |= set(action.choices)
            for below in action.choices.values():
                found |= set(below._option_string_actions)
    return found, actions


def test_readme_lists_every_command() -> None:
    listed = {
        word for words in re.findall(r"^\| `clearplane ([^`]+)`", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE) for word in words.split()[:1]
    }
    assert listed == set(COMMANDS)


# -- what the pages show


@pytest.mark.parametrize("page", [page for page in PAGES if any(block.language == "console" for block in blocks(page))], ids=name)
def test_shown_commands_print_what_is_shown(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any) -> None:
    """`...` alone on a line stands for any lines, at the end of a line for the rest of it."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("data", "inbox"))
    monkeypatch.chdir(tmp_path)
    for block in blocks(page):
        if block.language == "console":
            for shown in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                command, _, output = shown.partition("\n")
                program, *arguments = shlex.split(command)
                assert program == "clearplane"
                main(arguments)
                printed = b"".join(capfdbinary.readouterr()).decode()
                assert _fits(_lines(output), _lines(printed)), f"{name(page)}: $ {command}\n{printed}"


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def _fits(shown: list[str], printed: list[str]) -> bool:
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(_fits(shown[1:], printed[skipped:]) for skipped in range(len(printed) + 1))
    if not printed:
        return False
    start = shown[0].removesuffix("...").rstrip()
    return (printed[0].startswith(start) if shown[0].endswith("...") else printed[0] == shown[0]) and _fits(shown[1:], printed[1:])


def test_examples_are_what_their_page_says(capfd: pytest.CaptureFixture[str]) -> None:
    good = [str(ROOT / "examples" / file) for file in ("claims-837p.x12", "remittance-835.x12")]
    assert main(["check", *good]) == 0
    assert capfd.readouterr().out.count("0 findings") == 2
    assert main(["check", str(ROOT / "examples" / "claims-837p-faulty.x12")]) == 1


def test_the_consumer_reads_what_a_stream_sends() -> None:
    follow = runpy.run_path(str(ROOT / "examples" / "follow.py"))
    sent = encoded(Page([Found({}, b'{"id":1}', "c1"), Found({}, b'{"id":2}', "c2")], "c2", True)) + heartbeat("c3")
    told = [(message.kind, message.id, message.data) for message in follow["messages"](iter(sent.splitlines(keepends=True)))]
    assert told == [("message", "c1", '{"id":1}'), ("message", "c2", '{"id":2}'), ("message", "c3", "")]


def test_shown_site_file_is_good(tmp_path: Path) -> None:
    shown = [block.text for page in (DOCS / "sites.md", ROOT / "README.md") for block in blocks(page) if block.language == "toml"]
    assert shown
    for text in shown:
        (tmp_path / "site.toml").write_text(text)
        assert lint_site(tmp_path / "site.toml") == []


def test_shown_configuration_is_good(tmp_path: Path) -> None:
    shown = [block.text for block in blocks(DOCS / "configuration.md") if block.language == "toml"]
    assert shown
    for text in shown:
        (tmp_path / "clearplane.toml").write_text(text)
        assert Config.load(tmp_path / "clearplane.toml").api.port == 8443


# -- tables of the pages against the code

SETTINGS: list[tuple[str, str, type[BaseModel]]] = [
    ("configuration.md", "Top level", Config),
    ("configuration.md", "`[api]`", ApiSettings),
    ("configuration.md", "`[log]`", LogSettings),
    ("configuration.md", "`[log.kafka]`", KafkaSettings),
    ("configuration.md", "`[state]`", StateSettings),
    ("configuration.md", "`[limits]`", LimitSettings),
    ("configuration.md", "`[blobs]`", BlobSettings),
    ("configuration.md", "`[blobs.s3]`", BucketSettings),
    ("sites.md", "Site", Site),
    ("sites.md", "Feed", Feed),
    ("sites.md", "Source: directory", DirectorySource),
    ("sites.md", "Source: mllp", MllpSource),
    ("sites.md", "Source: sftp", SftpSource),
    ("sites.md", "Routes", Route),
    ("sites.md", "Sink: mllp", MllpSink),
    ("sites.md", "Tests", SiteTest),
]
IN_WORDS = {"done": "`done`", "failed": "`failed`", "usage": "from the file", "duplicate_control_number": "by ISA15"}
"""Defaults that are not plain values."""


@pytest.mark.parametrize(("page", "heading", "model"), SETTINGS, ids=[heading for _, heading, _ in SETTINGS])
def test_every_setting_is_described_with_its_default(page: str, heading: str, model: type[BaseModel]) -> None:
    rows = table(DOCS / page, heading)
    assert list(rows) == list(model.model_fields)
    for field, about in model.model_fields.items():
        expected = "required" if about.is_required() else IN_WORDS.get(field) or _shown(field, about.get_default(call_default_factory=True))
        assert rows[field][0] == expected, field


def _shown(field: str, value: Any) -> str:
    if isinstance(value, BaseModel) or field == "topics":
        return ""
    if value is None or value in ((), {}):
        return "none"
    if isinstance(value, tuple):
        value = ", ".join(value)
    if isinstance(value, str | Path):
        return f"`{value}`" if str(value) else "empty"
    if field.endswith("_bytes") and value >= 1 << 10:
        unit, size = next((unit, size) for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)) if value % size == 0)
        return f"{value // size} {unit}"
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)


def test_every_topic_is_described() -> None:
    rows = table(DOCS / "configuration.md", "`[topics.NAME]`")
    assert {field for field in rows if field in TopicSettings.model_fields} == set(TopicSettings.model_fields)
    assert {topic: float(cells[1]) for topic, cells in rows.items() if topic in RETENTION_DAYS} == RETENTION_DAYS


def test_http_source_has_no_other_setting() -> None:
    assert set(HttpSource.model_fields) == set(table(DOCS / "sites.md", "Source: http")) == {"type"}


def test_findings_page_lists_every_code() -> None:
    rows = [line.strip("|").split("|") for line in (DOCS / "findings.md").read_text("utf-8").splitlines() if line.startswith("| `")]
    listed = {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in rows}
    expected = {
        code: [kind.severity, kind.scope, str(kind.snip or ""), kind.outcome, kind.text.replace("{place}", "*place*")]
        for code, kind in FINDINGS.items()
    }
    assert listed == expected


def test_api_page_names_every_route_and_scope() -> None:
    text = (DOCS / "api.md").read_text("utf-8")
    modules = [import_module(f"gateway.api.{found.name}") for found in iter_modules([str(ROOT / "gateway" / "api")])]
    routers = [router for module in modules if isinstance(router := getattr(module, "router", None), APIRouter)]
    paths = {path for router in routers for route in router.routes if not (path := str(getattr(route, "path", ""))).startswith("/docs")}
    assert len(paths) > 10
    missing = sorted(path for path in paths if path.replace("{event_id}", "{id}") not in text and not path.endswith("/explain"))
    assert not missing
    assert set(re.findall(r"^\| `([a-z:]+)` \| (?:send|read|list|all)", text, re.MULTILINE)) == set(SCOPES)


def test_operations_page_lists_every_metric() -> None:
    metrics = Metrics()
    HttpMetrics(metrics.registry)
    Streams(metrics.registry)
    metrics.registry.register(MllpCollector({}))
    metrics.registry.register(SourceCollector([]))
    known = {family.name + ("_total" if family.type == "counter" else "") for family in metrics.registry.collect()}
    assert set(table(DOCS / "operations.md", "Metrics")) - {"name"} == known


def test_events_page_lists_every_attribute() -> None:
    listed = {name for cell in table(DOCS / "events.md", "Envelope") for name in re.findall(r"\w+", cell)}
    assert {header.removeprefix("ce_") for header, _, _ in HEADERS} <= listed


def test_numbers_in_the_pages_are_those_of_the_code() -> None:
    text = prose(DOCS / "operations.md") + prose(DOCS / "api.md")
    assert f"{Options().free_bytes >> 20} MiB free" in text
    assert f"streams within {Options().recheck_seconds:g} seconds" in text
    assert f"After {Options().heartbeat_seconds:g} seconds without an event" in text
