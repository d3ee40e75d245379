"""Segments with every field and component that a version of HL7 v2 has, by the tables of hl7apy: what a map must find a place for."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

VERSIONS = {"2.3": "v2_3", "2.5.1": "v2_5_1", "2.8.2": "v2_8_2"}
WORDS = {"NM": "12", "DR_SIMPLE": "20260102", "SI": "1", "DT": "20260102", "TS": "20260102", "DTM": "20260102", "TM": "1015"}


def fields(version: str, tag: str) -> Iterator[tuple[int, str]]:
    """(number, data type) of the fields of a segment that are not withdrawn."""
    package = f"hl7apy.{VERSIONS[version]}"
    named = import_module(f"{package}.fields").FIELDS
    for name, reference, *_ in import_module(f"{package}.segments").SEGMENTS.get(tag, (None, ()))[1]:
        _, _, kind, *_ = named.get(name) or reference
        if kind != "WD":
            yield int(name.partition("_")[2]), kind


def _first(package: Any, kind: str, word: str) -> str:
    """The first of the first of a data type, where its texts begin."""
    parts = package.DATATYPES_STRUCTS.get(kind)
    return WORDS.get(kind, word) if kind in WORDS or parts is None else _first(package, package.DATATYPES[parts[0][0]][2], word)


def _value(version: str, kind: str, word: str) -> str:
    """A value of a data type with all its components that are not withdrawn, each in its own words."""
    package = import_module(f"hl7apy.{VERSIONS[version]}.datatypes")
    parts = package.DATATYPES_STRUCTS.get(kind)
    if kind in WORDS or parts is None:
        return WORDS.get(kind, word)
    kinds = [package.DATATYPES[name][2] for name, *_ in parts]
    return "^".join("" if kind == "WD" else _first(package, kind, f"{word}.{number}") for number, kind in enumerate(kinds, 1))


def full(version: str, tag: str, **given: str) -> str:
    """A segment with every component of every field that the version has; `given` are fields by name, as f2="NM"."""
    values = {number: given.get(f"f{number}", _value(version, kind, f"{tag}{number}")) for number, kind in fields(version, tag)}
    return "|".join([tag, *(values.get(number, "") for number in range(1, max(values, default=0) + 1))])


def texts(value: Any) -> Iterator[str]:
    """Every text of an event."""
    if isinstance(value, dict):
        for held in value.values():
            yield from texts(held)
    elif isinstance(value, list):
        for held in value:
            yield from texts(held)
    else:
        yield str(value)
