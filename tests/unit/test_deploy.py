"""The image, the compose file and the examples fit each other, the command line and the settings."""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from gateway.cli import run
from gateway.config import Config, ConfigError, is_loopback
from gateway.roles import ROLES, roles_of
from gateway.sites import lint_site, load_sites
from tests.unit.documents import ROOT

EXAMPLES = ROOT / "deploy" / "examples"
CONTAINER, KAFKA = EXAMPLES / "container", EXAMPLES / "kafka"
PROFILES = ("embedded", "kafka", "cluster")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
IMAGE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8").splitlines()

every_service = pytest.mark.parametrize("name", SERVICES)
every_profile = pytest.mark.parametrize("profile", PROFILES)


def _of(profile: str) -> dict[str, dict[str, Any]]:
    return {name: service for name, service in SERVICES.items() if profile in service["profiles"]}


def _gateways() -> dict[str, dict[str, Any]]:
    return {name: service for name, service in SERVICES.items() if "build" in service}


def _brokers(profile: str) -> list[dict[str, Any]]:
    return [service["environment"] for service in _of(profile).values() if service["image"].startswith("apache/kafka:")]


def _mounts(service: dict[str, Any]) -> dict[str, str]:
    """Path in the container: what is mounted there."""
    return {mount.split(":")[1]: mount.split(":")[0] for mount in service.get("volumes", ())}


def _answering_to(profile: str) -> set[str]:
    """Names by which containers of a profile are known to each other."""
    networks = [service["networks"] for service in _of(profile).values() if isinstance(service.get("networks"), dict)]
    aliases = {alias for each in networks for settings in each.values() for alias in settings.get("aliases", ())}
    return set(_of(profile)) | aliases


# -- examples


def test_container_configuration_asks_for_tls(tmp_path: Path) -> None:
    config = Config.load(CONTAINER / "clearplane.toml")
    assert not is_loopback(config.api.host)
    assert config.api.tls_cert == CONTAINER / "tls" / "server.crt"
    text = (CONTAINER / "clearplane.toml").read_text("utf-8")
    (tmp_path / "clearplane.toml").write_text(re.sub(r"^tls_.*$", "", text, flags=re.MULTILINE))
    with pytest.raises(ConfigError, match="tls_cert and tls_key are required"):
        Config.load(tmp_path / "clearplane.toml")


@pytest.mark.parametrize("site", sorted((ROOT / "deploy").rglob("sites/*.toml")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_example_sites_are_good(site: Path) -> None:
    assert lint_site(site) == []


def test_kafka_example_has_a_feed_of_each_acknowledgement() -> None:
    config = Config.load(KAFKA / "clearplane.toml")
    feeds = [feed for site in load_sites(config.sites_dir).values() for feed in site.feeds]
    assert {feed.acknowledge for feed in feeds} == {"replicated", "local"}


# -- compose


@every_service
def test_every_service_is_closed_up(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r":v?\d+\.\d+", service["image"]), "a pinned version"
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert "privileged" not in service
    assert service.get("user", "none").split(":")[0] != "0" or service["network_mode"] == "none"
    if name != "store-folder":  # runs for an instant
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
        assert "healthcheck" in service or "build" in service, "the image of the gateway has its own"


def test_every_service_belongs_to_a_profile_and_one_is_the_default() -> None:
    assert {profile for service in SERVICES.values() for profile in service["profiles"]} == set(PROFILES)
    assert "COMPOSE_PROFILES=embedded" in (ROOT / ".env").read_text("utf-8").splitlines()
    assert set(_of("embedded")) == {"clearplane"}


@every_profile
def test_no_two_services_of_a_profile_want_the_same_port(profile: str) -> None:
    taken = [port.rpartition(":")[0] for service in _of(profile).values() for port in service.get("ports", ())]
    assert len(taken) == len(set(taken))


def test_volumes_networks_and_secrets_are_declared_and_used() -> None:
    mounted = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", ())]
    assert {name for name in mounted if not name.startswith(".")} == set(COMPOSE["volumes"])
    assert all((ROOT / name).is_dir() for name in mounted if name.startswith("."))
    assert {network for service in SERVICES.values() for network in service.get("networks", ())} == set(COMPOSE["networks"])
    assert {secret for service in SERVICES.values() for secret in service.get("secrets", ())} == set(COMPOSE["secrets"])


def test_secrets_are_files_that_are_never_committed() -> None:
    files = [secret["file"] for secret in COMPOSE["secrets"].values()]
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())
    command = ["git", "check-ignore", *files]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.split() == files
    words = " ".join(str(value) for service in SERVICES.values() for value in service.get("environment", {}).values())
    assert not re.search(r"secret_?key|PASSWORD=", words, re.IGNORECASE)


@pytest.mark.parametrize("name", _gateways())
def test_gateways_find_their_configuration_and_what_it_names(name: str) -> None:
    service = SERVICES[name]
    arguments = _arguments(service.get("command", _image_command()))
    mounts = _mounts(service)
    folder = ROOT / mounts["/etc/clearplane"]
    config = Config.load(folder / Path(arguments.config).relative_to("/etc/clearplane"))
    assert config.data_dir.as_posix() in mounts
    assert not service.get("ports") or [port.rpartition(":")[2] for port in service["ports"]] == [str(config.api.port)]
    given = {f"/run/secrets/{secret}" for secret in service.get("secrets", ())}
    named = {str(config.api.tls_cert), str(config.api.tls_key)} if given else set()
    assert {*named, *_references(config)} == given
    sources = [source for site in load_sites(config.sites_dir).values() for feed in site.feeds for source in feed.sources]
    if "intake" in roles_of(arguments.role):
        assert all("/srv/inbox" in mounts for source in sources if source.type == "directory")


def test_each_role_runs_and_a_cluster_normalises_twice() -> None:
    for profile, expected in (("kafka", sorted(ROLES)), ("cluster", sorted([*ROLES, "normalise"]))):
        gateways = [service for service in _of(profile).values() if "build" in service]
        assert sorted(role for service in gateways for role in roles_of(_arguments(service["command"]).role)) == expected


def test_gateways_do_not_share_a_data_folder() -> None:
    folders = [_mounts(service)["/var/lib/clearplane"] for service in _gateways().values()]
    assert len(folders) == len(set(folders))


@pytest.mark.parametrize("profile", ["kafka", "cluster"])
def test_the_configuration_names_services_of_the_profile(profile: str) -> None:
    config = Config.load(KAFKA / "clearplane.toml")
    brokers = _brokers(profile)
    known = _answering_to(profile)
    for server in config.log.kafka.servers:
        host, port = server.split(":")
        assert host in known
        assert all(f"PLAINTEXT://:{port}," in broker["KAFKA_LISTENERS"] for broker in brokers)
    database = urlsplit(config.state.url or "")
    service = SERVICES[database.hostname or ""]
    assert (database.username, database.path) == (service["environment"]["POSTGRES_USER"], f"/{service['environment']['POSTGRES_DB']}")
    assert config.state.password == f"file:{service['environment']['POSTGRES_PASSWORD_FILE']}"
    assert config.blobs.s3 is not None
    endpoint = urlsplit(config.blobs.s3.endpoint or "")
    assert f"--port :{endpoint.port} " in SERVICES[endpoint.hostname or ""]["command"][0]
    assert f"/data/{config.blobs.s3.bucket} " in SERVICES["store-folder"]["command"][0]


@pytest.mark.parametrize(("profile", "nodes", "in_sync"), [("kafka", 1, 1), ("cluster", 3, 2)])
def test_brokers_of_a_profile_are_one_cluster(profile: str, nodes: int, in_sync: int) -> None:
    brokers = _brokers(profile)
    assert len(brokers) == nodes
    assert sorted(broker["KAFKA_NODE_ID"] for broker in brokers) == list(range(1, nodes + 1))
    for shared in ("CLUSTER_ID", "KAFKA_CONTROLLER_QUORUM_VOTERS", "KAFKA_LISTENERS", "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"):
        assert len({broker[shared] for broker in brokers}) == 1
    voters = dict(voter.split("@") for voter in brokers[0]["KAFKA_CONTROLLER_QUORUM_VOTERS"].split(","))
    hosts = {host.partition(":")[0] for host in voters.values()}
    assert set(voters) == {str(broker["KAFKA_NODE_ID"]) for broker in brokers}
    assert hosts == {name for name, service in _of(profile).items() if service.get("environment") in brokers}
    for broker in brokers:
        assert {value for name, value in broker.items() if "REPLICATION_FACTOR" in name} == {nodes}
        assert {value for name, value in broker.items() if name.endswith(("_MIN_ISR", "INSYNC_REPLICAS"))} == {in_sync}
        assert broker["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_brokers_are_reached_from_this_machine_as_they_say() -> None:
    for service in SERVICES.values():
        if service["image"].startswith("apache/kafka:"):
            advertised = re.search(r"PLAINTEXT_HOST://localhost:(\d+)", service["environment"]["KAFKA_ADVERTISED_LISTENERS"])
            assert advertised is not None
            assert service["ports"] == [f"127.0.0.1:{advertised[1]}:9092"]


def _arguments(command: list[str]) -> argparse.Namespace:
    """As the command line reads them. Raises SystemExit."""
    assert command[0] == "run"
    parser = argparse.ArgumentParser()
    run.add_arguments(parser)
    return parser.parse_args(command[1:])


def _references(config: Config) -> Iterator[str]:
    """Files that hold secrets, as the configuration names them."""
    texts = re.findall(r"'((?:env|file):[^']*)'", str(config.model_dump()))
    assert all(text.startswith("file:") for text in texts)
    return (text.removeprefix("file:") for text in texts)


# -- image


def _image_command() -> list[str]:
    line = next(line for line in IMAGE if line.startswith("CMD ["))
    return re.findall(r'"([^"]*)"', line)


def test_image_fits_the_container_example() -> None:
    config = Config.load(CONTAINER / "clearplane.toml")
    assert f"EXPOSE {config.api.port}" in IMAGE
    assert f'VOLUME ["{config.data_dir}", "/srv/inbox"]' in IMAGE
    assert _arguments(_image_command()).config == "/etc/clearplane/clearplane.toml"


def test_image_copies_what_exists_and_runs_as_nobody_special() -> None:
    sources = [word for line in IMAGE if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]]
    allowed = {line[1:] for line in (ROOT / "deploy" / "Dockerfile.dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert all((ROOT / source).exists() for source in sources)
    assert set(sources) == allowed
    assert {"schemas", "parsers", "connectors", "gateway"} <= set(sources)
    stages = [index for index, line in enumerate(IMAGE) if line.startswith("FROM ")]
    assert all(IMAGE[index].startswith("FROM python:3.11-slim") for index in stages)
    assert "USER 10001:10001" in IMAGE[stages[-1] :]


def test_image_installs_the_libraries_of_a_cluster_too() -> None:
    lock = re.findall(r'"-r", "([^"]+)"', "".join(IMAGE))
    locked, alone = (dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text("utf-8"), re.MULTILINE)) for name in (*lock, "requirements.lock"))
    assert alone.items() <= locked.items()
    assert {"psycopg", "psycopg-binary", "obstore"} <= set(locked)


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_health_check_tells_by_its_exit_code(status: int, code: int) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.handle_request, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/health/live"
        done = subprocess.run([sys.executable, str(ROOT / "deploy" / "health.py")], env={"CLEARPLANE_HEALTH_URL": url}, check=False)
    assert done.returncode == code
