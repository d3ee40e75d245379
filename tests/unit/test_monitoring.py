"""Alerts and the dashboard speak of metrics and labels that there are, and of pages that tell what to do."""

import json
import re
from typing import Any

import pytest
import yaml

from gateway.api.guard import HttpMetrics
from gateway.api.mllp_metrics import MllpCollector
from gateway.api.source_metrics import SourceCollector
from gateway.api.stream import Streams
from gateway.metrics import Metrics
from tests.unit.documents import ROOT, anchors
from tools.deploy_lint import ALERTS, DASHBOARD, dashboard_expressions

RULES: list[dict[str, Any]] = [rule for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"] for rule in group["rules"]]
EXPRESSIONS = [*((rule["alert"], rule["expr"]) for rule in RULES), *dashboard_expressions()]
OF_TARGETS = frozenset({"job", "instance"})
"""Labels that Prometheus gives."""
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",), "info": ("_info",)}

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
every_expression = pytest.mark.parametrize(("name", "expression"), EXPRESSIONS, ids=[name for name, _ in EXPRESSIONS])


def _known() -> dict[str, frozenset[str]]:
    """Labels of every sample that a gateway shows."""
    metrics = Metrics()
    HttpMetrics(metrics.registry)
    Streams(metrics.registry)
    found = {"up": OF_TARGETS, "ALERTS": OF_TARGETS}
    for collector in set(metrics.registry._names_to_collectors.values()):
        for family in collector.describe():
            for suffix in SUFFIXES[family.type]:
                labels = frozenset(getattr(collector, "_labelnames", ())) | OF_TARGETS
                found[family.name + suffix] = labels | {"le"} if suffix == "_bucket" else labels
    for family in (*MllpCollector({}).collect(), *SourceCollector([]).collect()):
        for suffix in SUFFIXES[family.type]:
            found[family.name + suffix] = frozenset(family._labelnames) | OF_TARGETS
    return found


KNOWN = _known()


def _metrics(expression: str) -> set[str]:
    return set(re.findall(r"\b(clearplane_\w+|up)\b(?=[{\[\s)]|$)", expression))


@every_expression
def test_every_metric_is_there(name: str, expression: str) -> None:
    named = set(re.findall(r"clearplane_\w+", expression))
    assert named or "up{" in expression
    assert named <= set(KNOWN)


@every_expression
def test_every_label_is_one_of_its_metrics(name: str, expression: str) -> None:
    for metric, matchers in re.findall(r"(\w+)\{([^}]*)\}", expression):
        assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", matchers)) <= KNOWN[metric], metric
    known = frozenset().union(*(KNOWN[metric] for metric in _metrics(expression)))
    for labels in re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)", expression):
        assert set(re.findall(r"\w+", labels)) <= known


@every_rule
def test_an_alert_says_what_to_do_and_where_more_is(rule: dict[str, Any]) -> None:
    assert set(rule["annotations"]) == {"summary", "do", "runbook"}
    assert rule["labels"]["severity"] in ("critical", "warning")
    known = frozenset().union(*(KNOWN[metric] for metric in _metrics(rule["expr"])))
    assert set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))) <= known
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor in anchors(ROOT / page)


@every_rule
def test_an_alert_has_a_test_of_its_own(rule: dict[str, Any]) -> None:
    text = ALERTS.with_name("alerts_test.yml").read_text("utf-8")
    raised = rf'alertname="{rule["alert"]}", alertstate="firing"}}\)' + r"|alertname: " + rule["alert"] + r"\n\s+exp_alerts:\n"
    assert re.search(raised, text)


def test_the_dashboard_is_whole() -> None:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["targets"] for panel in panels if panel["type"] != "row")
    variables = {variable["name"] for variable in board["templating"]["list"]}
    used = set(re.findall(r"\$\{?(?!__)([a-z]+)", json.dumps([panel.get("targets") for panel in panels])))
    assert used <= variables
    taken = [(x, y) for panel in panels for x, y in _cells(panel["gridPos"])]
    assert len(taken) == len(set(taken)), "two panels in one place"


def test_legends_name_labels_of_their_metric() -> None:
    targets = [target for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"] for target in panel.get("targets", ())]
    for target in targets:
        known = frozenset().union(*(KNOWN[metric] for metric in _metrics(target["expr"])))
        assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= known, target["expr"]


def _cells(place: dict[str, int]) -> list[tuple[int, int]]:
    return [(place["x"] + across, place["y"] + down) for across in range(place["w"]) for down in range(place["h"])]
