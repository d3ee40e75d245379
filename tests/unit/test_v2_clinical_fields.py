"""Clinical messages: every field of every segment they are made of has its place in the event, in each version that has it."""

import re
from importlib import import_module

import pytest

from schemas.maps.v2 import maps
from schemas.maps.v2.mapping import Made, Row
from tests.unit.v2_messages import converted, message
from tests.unit.v2_segments import VERSIONS, WORDS, fields, full, texts

MESSAGES = {
    "ORM^O01": ("PID", "ORC", "OBR", "TQ1", "TQ2", "NTE", "DG1", "ROL", "OBX", "SPM", "PRT", "FT1", "CTI", "BLG"),
    "ORR^O02": ("MSA", "ERR", "PID", "ORC", "OBR", "TQ1", "OBX", "SPM", "RXO", "RXR", "RXC", "RXE"),
    "ORU^R01": ("PID", "ORC", "OBR", "NTE", "TQ1", "TQ2", "OBX", "SPM", "SAC", "PRT", "CTI"),
    "OUL^R22": ("PID", "SPM", "SAC", "INV", "OBR", "ORC", "NTE", "TQ1", "OBX"),
    "OUL^R23": ("PID", "OBX", "SPM", "OBX", "SAC", "INV", "OBR", "ORC", "OBX"),
    "OML^O33": ("PID", "SPM", "OBX", "SAC", "ORC", "TQ1", "TQ2", "OBR"),
    "ORL^O36": ("MSA", "PID", "SPM", "SAC", "ORC", "OBR"),
    "SIU^S12": ("SCH", "TQ1", "NTE", "PID", "RGS", "AIS", "AIG", "AIL", "AIP"),
    "DFT^P03": ("PID", "PV1", "FT1", "NTE", "PR1", "ROL", "ORC", "OBR"),
    "DFT^P11": ("PID", "FT1", "PR1", "DG1", "GT1", "IN1", "IN2", "IN3"),
    "MDM^T02": ("EVN", "PID", "PV1", "ORC", "OBR", "TXA", "OBX", "PRT"),
    "VXU^V04": ("PID", "ORC", "TQ1", "RXA", "RXR", "OBX", "NTE", "PRT"),
    "OMP^O09": ("PID", "ORC", "TQ1", "RXO", "NTE", "RXR", "RXC", "OBX", "FT1", "BLG"),
    "RDE^O11": ("PID", "ORC", "RXO", "RXR", "RXE", "TQ1", "RXR", "RXC", "OBX", "FT1", "CTI", "PRT"),
    "RDS^O13": ("PID", "ORC", "RXE", "RXD", "RXR", "RXC", "OBX", "FT1"),
    "RGV^O15": ("PID", "ORC", "RXE", "RXG", "TQ1", "TQ2", "RXR", "RXC", "OBX"),
    "RAS^O17": ("PID", "ORC", "RXO", "RXE", "RXA", "RXR", "OBX"),
    "ACK^A01": ("MSA", "ERR"),
}
GIVEN = {"MSA": {"f1": "AA"}}
SPELT_OUT = {"PID-8", "NK1-15", "GT1-9", "IN1-43", "PV1-2"}
"""Codes of tables that say everything; later versions may spell them out behind."""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", MESSAGES)
def test_every_field_of_every_segment_has_its_place(kind: str, version: str) -> None:
    segments = [full(version, tag, **GIVEN.get(tag, {})) for tag in MESSAGES[kind] if list(fields(version, tag))]
    found = converted(message(kind, *segments, version=version))
    assert found.events
    data = found.data[-1]
    left = {f"{entry['tag']}-{place}" for entry in data.get("unmapped", []) for place in entry["elements"]}
    assert {place for place in left if place.partition(".")[0] not in SPELT_OUT} == set()
    told = set(texts({name: value for name, value in data.items() if name not in ("provenance", "identity", "unmapped")}))
    told = {line for text in told for line in re.split(r"[\^\n]", text)}
    words = {word for segment in segments for word in re.split(r"[|^]", segment)[1:]}
    words -= {word for word in words if word.partition(".")[0] in {place.replace("-", "") for place in SPELT_OUT}}
    assert words - told - set(WORDS.values()) <= {""}


# -- the right place

OWN = (
    "ORC", "OBR", "TQ1", "NTE", "PRT", "BLG", "CTI", "OBX", "SPM", "FT1", "TXA", "SCH", "RGS", "AIS", "AIG", "AIL", "AIP", "RXA", "RXR", "RXO",
    "RXE", "RXC", "RXD", "RXG", "MSA", "ERR", "TQ2", "SAC", "INV",
)  # fmt: skip
NAMED_OTHERWISE = {
    "NTE-8 end_time", "PRT-1 ids", "PRT-5 people", "BLG-1.2 time", "OBX-3 code", "OBX-30 subtypes", "FT1-11.1.2 currency", "FT1-29 drug",
    "FT1-43 drug_quantity", "AIP-3 practitioners", "RXA-15 lots", "RXA-29 tags", "RXD-18 lots", "RXD-35 tags", "MSA-1.1 outcome", "ERR-8 text",
    "RXG-19 lots", "RXG-31 tags", "SAC-3 id",
}  # fmt: skip
"""Rows whose name shares no word with the name that the standard gives the field, each looked at."""


def _titles(tag: str, number: int) -> set[str]:
    """First letters of the words of a field's names in the versions."""
    found = set()
    for package in VERSIONS.values():
        for name, reference, *_ in import_module(f"hl7apy.{package}.segments").SEGMENTS.get(tag, (None, ()))[1]:
            if name == f"{tag}_{number}":
                found |= {word[:4] for word in reference[3].split("_")}
    return found


def _rows(tag: str) -> set[Row]:
    return {row for table in maps().values() for segment in table.segments if segment.tag == tag for row in segment.rows if not isinstance(row, Made)}


@pytest.mark.parametrize("tag", OWN)
def test_rows_are_named_as_their_fields(tag: str) -> None:
    odd = set()
    for row in _rows(tag):
        assert not isinstance(row, Made)
        path = str(row.path)
        titles = _titles(tag, int(path.partition(".")[0]))
        if titles and titles.isdisjoint(word[:4].upper() for word in row.name.split("_")):
            odd.add(f"{tag}-{path} {row.name}")
    assert odd == {name for name in NAMED_OTHERWISE if name.startswith(tag)}
