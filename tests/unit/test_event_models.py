"""Event models: fed by the maps, closed against mistakes of ours, open for consumers, and true of everything the engine makes."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import jsonschema
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from schemas import export
from schemas.events import event_kinds, kinds_of
from schemas.events.common import Amount, Date, Event, Moment, Quantity, Time, json_schema
from schemas.events.fields import feeds, fields_of, unfed_fields, unknown_fields
from schemas.maps import maps
from schemas.maps.mapping import Field, Map, Obj, Seg, Texts
from schemas.x12 import guide
from tests.unit.guide_instances import every_element, outputs

GUIDES = tuple(sorted(maps()))
KINDS = tuple(kinds_of(Event))
TURNS = range(14)


@cache
def _closed(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_schema(kinds_of(Event)[kind], closed=True))


def _problems(kind: str, data: dict[str, Any]) -> list[str]:
    event_kinds()[kind].model_validate(data)
    return [f"{error.json_path}: {error.message}" for error in _closed(kind).iter_errors(data)]


# -- maps and models


@pytest.mark.parametrize("name", GUIDES)
def test_rows_name_only_fields_of_the_model(name: str) -> None:
    assert unknown_fields(maps()[name]) == []


def _changed(old: str, new: Seg) -> Map:
    table = maps()["837P"]
    return table._replace(segments=tuple(new if (row.loop, row.tag) == ("2300", old) else row for row in table.segments))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (Seg("2300", "CR2", (Field("08", "colour"),), "spinal"), "has no field spinal.colour"),
        (Seg("2300", "CR2", (Field("08", "condition"),), "spine"), "has no field spine.condition"),
        (Seg("2300", "CR2", (Field("08", "condition"),), "spinal[]"), "has no field spinal[].condition"),
        (Seg("2300", "CR2", (Field("08", "condition", "money"),), "spinal"), "declares spinal.condition otherwise than money"),
        (Seg("2300", "CR2", (Field("10", "descriptions"),), "spinal"), "declares spinal.descriptions otherwise than text"),
        (Seg("2300", "CR2", (Texts(("08",), "condition"),), "spinal"), "declares spinal.condition otherwise than text"),
    ],
)
def test_row_that_the_model_contradicts_is_found(row: Seg, says: str) -> None:
    (problem,) = unknown_fields(_changed("CR2", row))
    assert says in problem


def test_object_that_the_model_lacks_is_found() -> None:
    table = maps()["837P"]
    renamed = table._replace(objects=tuple(Obj("2430", "decisions[]") if row.loop == "2430" else row for row in table.objects))
    assert "2430 SVD 02: claim.submitted has no field lines[].decisions[].paid_amount" in unknown_fields(renamed)


def test_every_field_of_the_models_is_fed() -> None:
    assert unfed_fields(list(maps().values())) == []


def test_field_that_nothing_feeds_is_found() -> None:
    table = maps()["837P"]
    others = [maps()[name] for name in GUIDES if name != "837P"]
    without = table._replace(segments=tuple(row for row in table.segments if row.tag != "CR2"))
    assert unfed_fields([*others, without]) == ["claim.submitted spinal.condition", "claim.submitted spinal.descriptions"]


# -- what the engine makes


def _leaves(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, held in value.items():
            yield from _leaves(held, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for held in value:
            yield from _leaves(held, f"{path}[]")
    else:
        yield path


def _used_paths(name: str) -> set[tuple[str, str]]:
    """(event, path) of the fields whose elements the guide uses. PLB follows the claims, so only the remittance shows it."""
    used: set[tuple[str, str]] = set()
    lines = list(guide(name).segments())
    for feed in feeds(maps()[name]):
        for line in lines:
            if (line.loop, line.tag) != (feed.loop, feed.tag) or (feed.event, feed.tag) == ("claim.adjudicated", "PLB"):
                continue
            place = guide(name).qualifier(line)
            codes = line.elements[place[0] - 1] if place else line.elements[0]
            listed = codes.components[place[1] - 1].codes if place and place[1] else codes.codes
            if feed.codes and not set(feed.codes) & set(listed):
                continue
            number, _, part = feed.places[-1].partition("-")
            element = line.elements[int(number) - 1]
            if element.req != "N" and (not part or element.components[int(part) - 1].req != "N"):
                used.add((feed.event, feed.path))
    return used


@pytest.mark.parametrize("name", GUIDES)
def test_engine_fills_every_field_and_nothing_else(name: str) -> None:
    filled: set[tuple[str, str]] = set()
    for turn in TURNS:
        for kind, data in outputs(every_element(guide(name), turn))[0]:
            assert _problems(kind, data) == []
            filled.update((kind, re.sub(r"[.](start|end|offset|length)$", "", path)) for path in _leaves(data))
    assert _used_paths(name) - filled == set()


# -- the models themselves


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_described_in_one_sentence(kind: str) -> None:
    def described(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
        seen.add(model)
        for name, field in model.model_fields.items():
            text = field.description or ""
            if not text.endswith(".") or len(text) > 160:
                yield f"{model.__name__}.{name}"
        for _, owner, _, part in fields_of(model):
            for other in (owner, part):
                if other is not None and other not in seen:
                    yield from described(other, seen)

    assert list(described(event_kinds()[kind], set())) == []


def _some(annotation: Any) -> Any:
    """A value of a field that must be there."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)[0]
    return ["A1"] if get_origin(annotation) is list else "A1"


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_key_breaks_the_model_and_not_the_published_schema(kind: str) -> None:
    provenance = {"receipt": "r", "map": "m", "item": 0, "ordinal": 1}
    needed = {name: _some(field.annotation) for name, field in event_kinds()[kind].model_fields.items() if field.is_required()}
    data: dict[str, Any] = {**needed, "envelope": {}, "provenance": provenance, "colour": "red"}
    jsonschema.Draft202012Validator(export.published()[export.schema_file(kind)]).validate(data)
    assert [error.validator for error in _closed(kind).iter_errors(data)] == ["additionalProperties"]
    with pytest.raises(ValidationError):
        event_kinds()[kind].model_validate(data)
    del data["colour"]
    assert _problems(kind, data) == []


@pytest.mark.parametrize("kind", KINDS)
def test_published_schema_is_sound_and_has_no_null(kind: str) -> None:
    schema = export.published()[export.schema_file(kind)]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert '"null"' not in json.dumps(schema)
    assert '"default"' not in json.dumps(schema)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Amount, ["0.00", "-12.50", "1500.00", "0.005", "12.345"], ["12", "12.5", ".50", "012.00", "1.500", "1e2", "12.00 ", "+1.00", "\uff11.00"]),
        (Quantity, ["0", "-1", "1.5", "0.25", "100"], ["1.0", ".5", "01", "1.", "1e2", ""]),
        (Date, ["2024-01-31"], ["20240131", "2024-1-31", "2024-01-31T10:00"]),
        (Time, ["14:30", "14:30:59", "14:30:59.25"], ["1430", "14", "14:30:59.123"]),
        (Moment, ["2024-01-31", "2024-01-31T14:30", "14:30"], ["2024-01-31 14:30", "2024-01-31T", "T14:30"]),
    ],
)
def test_text_values(kind: Any, good: list[str], bad: list[str]) -> None:
    adapter = TypeAdapter(kind)
    assert [adapter.validate_python(value) for value in good] == good
    for value in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


# -- generated files


def test_reference_files_are_what_the_tables_say() -> None:
    assert export.stale() == []


def test_stale_files_are_found(tmp_path: Path) -> None:
    export.write(tmp_path)
    assert export.stale(tmp_path) == []
    (tmp_path / "coverage.md").write_text("old", encoding="utf-8")
    (tmp_path / "events.md").unlink()
    (tmp_path / "schemas" / "claim.forgotten.v1.json").write_text("{}", encoding="utf-8")
    assert export.stale(tmp_path) == ["coverage.md", "events.md", "schemas/claim.forgotten.v1.json"]


def test_every_event_kind_has_topic_schema_and_message() -> None:
    document, files = export.asyncapi(), export.files()
    assert set(document["components"]["messages"]) == set(event_kinds()) == set(export.places()) | {"answer.linked"}
    for channel in document["channels"].values():
        for reference in channel["messages"].values():
            assert reference["$ref"].removeprefix("#/components/messages/") in event_kinds()
    for message in document["components"]["messages"].values():
        assert message["payload"]["$ref"] in files


def test_coverage_page_names_what_a_map_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    table = maps()["837P"]
    without = table._replace(segments=tuple(row for row in table.segments if (row.loop, row.tag) != ("2300", "CR2")))
    monkeypatch.setitem(maps(), "837P", without)
    assert "| 2300 | CR2 |  | 08 10 11 |" in export.files()["coverage.md"]
