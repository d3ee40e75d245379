"""Where loaded code lists are kept: `codes/` in the data folder, a file a list named by its SHA-256, and `codes.json`, which says which are in use.

A file in hand is read by the lists it started with, so a list that is replaced or dropped stays for a month.
"""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import orjson

from gateway.codes.formats import LISTS, Span, code_set
from gateway.toml_file import ConfigError, FileProblem
from parsers.x12.checks.codes import CodeList

FOLDER, INDEX = "codes", "codes.json"
KEPT_SECONDS = 30 * 86_400.0
"""How long the file of a list stays that is not in use."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Loaded(NamedTuple):
    """One list in use. `loaded` is when, RFC 3339."""

    name: str
    sha256: str
    codes: int
    loaded: str


def in_use(data_dir: Path) -> list[Loaded]:
    """Lists in use, by name. Raises ConfigError where the index is damaged."""
    path = data_dir / FOLDER / INDEX
    try:
        entries = orjson.loads(path.read_bytes())
        found = [Loaded(name, str(one["sha256"]), int(one["codes"]), str(one["loaded"])) for name, one in sorted(entries.items())]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError([FileProblem(path, 0, "is damaged; load the lists again")]) from None
    if any(one.name not in LISTS or not _SHA256.fullmatch(one.sha256) for one in found):
        raise ConfigError([FileProblem(path, 0, "names a list that there is not; load the lists again")])
    return found


def pairs(data_dir: Path) -> tuple[tuple[str, str], ...]:
    """(list, SHA-256) of the lists in use: what a file is read by."""
    return tuple((one.name, one.sha256) for one in in_use(data_dir))


def put(data_dir: Path, name: str, codes: Mapping[str, Span], loaded: str) -> Loaded:
    """Keep a list and use it from now on. The same codes give the same SHA-256."""
    content = "".join(f"{code},{first},{last}\n" for code, (first, last) in sorted(codes.items())).encode()
    one = Loaded(name, hashlib.sha256(content).hexdigest(), len(codes), loaded)
    folder = data_dir / FOLDER
    _write(folder, f"{one.sha256}.csv", content)
    _use(folder, {other.name: other for other in in_use(data_dir)} | {name: one})
    return one


def drop(data_dir: Path, name: str) -> bool:
    """Use the list no more. False when it is not in use."""
    held = {one.name: one for one in in_use(data_dir)}
    if held.pop(name, None) is None:
        return False
    _use(data_dir / FOLDER, held)
    return True


def codes_of(data_dir: Path, name: str, sha256: str) -> CodeList:
    """Raises ConfigError where the file is missing or is not what its name says."""
    return _read(str(data_dir / FOLDER / f"{sha256}.csv"), name, sha256)


def lists_of(data_dir: Path, wanted: Iterable[tuple[str, str]]) -> dict[str, CodeList]:
    """Lists by code set, as the checks take them; read once in a process."""
    return {code_set(name): codes_of(data_dir, name, sha256) for name, sha256 in wanted}


@lru_cache(maxsize=2 * len(LISTS))
def _read(file: str, name: str, sha256: str) -> CodeList:
    path = Path(file)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError([FileProblem(path, 0, f"the code list {name} cannot be read: {error.strerror}")]) from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ConfigError([FileProblem(path, 0, f"the code list {name} is damaged; load it again")])
    rows = (line.split(",") for line in content.decode().splitlines())
    return CodeList({code: (first, last) for code, first, last in rows}, sha256)


def _use(folder: Path, lists: Mapping[str, Loaded]) -> None:
    entries = {name: {"sha256": one.sha256, "codes": one.codes, "loaded": one.loaded} for name, one in lists.items()}
    _write(folder, INDEX, orjson.dumps(entries, option=orjson.OPT_INDENT_2))
    used = {f"{one.sha256}.csv" for one in lists.values()}
    for path in folder.glob("*.csv"):
        if path.name not in used and time.time() - path.stat().st_mtime > KEPT_SECONDS:
            path.unlink(missing_ok=True)


def _write(folder: Path, name: str, content: bytes) -> None:
    """Whole or not at all, and on disk before this returns."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(folder / name)
        except OSError as error:
            Path(file.name).unlink(missing_ok=True)
            raise ConfigError([FileProblem(folder / name, 0, f"cannot be written: {error.strerror}")]) from None
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
