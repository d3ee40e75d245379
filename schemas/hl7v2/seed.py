"""Prints a table of HL7 v2, seeded from the version packages of hl7apy (MIT): `python -m schemas.hl7v2.seed segments` (or datatypes, structures,
codes). Positions, types, requirement, repetition, table numbers and codes; no names and no texts. hl7apy is needed for this only.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from .versions import MARKS
from .wanted import TABLES

_SOURCES = ("v2_1", "v2_2", "v2_3", "v2_3_1", "v2_4", "v2_5", "v2_5_1", "v2_6", "v2_7", "v2_8", "v2_8_1", "v2_8_2")
_WIDTH = 146
_FIELD = re.compile(r"\w+_(\d+)")
_CODE = re.compile(r'[^\s"\\]{1,12}')
_NO_CODES = ("...", "null")
State = tuple[str, bool, bool, str]
"""(data type, required, repeats, table number) of a field or component in one version."""


def _source(version: str, module: str, name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = getattr(import_module(f"hl7apy.{version}.{module}"), name)
    except ModuleNotFoundError:
        return {}
    return found


def _children(children: Iterable[Any]) -> Iterator[tuple[int, State]]:
    """The numbered ones; what hl7apy has misshapen (ORO of 2.1, a segment within itself) is left out."""
    for child in children:
        if not (isinstance(child, tuple) and len(child) == 4 and isinstance(child[2], tuple)):
            continue
        name, facts, (least, most), _ = child
        number = _FIELD.fullmatch(name)
        if number is None or facts is None or most == 0:
            continue
        yield int(number[1]), (_type(facts[2]), least > 0, most != 1, _table(facts[4]))


def _type(name: str | None) -> str:
    return "-" if name in (None, "", "varies", "WAS") else str(name)


def _table(name: str | None) -> str:
    number = (name or "").removeprefix("HL7")
    return "" if number == "9999" else number


def numbered(module: str, name: str) -> dict[str, dict[int, list[tuple[str, State]]]]:
    """name -> number -> states, each with the mark of the version from which it holds."""
    found: dict[str, dict[int, list[tuple[str, State]]]] = {}
    for mark, version in zip(MARKS, _SOURCES, strict=True):
        for key, entry in _source(version, module, name).items():
            for number, state in _children(entry if module == "datatypes" else entry[1] if len(entry) > 1 else ()):
                states = found.setdefault(key, {}).setdefault(number, [])
                if not states or states[-1][1] != state:
                    states.append((mark, state))
    return found


def _cell(states: list[tuple[str, State]]) -> str:
    """`SI`, or `1CK!,3CX!*`: each state with the mark of its first version, but for one that began with the first."""
    if not states:
        return "?"
    return ",".join(
        ("" if mark == MARKS[0] else mark) + kind + "!" * required + "*" * repeats + (f"#{table}" if table else "")
        for mark, (kind, required, repeats, table) in states
    )


def _rows(table: dict[str, dict[int, list[tuple[str, State]]]]) -> Iterator[str]:
    for key in sorted(table):
        numbers = table[key]
        yield from _wrapped([key, *(_cell(numbers.get(number, [])) for number in range(1, max(numbers) + 1))])


def _wrapped(words: Iterable[str]) -> Iterator[str]:
    line = ""
    for word in words:
        if line and len(line) + 1 + len(word) > _WIDTH:
            yield line
            line = " " + word
        else:
            line = f"{line} {word}" if line else word
    yield line


# -- structures


def _structures() -> Iterator[str]:
    """`ADT_A01 MSH! SFT (PROCEDURE PR1! ROL)` in the order of the newest version; behind `+` what only older ones have."""
    newest: dict[str, list[str]] = {}
    ever: dict[str, set[str]] = {}
    needed: dict[str, set[str]] = {}
    for version in _SOURCES:
        groups = _source(version, "groups", "GROUPS")
        for name, entry in _source(version, "messages", "MESSAGES").items():
            if len(entry) < 2:
                continue
            words = list(_flat(entry, groups))
            newest[name] = words
            ever.setdefault(name, set()).update(tag for word in words for tag in re.findall(r"[A-Z][A-Z0-9]{2}", word))
            required = {word[:3] for word in _top(words) if word.endswith("!")}
            needed[name] = needed[name] & required if name in needed else required
    for name in sorted(newest):
        words = [word if not word.endswith("!") or word[:3] in needed[name] else word[:-1] for word in newest[name]]
        tags = {tag for word in words for tag in re.findall(r"[A-Z][A-Z0-9]{2}", word)}
        older = sorted(ever[name] - tags)
        yield from _wrapped([name, *words, *(["+", *older] if older else [])])


def _flat(entry: Any, groups: dict[str, Any]) -> Iterator[str]:
    for name, child, (least, most), kind in entry[1]:
        if kind == "GRP":
            inner = list(_flat(child or groups[name], groups))
            yield "("
            yield from (word.removesuffix("!") for word in inner)
            yield ")"
        elif re.fullmatch(r"[A-Z][A-Z0-9]{2}", name):
            yield name + ("*" if most != 1 else "") + ("!" if least else "")


def _top(words: list[str]) -> Iterator[str]:
    depth = 0
    for word in words:
        depth += {"(": 1, ")": -1}.get(word, 0)
        if not depth and word != ")":
            yield word


# -- codes


def _codes() -> Iterator[str]:
    """The codes of every version together: a sender may be ahead of its MSH-12."""
    every: dict[str, set[str]] = {}
    for version in _SOURCES:
        for name, entry in _source(version, "tables", "TABLES").items():
            every.setdefault(name.removeprefix("HL7"), set()).update(code for code in entry[1] if _CODE.fullmatch(code) and code not in _NO_CODES)
    for number in TABLES:
        yield from _wrapped([number, *sorted(every[number])])


def table(name: str) -> str:
    """The text of a table. KeyError for a name that is none."""
    makers = {
        "segments": lambda: _rows(numbered("segments", "SEGMENTS")),
        "datatypes": lambda: _rows(numbered("datatypes", "DATATYPES_STRUCTS")),
        "structures": _structures,
        "codes": _codes,
    }
    return "".join(f"{line}\n" for line in makers[name]())


if __name__ == "__main__":
    sys.stdout.write(table(sys.argv[1]))
