"""The Helm chart: what it makes of the values in its folder ci fits the gateway, and it is closed by default."""

import argparse
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.api import app, operation
from gateway.api.server import GRACE_SECONDS
from gateway.cli import run
from gateway.config import Config
from gateway.pipeline import publisher, reader
from gateway.pipeline.lanes import SETTLE_SECONDS
from gateway.pipeline.messages import CHUNKS, WORK
from gateway.pipeline.supervisor import FINISH_SECONDS
from gateway.roles import INTAKE, ROLES, roles_of
from gateway.sites import Site, load_sites
from tests.unit.documents import table
from tools import chart_schema, deploy_lint
from tools.deploy_lint import ALERTS, CHART, DASHBOARD, rendered

MINIMAL, FULL, KEDA = (CHART / "ci" / f"{name}-values.yaml" for name in ("minimal", "full", "keda"))
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
every_values = pytest.mark.parametrize("values", [MINIMAL, FULL, KEDA], ids=lambda path: path.stem)

Object = dict[str, Any]


@cache
def _objects(values: Path) -> list[Object]:
    return rendered(values)


def _kind(values: Path, kind: str) -> list[Object]:
    return [each for each in _objects(values) if each["kind"] == kind]


def _sets(values: Path) -> list[Object]:
    """What runs pods."""
    return [*_kind(values, "StatefulSet"), *_kind(values, "Deployment")]


def _pods(values: Path) -> Iterator[tuple[Object, Object]]:
    """(pod, its only container)"""
    for each in _sets(values):
        pod = each["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        yield pod, container


def _role(container: Object) -> str:
    """As the command line reads its arguments."""
    command, *rest = container["args"]
    assert command == "run"
    parser = argparse.ArgumentParser()
    run.add_arguments(parser)
    (role,) = roles_of(parser.parse_args(rest).role)
    return role


def _config(values: Path, folder: Path) -> Config:
    """Of the ConfigMap, mounted as the pods mount it; its own paths are absolute, so that only sites_dir is looked for in the folder."""
    pod, container = next(_pods(values))
    (volume,) = (volume["configMap"] for volume in pod["volumes"] if "configMap" in volume)
    (data,) = (each["data"] for each in _kind(values, "ConfigMap") if each["metadata"]["name"] == volume["name"])
    for item in volume["items"]:
        file = folder / item["path"]
        file.parent.mkdir(exist_ok=True)
        file.write_text(data[item["key"]], "utf-8")
    assert {item["key"] for item in volume["items"]} == set(data)
    mount = next(mount for mount in container["volumeMounts"] if mount["name"] == "config")
    config = Config.load(folder / Path(container["args"][container["args"].index("--config") + 1]).relative_to(mount["mountPath"]))
    return config.model_copy(update={"sites_dir": folder / config.sites_dir.relative_to(mount["mountPath"])})


# -- pods


@every_values
def test_there_is_one_set_of_pods_for_each_role(values: Path) -> None:
    assert sorted(_role(container) for _, container in _pods(values)) == sorted(ROLES)


@every_values
def test_pods_are_closed_up(values: Path) -> None:
    for pod, container in _pods(values):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
        assert "memory" in container["resources"]["limits"]
        assert "cpu" in container["resources"]["requests"]
        assert "env" not in container
        assert {mount["name"] for mount in container["volumeMounts"]} >= {"data", "tmp", "config", "tls"}


@every_values
def test_pods_mount_what_they_declare(values: Path) -> None:
    for each in _sets(values):
        pod = each["spec"]["template"]["spec"]
        volumes = [volume["name"] for volume in pod["volumes"]]
        claims = [claim["metadata"]["name"] for claim in each["spec"].get("volumeClaimTemplates", ())]
        assert sorted([*volumes, *claims]) == sorted(mount["name"] for mount in pod["containers"][0]["volumeMounts"])


@every_values
def test_probes_ask_real_routes_of_the_port_that_is_listened_on(values: Path, tmp_path: Path) -> None:
    config = _config(values, tmp_path)
    paths = {str(getattr(route, "path", "")) for route in operation.router.routes}
    for _, container in _pods(values):
        (port,) = container["ports"]
        assert port["containerPort"] == config.api.port
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            asked = container[probe]["httpGet"]
            assert asked["path"] in paths
            assert asked["port"] == port["name"]
            assert asked["scheme"] == "HTTPS"
        assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"


@every_values
def test_pods_have_time_to_stop(values: Path) -> None:
    for pod, container in _pods(values):
        (drain,) = (int(word) for word in container["lifecycle"]["preStop"]["exec"]["command"] if word.isdigit())
        assert pod["terminationGracePeriodSeconds"] > drain + GRACE_SECONDS + FINISH_SECONDS + SETTLE_SECONDS


@every_values
def test_selectors_meet_the_pods(values: Path) -> None:
    by_role = {_role(each["spec"]["template"]["spec"]["containers"][0]): each["spec"]["template"]["metadata"]["labels"] for each in _sets(values)}
    for each in _sets(values):
        assert each["spec"]["selector"]["matchLabels"].items() <= each["spec"]["template"]["metadata"]["labels"].items()
    for each in [*_kind(values, "Service"), *_kind(values, "PodDisruptionBudget")]:
        selector = each["spec"]["selector"]
        met = {role for role, labels in by_role.items() if selector.get("matchLabels", selector).items() <= labels.items()}
        assert met == {each["metadata"]["labels"]["app.kubernetes.io/component"]}


def test_the_intake_keeps_its_disk() -> None:
    """It holds what was acknowledged by this node alone."""
    (intake,) = _kind(MINIMAL, "StatefulSet")
    assert _role(intake["spec"]["template"]["spec"]["containers"][0]) == INTAKE
    assert intake["spec"]["serviceName"] in {
        service["metadata"]["name"] for service in _kind(MINIMAL, "Service") if service["spec"].get("clusterIP") == "None"
    }
    (claim,) = intake["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "20Gi"
    assert "persistentVolumeClaimRetentionPolicy" not in intake["spec"]


# -- configuration


@every_values
def test_the_gateway_takes_its_configuration(values: Path, tmp_path: Path) -> None:
    config = _config(values, tmp_path)
    given = yaml.safe_load(values.read_text("utf-8"))
    assert config.log.kind == "kafka"
    for pod, container in _pods(values):
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert Path(mounts["data"]) in config.data_dir.parents, "a folder of its own, since that of a volume is open to the group"
        assert {str(config.api.tls_cert), str(config.api.tls_key)} == {f"{mounts['tls']}/tls.crt", f"{mounts['tls']}/tls.key"}
        mounted = {mounts[volume["name"]] for volume in pod["volumes"] if "secret" in volume}
        named = re.findall(r"'file:([^']*)'", str(config.model_dump()))
        assert {str(Path(file).parent) for file in named} <= mounted
        assert {f"/run/secrets/{name}" for name in given["secrets"]} | {mounts["tls"]} == mounted


def test_values_arrive_as_they_were_given(tmp_path: Path) -> None:
    config = _config(FULL, tmp_path)
    given = yaml.safe_load(FULL.read_text("utf-8"))
    chart = {"data_dir": config.data_dir, "sites_dir": Path("/etc/clearplane/sites"), "api": config.api}
    expected = Config.model_validate({**given["config"], "log": {**given["config"]["log"], "kind": "kafka"}, **chart})
    assert config.model_copy(update={"sites_dir": expected.sites_dir}) == expected
    assert type(tomllib.loads((tmp_path / "clearplane.toml").read_text("utf-8"))["log"]["local_bytes"]) is int, (
        "not as a float, which YAML makes of it"
    )
    sites = load_sites(config.sites_dir)
    assert {name: site.name for name, site in sites.items()} == {name: site["name"] for name, site in given["sites"].items()}
    assert sites["hillside"].findings == given["sites"]["hillside"]["findings"]
    assert [feed.acknowledge for feed in sites["hillside"].feeds] == ["local", "replicated"]
    assert Site.model_validate(given["sites"]["hillside"]).feeds[0].sources[1].path == sites["hillside"].feeds[0].sources[1].path


@every_values
def test_no_secret_is_in_what_the_chart_makes(values: Path) -> None:
    assert not _kind(values, "Secret")
    for line in json.dumps(_objects(values)).split("\\n"):
        if match := re.search(r"(?:password|secret_key|access_key) = (.*)", line):
            assert match[1].startswith('\\"file:/run/secrets/')


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("config.state.password=hunter2", "does not match pattern"),
        ("config.log.kafak.servers=a", "additional properties 'kafak' not allowed"),
        ("config.log.kind=embedded", "config.log.kind has to be kafka"),
        ("config.state.url=null", "config.state.url is needed"),
        ("config.blobs.s3=null", "config.blobs.s3.bucket is needed"),
        ("intake.inbox.existingClaim=inbox", "intake.replicas has to be 1"),
        ("intake.replica=1", "additional properties 'replica' not allowed"),
        ("sites.hillside.feed=1", "additional properties 'feed' not allowed"),
        ("secrets.tls.secretName=mine", "tls"),
        ("normalise.readinessPath=/ready", "/health/live"),
    ],
)
def test_wrong_values_are_refused_with_a_sentence(setting: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        rendered(MINIMAL, deploy_lint.KUBERNETES[-1], "--set", setting)


def test_the_schema_knows_every_value() -> None:
    assert set(VALUES) | {"global"} == set(json.loads(chart_schema.SCHEMA.read_text("utf-8"))["properties"])


def test_the_page_of_the_chart_lists_every_value_with_its_default() -> None:
    rows = table(CHART / "README.md", "Values")
    assert {name: cells[0] for name, cells in rows.items() if name != "value"} == {name: _shown(value) for name, value in _leaves(VALUES)}


def _leaves(values: Object, path: str = "") -> Iterator[tuple[str, Any]]:
    """What may hold anything, and what holds plain values, is one value."""
    for name, value in values.items():
        if isinstance(value, dict) and value and not {name} & {"config", "resources", "keySecret", "caSecret"} and name != "labels":
            yield from _leaves(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _shown(value: Any) -> str:
    if isinstance(value, dict | list) and value:
        return "below"
    if value in ("", {}, []):
        return "empty"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


# -- network


def test_everything_is_denied_but_what_is_needed(tmp_path: Path) -> None:
    deny, allow = sorted(_kind(FULL, "NetworkPolicy"), key=lambda policy: len(policy["spec"]))
    assert set(deny["spec"]) == {"podSelector", "policyTypes"}
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in _sets(FULL)]
    for policy in (deny, allow):
        assert sorted(policy["spec"]["policyTypes"]) == ["Egress", "Ingress"]
        assert all(policy["spec"]["podSelector"]["matchLabels"].items() <= each.items() for each in labels)
    config = _config(FULL, tmp_path)
    (way_in,) = allow["spec"]["ingress"]
    assert [port["port"] for port in way_in["ports"]] == [config.api.port]
    ways_out = {tuple(port["port"] for port in way["ports"]): [next(iter(peer)) for peer in way["to"]] for way in allow["spec"]["egress"]}
    block = ["ipBlock"]
    assert ways_out == {(53, 53): ["namespaceSelector"], (9093, 9094): block, (5433,): block, (9000,): block, (22,): block}


@pytest.mark.parametrize(
    ("endpoint", "port"), [("null", 443), ("https://store.example.org", 443), ("http://store/path", 80), ("http://store:7070", 7070)]
)
def test_the_way_to_the_object_store_follows_its_address(endpoint: str, port: int) -> None:
    settings = f"config.blobs.s3.endpoint={endpoint},config.blobs.s3.trusted_network=true"
    policies = [each for each in rendered(MINIMAL, deploy_lint.KUBERNETES[-1], "--set", settings) if each["kind"] == "NetworkPolicy"]
    (allow,) = (each["spec"] for each in policies if "egress" in each["spec"])
    assert [[port["port"] for port in way["ports"]] for way in allow["egress"]] == [[53, 53], [9092], [5432], [port]]


def test_the_ingress_sends_every_path_to_a_role_that_serves_it() -> None:
    (ingress,) = _kind(FULL, "Ingress")
    (rule,) = ingress["spec"]["rules"]
    roles = {path["path"]: path["backend"]["service"]["name"].rpartition("-")[2] for path in rule["http"]["paths"]}
    for router, serving in app.ROUTERS:
        for route in router.routes:
            longest = max((prefix for prefix in roles if str(getattr(route, "path", "")).startswith(prefix)), key=len)
            assert roles[longest] in serving


# -- scaling and monitoring


def _lags(config: Config) -> dict[str, str]:
    """Topic by group of what grows when workers are too few."""
    return {publisher.GROUP: config.topic(WORK), reader.GROUP: config.topic(CHUNKS)}


def test_the_autoscaler_goes_by_the_lag_of_the_workers(tmp_path: Path) -> None:
    (scaler,) = _kind(FULL, "HorizontalPodAutoscaler")
    (deployment,) = (each for each in _kind(FULL, "Deployment") if each["metadata"]["name"] == scaler["spec"]["scaleTargetRef"]["name"])
    assert "replicas" not in deployment["spec"]
    asked = [metric["external"]["metric"]["selector"]["matchLabels"] for metric in scaler["spec"]["metrics"]]
    assert {each["group"]: each["topic"] for each in asked} == _lags(_config(FULL, tmp_path))
    assert {each["namespace"] for each in asked} == {"plane"}


def test_keda_asks_the_brokers_for_the_same_groups(tmp_path: Path) -> None:
    config = _config(KEDA, tmp_path)
    (scaled,) = _kind(KEDA, "ScaledObject")
    asked = [trigger["metadata"] for trigger in scaled["spec"]["triggers"]]
    assert {each["consumerGroup"]: each["topic"] for each in asked} == {config.log.prefix + group: topic for group, topic in _lags(config).items()}
    for each in asked:
        assert each["bootstrapServers"].split(",") == list(config.log.kafka.servers)
        assert (each["tls"], each["sasl"]) == ("enable", "scram_sha256")
        assert all(isinstance(value, str) for value in each.values())


def test_what_is_monitored_is_what_lies_beside_the_chart() -> None:
    (rule,) = _kind(FULL, "PrometheusRule")
    assert rule["spec"] == yaml.safe_load(ALERTS.read_text("utf-8"))
    (dashboard,) = (each["data"] for each in _kind(FULL, "ConfigMap") if each["metadata"]["name"].endswith("-dashboard"))
    assert json.loads(dashboard["clearplane.json"]) == json.loads(DASHBOARD.read_text("utf-8"))
    (monitor,) = _kind(FULL, "ServiceMonitor")
    services = [each for each in _kind(FULL, "Service") if monitor["spec"]["selector"]["matchLabels"].items() <= each["metadata"]["labels"].items()]
    assert len(services) == len(ROLES), "each pod is asked once"
    assert {each["metadata"]["labels"][monitor["spec"]["jobLabel"]] for each in services} == {"clearplane"}
    assert monitor["spec"]["endpoints"][0]["path"] in {str(getattr(route, "path", "")) for route in operation.router.routes}


def test_unknown_keys_of_an_object_are_faults() -> None:
    (claim,) = _kind(MINIMAL, "ServiceAccount")
    assert not list(deploy_lint.schema_faults(claim, deploy_lint.KUBERNETES[0]))
    assert list(deploy_lint.schema_faults({**claim, "automountToken": False}, deploy_lint.KUBERNETES[0]))
