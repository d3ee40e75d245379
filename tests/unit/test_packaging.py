"""What is installed, how fast it starts, and what the repository may not hold."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution, distribution
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.unit.documents import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
MAX_PACKAGES, MAX_BYTES = 40, 80_000_000


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
