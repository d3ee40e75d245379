"""TOML files with line-accurate problems: what is wrong, in which file and line."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.toml_faults import key_of, sentence_of

Path_ = tuple[str | int, ...]
_HEADER = re.compile(r"\s*(\[\[|\[)\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_PART = re.compile(r'"([^"]*)"|\'([^\']*)\'|([A-Za-z0-9_-]+)')
M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """Unknown keys are errors, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FileProblem(NamedTuple):
    """`line` counts from 1; 0 when no line can be named."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


class ConfigError(Exception):
    """The configuration cannot be used; `problems` says why, one entry per fault."""

    def __init__(self, problems: Sequence[FileProblem | str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple("".join(groups) for groups in _PART.findall(dotted))


def lines_of(text: str) -> dict[Path_, int]:
    """Line of each table header and key, by its path; arrays of tables count from 0."""
    lines: dict[Path_, int] = {}
    counts: dict[tuple[str, ...], int] = {}
    table: Path_ = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header is not None:
            names = _parts(header[2])
            if header[1] == "[[":
                counts[names] = counts.get(names, -1) + 1
                counts = {name: count for name, count in counts.items() if len(name) <= len(names) or name[: len(names)] != names}
            table = _indexed(names, counts)
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault(table + _parts(key[1]), number)
    return lines


def _indexed(names: tuple[str, ...], counts: dict[tuple[str, ...], int]) -> Path_:
    path: Path_ = ()
    for end in range(1, len(names) + 1):
        path += (names[end - 1],)
        if names[:end] in counts:
            path += (counts[names[:end]],)
    return path


def line_of(lines: dict[Path_, int], path: Sequence[str | int]) -> int:
    """Line of the longest known beginning of `path`; 0 when there is none."""
    for end in range(len(path), 0, -1):
        if tuple(path[:end]) in lines:
            return lines[tuple(path[:end])]
    return 0


def read_toml(path: Path) -> tuple[dict[str, Any], dict[Path_, int]]:
    """(values, lines). Raises ConfigError."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigError([FileProblem(path, 0, f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise ConfigError([FileProblem(path, 0, "is not UTF-8 text")]) from None
    try:
        return tomllib.loads(text), lines_of(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        raise ConfigError([FileProblem(path, int(found[1]) if found else text.count("\n") + 1, f"no valid TOML: {error}")]) from None


def validated(model: type[M], path: Path, values: dict[str, Any], lines: dict[Path_, int]) -> M:
    """The model of the values. Raises ConfigError with one problem per fault."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = error.errors(include_url=False)
    raise ConfigError([_problem(model, path, lines, values, fault) for fault in faults])


def _problem(model: type[BaseModel], path: Path, lines: dict[Path_, int], values: Any, fault: Any) -> FileProblem:
    place = [*_real(values, fault["loc"], fault["type"] == "missing"), *key_of(fault)]
    name, text = ".".join(map(str, place)), sentence_of(model, fault)
    return FileProblem(path, line_of(lines, place), f"{name}: {text}" if name else text)


def _real(values: Any, place: Sequence[str | int], missing: bool) -> list[str | int]:
    """The place without what pydantic adds for the branches of a union. Of what is missing the last part is not there."""
    kept: list[str | int] = []
    for at, part in enumerate(place):
        inside = (isinstance(values, dict) and part in values) or (isinstance(values, list) and isinstance(part, int) and part < len(values))
        if inside:
            values = values[part]
            kept.append(part)
        elif missing and at == len(place) - 1:
            kept.append(part)
    return kept
