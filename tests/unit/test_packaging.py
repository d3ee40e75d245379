"""What is installed, how fast it starts, and what the repository may not hold."""

import re
import subprocess
import sys
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import Distribution, distribution
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import pytest

from gateway.config import Config, ConfigError, is_loopback
from gateway.sites import lint_site
from tests.unit.documents import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
MAX_PACKAGES, MAX_BYTES = 40, 80_000_000
CONTAINER = ROOT / "deploy" / "examples" / "container"


def _locked(lock: Path) -> list[str]:
    return re.findall(r"^([A-Za-z0-9._-]+)==", lock.read_text("utf-8"), re.MULTILINE)


# -- start


def _imported(code: str) -> set[str]:
    """Modules that a fresh interpreter holds after the code, beyond those it had before."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint(*sorted(set(sys.modules) - before), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    return set(done.stderr.split())


def test_help_imports_nothing_but_the_command_line() -> None:
    """Of our own the two packages and the module that has the list, of others nothing, of the library what argparse needs."""
    found = _imported("from gateway.cli.main import main; main(['--help'])")
    ours = {module for module in found if module.partition(".")[0] in ("schemas", "parsers", "connectors", "gateway")}
    assert ours == {"gateway", "gateway.cli", "gateway.cli.main"}
    assert {module.partition(".")[0] for module in found} <= {*sys.stdlib_module_names, "gateway"}
    assert found.isdisjoint({"asyncio", "logging", "importlib.metadata", "multiprocessing", "sqlite3", "ssl", "typing_extensions"})


@pytest.mark.parametrize("command", ["convert", "check", "explain", "key", "synth"])
def test_commands_without_a_gateway_load_no_gateway(command: str) -> None:
    found = _imported(f"import contextlib\nfrom gateway.cli.main import main\nwith contextlib.suppress(SystemExit): main(['{command}', '--help'])")
    assert found.isdisjoint({"fastapi", "uvicorn", "sqlalchemy", "prometheus_client", "gateway.runtime", "schemas.events.claim"})


# -- what is installed


def _bytes(package: Distribution) -> int:
    """Its files as they lie there, without the byte code that Python makes of them."""
    paths = [Path(str(package.locate_file(file))) for file in package.files or () if file.suffix != ".pyc"]
    return sum(path.stat().st_size for path in paths if path.is_file())


def test_default_install_is_small() -> None:
    names = _locked(ROOT / "requirements.lock")
    sizes = {name: _bytes(distribution(name)) for name in names}
    assert len(names) <= MAX_PACKAGES
    assert all(sizes.values()), "each of them is installed here"
    assert sum(sizes.values()) <= MAX_BYTES


@pytest.mark.parametrize("package", ["schemas", "parsers", "connectors", "gateway"])
def test_packages_resolve_inside_the_project(package: str) -> None:
    """Packages of other people on the index have the same import names."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).resolve() == ROOT / package / "__init__.py"


def test_dependencies_have_upper_bounds_and_are_locked() -> None:
    extras = PROJECT["optional-dependencies"]
    for requirement in [*PROJECT["dependencies"], *(each for extra in extras.values() for each in extra)]:
        assert re.search(r"<\d", requirement), requirement
    named = {re.split(r"[<>=\[]", requirement)[0] for requirement in PROJECT["dependencies"]}
    assert named <= set(_locked(ROOT / "requirements.lock"))
    assert {"pyx12", "hl7apy"}.isdisjoint(_locked(ROOT / "requirements.lock"))
    assert {re.split(r"[<>=]", requirement)[0] for requirement in extras["deep"]} == {"pyx12", "hl7apy"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_have_hashes_and_name_no_host(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert text.count("==") == len(_locked(lock))
    assert all("--hash=sha256:" in entry for entry in re.split(r"^(?=\S+==)", text, flags=re.MULTILINE)[1:])
    assert "://" not in text
    assert not re.search(r"^--(?:extra-)?(?:index-url|trusted-host|find-links)", text, re.MULTILINE)


# -- what the repository may not hold


def _repository() -> list[Path]:
    """Files that are under version control or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, cwd=ROOT, check=True).stdout.split(b"\0")
    return [path for name in listed if name and (path := ROOT / name.decode()).is_file()]


def test_no_file_names_a_machine_path() -> None:
    if not (ROOT / ".git").exists():
        pytest.fail("this test asks git which files belong to the repository")
    roots = "|".join(("home", "work", "Users", "root", "mnt", "private"))
    machine = re.compile(rf"(?<![\w./:}}*-])/(?:{roots})/[A-Za-z0-9_.-]|[A-Z]:\\Users".encode())
    found = [f"{path.relative_to(ROOT)}: {match[0].decode()}" for path in _repository() for match in machine.finditer(path.read_bytes())]
    assert not found


# -- deploy


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


def _compose(text: str) -> dict[str, list[str]]:
    """Scalars and list entries of the file by dotted path; enough YAML for ours, which has plain mappings and lists of scalars only."""
    found: dict[str, list[str]] = {}
    path: list[tuple[int, str]] = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        entry = re.fullmatch(r'( *)(?:- "?(.+?)"?|([\w-]+):(?: "?(.+?)"?)?)', line)
        assert entry is not None, line
        indent, item, key, value = len(entry[1]), entry[2], entry[3], entry[4]
        while path and path[-1][0] >= indent:
            path.pop()
        if key is not None:
            path.append((indent, key))
        scalar = item if item is not None else value
        found.setdefault(".".join(name for _, name in path), []).extend([scalar] if scalar else [])
    return found


def test_compose_is_closed_up_and_fits_image_and_configuration() -> None:
    compose = _compose((ROOT / "docker-compose.yml").read_text("utf-8"))
    service = {key.removeprefix("services.clearplane."): value for key, value in compose.items() if key.startswith("services.clearplane.")}
    image = (ROOT / service["build.dockerfile"][0]).read_text("utf-8")
    port = str(Config.load(CONTAINER / "clearplane.toml").api.port)
    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"EXPOSE {port}" in image
    assert service["read_only"] == ["true"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    mounts = dict(mount.split(":")[:2] for mount in service["volumes"])
    assert {name for name in mounts if not name.startswith("./")} == {key.removeprefix("volumes.") for key in compose if key.startswith("volumes.")}
    assert all((ROOT / name).is_dir() for name in mounts if name.startswith("./"))
    assert str(Config.load(CONTAINER / "clearplane.toml").data_dir) in mounts.values()
    assert "/etc/clearplane" in mounts.values()
    assert '"--config", "/etc/clearplane/clearplane.toml"' in image


def test_image_copies_what_exists_and_runs_as_nobody_special() -> None:
    lines = (ROOT / "deploy" / "Dockerfile").read_text("utf-8").splitlines()
    sources = [word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]]
    allowed = {line[1:] for line in (ROOT / "deploy" / "Dockerfile.dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert all((ROOT / source).exists() for source in sources)
    assert set(sources) == allowed
    assert {"schemas", "parsers", "connectors", "gateway"} <= set(sources)
    stages = [index for index, line in enumerate(lines) if line.startswith("FROM ")]
    assert all(lines[index].startswith("FROM python:3.11-slim") for index in stages)
    assert "USER 10001:10001" in lines[stages[-1] :]


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
