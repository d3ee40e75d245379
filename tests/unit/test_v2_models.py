"""Event models of HL7 v2: fed by the maps, closed against mistakes of ours, open for consumers, null where the sender deletes."""

import json
import re
from functools import cache
from typing import Any

import jsonschema
import pytest
from pydantic import TypeAdapter, ValidationError
from referencing import Registry, Resource

from schemas import export
from schemas.events import event_kinds, kinds_of
from schemas.events.clinical_parts import Day, Timestamp
from schemas.events.message_event import MessageEvent
from schemas.maps.v2 import maps
from schemas.maps.v2.mapping import Map, Part, Parts, Seg, Value, Values
from schemas.message_fields import models_of, unfed_fields, unknown_fields
from tests.unit.v2_messages import converted, message, segment

KINDS = tuple(kinds_of(MessageEvent))


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in export.published().values())


def _published(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(export.published()[export.schema_file(kind)], registry=_registry())


@pytest.mark.parametrize("name", sorted(maps()))
def test_rows_name_only_fields_of_the_model(name: str) -> None:
    assert unknown_fields(maps()[name]) == []


def _with(*rows: Value | Values | Part | Parts, to: str = "patient") -> Map:
    table = maps()["bar"]
    return table._replace(segments=(*table.segments, Seg("PID", rows, to, "patient")))


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (_with(Value("3.1", "colour")), "PID 3.1: Patient has no field colour"),
        (_with(Value("7", "birth_date", "date")), "Patient.birth_date is declared otherwise than date makes it"),
        (_with(Value("3.1", "identifiers")), "Patient.identifiers is a list"),
        (_with(Values("8", "sex")), "Patient.sex is no list"),
        (_with(Part("8", "sex", (Value("1", "code"),))), "Patient.sex is no object"),
        (_with(Parts("3", "identifiers", (Value("1", "number"),))), "Identifier has no field number"),
        (_with(Value("3.1", "value"), to="person"), "has no field person"),
        (_with(Value("3.1", "value"), to="patient[]"), "patient is not a list of objects"),
    ],
)
def test_row_that_the_model_contradicts_is_found(table: Map, says: str) -> None:
    assert any(says in problem for problem in unknown_fields(table))


def test_every_field_of_the_models_is_fed() -> None:
    assert unfed_fields(list(maps().values())) == []


def test_field_that_nothing_feeds_is_found() -> None:
    tables = [table._replace(segments=tuple(row for row in table.segments if row.tag != "PDA")) for table in maps().values()]
    assert {"Death causes", "Death coroner", "AccountCreated death"} <= set(unfed_fields(tables))


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_described_in_one_sentence(kind: str) -> None:
    texts = {
        f"{model.__name__}.{name}": field.description or "" for model in models_of(event_kinds()[kind]) for name, field in model.model_fields.items()
    }
    assert {name for name, text in texts.items() if not text.endswith(".") or len(text) > 160} == set()


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_key_breaks_the_model_and_not_the_published_schema(kind: str) -> None:
    data: dict[str, Any] = {
        "message": {"type": "ADT"},
        "provenance": {"receipt": "r", "map": "m", "msh": 0, "item": 0, "ordinal": 1},
        "colour": "red",
    }
    _published(kind).validate(data)
    with pytest.raises(ValidationError):
        event_kinds()[kind].model_validate(data)
    del data["colour"]
    event_kinds()[kind].model_validate(data)
    del data["provenance"]["msh"]
    assert [error.validator for error in _published(kind).iter_errors(data)] == ["required"]


def test_published_schemas_are_sound_and_refer_to_parts_that_are_there() -> None:
    parts = export.published()[export.PARTS]["$defs"]
    for kind in KINDS:
        schema = export.published()[export.schema_file(kind)]
        jsonschema.Draft202012Validator.check_schema(schema)
        named = re.findall(r'"\$ref": "([^"]*)"', json.dumps(schema))
        assert {name.removeprefix(f"{export.PARTS}#/$defs/") for name in named} <= set(parts)
    for part in parts.values():
        jsonschema.Draft202012Validator.check_schema(part)
    assert [name for name in parts if "__" in name] == []


def test_what_the_sender_deletes_is_null_in_the_published_schema() -> None:
    found = converted(message("ADT^A08", segment("PID", {3: "1^^^HOSP^MR", 5: '""', 7: '""', 8: '""', 11: '^^""'}), 'PV1|1|""|""|""', 'PD1|""'))
    (data,) = found.data
    assert (data["patient"]["names"], data["patient"]["addresses"], data["visit"]["location"]) == (None, [{"city": None}], None)
    assert list(_published("patient.updated").iter_errors(data)) == []
    data["patient"]["birth_date"] = "19800102"
    assert [error.json_path for error in _published("patient.updated").iter_errors(data)] == ["$.patient"]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Day, ["2024", "2024-01", "2024-01-31"], ["20240131", "2024-1-31", "2024-01-31T10:00"]),
        (
            Timestamp,
            ["2024", "2024-01", "2024-01-31", "2024-01-31T10:00", "2024-01-31T10:00-06:00", "2024-01-31T10:00:59.1234Z"],
            ["20240131", "2024-01-31 10:00", "2024-01T10:00", "2024-01-31T10", "2024-01-31T10:00-0600"],
        ),
    ],
)
def test_text_values(kind: Any, good: list[str], bad: list[str]) -> None:
    adapter = TypeAdapter(kind)
    assert [adapter.validate_python(value) for value in good] == good
    for value in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


def test_coverage_page_says_what_every_segment_feeds() -> None:
    page = export.files()["coverage-hl7v2.md"]
    assert "3 identifiers (CX, each)" in page
    assert "| `patient.merged` | A40 | patient | action `merge_patient`, level `patient` |" in page
    for table in maps().values():
        for tag in {row.tag for row in table.segments}:
            assert f" | {tag} | " in page, tag
