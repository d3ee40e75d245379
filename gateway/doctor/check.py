"""What a check is, what it finds, and how all of them are run."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal, NamedTuple

from gateway.config import Config
from gateway.doctor import checks
from gateway.seams import BlobError, LogError
from gateway.secrets import SecretError
from gateway.state import StateError
from gateway.toml_file import ConfigError

Verdict = Literal["ok", "warning", "problem"]
SECONDS = 45.0
"""No check takes longer."""
CAUSES = (LogError, BlobError, StateError, SecretError, ConfigError)
"""Errors of ours: a sentence a person understands."""


class Found(NamedTuple):
    """One line of the report. `do`: what mends it, empty when nothing has to be."""

    verdict: Verdict
    text: str
    do: str = ""


Function = Callable[[Config], Awaitable[list[Found]]]


class Check(NamedTuple):
    """`do` is what is said when the function raises. `only` says for which configurations it is; `needs` the name of a check without a problem."""

    name: str
    function: Function
    do: str
    only: Callable[[Config], bool]
    needs: str


class Line(NamedTuple):
    """What a check of this name has found."""

    check: str
    verdict: Verdict
    text: str
    do: str


def check(name: str, do: str, only: Callable[[Config], bool] = lambda config: True, needs: str = "") -> Callable[[Function], Check]:
    return lambda function: Check(name, function, do, only, needs)


def good(text: str) -> Found:
    return Found("ok", text)


def warning(text: str, do: str) -> Found:
    return Found("warning", text, do)


def problem(text: str, do: str) -> Found:
    return Found("problem", text, do)


def on_kafka(config: Config) -> bool:
    return config.log.kind == "kafka"


def all_checks() -> list[Check]:
    """Of every module, in the order of the modules' ORDER and as they stand there."""
    modules = sorted((import_module(f"{checks.__name__}.{found.name}") for found in iter_modules(checks.__path__)), key=lambda module: module.ORDER)
    return [value for module in modules for value in vars(module).values() if isinstance(value, Check)]


async def run_checks(config: Config, begins: Callable[[str], None] = lambda name: None) -> list[Line]:
    """Every check that is for this configuration, whatever the others find. `begins` is told of each."""
    lines: list[Line] = []
    for one in all_checks():
        if one.only(config):
            begins(one.name)
            lines += [Line(one.name, *found) for found in await _found(one, config, lines)]
    return lines


async def _found(one: Check, config: Config, before: list[Line]) -> list[Found]:
    if one.needs and any(line.check == one.needs and line.verdict == "problem" for line in before):
        return [warning("not checked", f"mend first: {one.needs}")]
    try:
        async with asyncio.timeout(SECONDS):
            return await one.function(config)
    except CAUSES as error:
        return [problem(str(error), one.do)]
    except TimeoutError:
        return [problem(f"no answer within {SECONDS:g} seconds", one.do)]
    except OSError as error:
        return [problem(error.strerror or type(error).__name__, one.do)]
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return [problem(f"a bug of ours: {type(error).__name__} at {frame.filename.rpartition('/')[2]}:{frame.lineno}", "report it, please")]


def worst(lines: list[Line]) -> Verdict:
    verdicts = {line.verdict for line in lines}
    return "problem" if "problem" in verdicts else "warning" if "warning" in verdicts else "ok"


def to_json(lines: list[Line]) -> Iterator[dict[str, str]]:
    return (line._asdict() for line in lines)
