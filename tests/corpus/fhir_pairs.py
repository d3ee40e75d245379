"""Published HL7 v2 to FHIR pairs: the values of patient, encounter and observations on both sides, by what they mean."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import orjson

from tests.corpus.samples import Sample, convert, root, rows, samples

Json = dict[str, Any]
SEX = {"M": "male", "F": "female", "O": "other", "U": "unknown", "A": "other", "N": "other"}


class Pair(NamedTuple):
    expected: str
    sample: Sample


class Compared(NamedTuple):
    """One meaning: where its values stand in a FHIR resource of that type, and in an event."""

    resource: str
    name: str
    fhir: Callable[[Json], Iterable[Any]]
    ours: Callable[[Json], Iterable[Any]]


def at(value: Any, *path: str) -> Iterator[Any]:
    """Every value at a path; lists are gone through, "*" is every key."""
    if isinstance(value, list):
        for one in value:
            yield from at(one, *path)
    elif not path:
        if value is not None and not isinstance(value, dict):
            yield value
    elif isinstance(value, dict):
        for name in value if path[0] == "*" else [path[0]]:
            yield from at(value.get(name), *path[1:])


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)
    elif value is not None:
        yield value


def both(*paths: str) -> Callable[[Json], Iterator[Any]]:
    return lambda value: (found for path in paths for found in at(value, *path.split(".")))


def day(text: Any) -> str:
    return re.sub(r"[^0-9]", "", str(text).partition("T")[0])[:8]


def text(value: Any) -> str:
    return re.sub(r"\s+", " ", str(value)).strip().lower()


def number(value: Any) -> str:
    try:
        return f"{float(value):g}"
    except ValueError:
        return text(value)


def sexes(event: Json) -> Iterator[str]:
    return (SEX.get(str(found).upper(), "") for found in at(people(event), "sex"))


def people(event: Json) -> list[Json]:
    """The patients of an event."""
    return [one for one in (event.get("patient"), *(event.get("patients") or ())) if one]


def of_people(*paths: str) -> Callable[[Json], Iterator[Any]]:
    return lambda event: (found for one in people(event) for path in paths for found in at(one, *path.split(".")))


def observed(event: Json) -> Iterator[Any]:
    under = [event, *(event.get("visit_orders") or ())]
    return leaves([one.get(name) for one in under for name in ("observations", "specimen_observations", "patient_observations")])


def identifying(*names: str) -> Callable[[Json], Iterator[Any]]:
    return lambda event: leaves([event.get(name) for name in names])


COMPARED: tuple[Compared, ...] = (
    Compared("Patient", "identifier", both("identifier.value"), identifying("patient", "patients", "merge")),
    Compared("Patient", "family name", both("name.family"), lambda event: leaves(people(event))),
    Compared("Patient", "given name", both("name.given"), lambda event: leaves(people(event))),
    Compared("Patient", "birth date", lambda one: map(day, at(one, "birthDate")), lambda event: map(day, at(people(event), "birth_date"))),
    Compared("Patient", "sex", both("gender"), sexes),
    Compared("Patient", "city", both("address.city"), of_people("addresses.city")),
    Compared("Patient", "postal code", both("address.postalCode"), of_people("addresses.postal_code")),
    Compared("Encounter", "identifier", both("identifier.value"), identifying("visit", "patient", "identity")),
    Compared("Encounter", "admit source", both("hospitalization.admitSource.coding.code"), both("visit.admit_source.code")),
    Compared("Observation", "code", both("code.coding.code"), observed),
    Compared(
        "Observation",
        "number",
        lambda one: map(number, at(one, "valueQuantity", "value")),
        lambda event: map(number, observed(event)),
    ),
    Compared("Observation", "text", both("valueString"), observed),
)


@cache
def pairs() -> tuple[Pair, ...]:
    known = {sample.name: sample for sample in samples("hl7v2")}
    return tuple(Pair(row["file"], known[row["pairs_with"]]) for row in rows() if row["transaction"] == "hl7v2-to-fhir")


def resources(pair: Pair) -> list[Json]:
    bundle = orjson.loads((root() / pair.expected).read_bytes().removeprefix(b"\xef\xbb\xbf"))
    return [entry["resource"] for entry in bundle.get("entry", ())]


class Missing(NamedTuple):
    """A value of the published bundle that no event of ours has under that meaning."""

    pair: Pair
    meaning: str
    value: str


def missing(pair: Pair) -> Iterator[Missing]:
    events = [event["data"] for event in convert(pair.sample).events]
    for compared in COMPARED:
        ours = {text(value) for event in events for value in compared.ours(event)}
        for resource in resources(pair):
            if resource["resourceType"] == compared.resource:
                for value in compared.fhir(resource):
                    if text(value) and text(value) not in ours:
                        yield Missing(pair, f"{compared.resource} {compared.name}", text(value))


def values(pair: Pair) -> int:
    """How many values of the bundle are compared."""
    return sum(1 for one in resources(pair) for compared in COMPARED if one["resourceType"] == compared.resource for _ in compared.fhir(one))


def reason(found: Missing) -> str:
    """Why a value of the bundle is in no field of ours of that meaning; "" when nothing explains it."""
    events = [event["data"] for event in convert(found.pair.sample).events]
    if not events:
        return "the message has no event kind"
    if found.value not in text(found.pair.sample.content().decode("utf-8", "replace").replace("\\T\\", "&")):
        return "the converter made the value: it does not stand in the message"
    elsewhere = [text(value) for event in events for value in leaves({**event, "unmapped": None})]
    if found.value in elsewhere:
        return "in another field of ours: the converter made a resource of another segment"
    if any(found.value in value for value in elsewhere):
        return "inside a longer text of ours, such as a note"
    if any(found.value in text(value) for event in events for value in leaves(event.get("unmapped"))):
        return "kept as unmapped"
    return ""


MISPAIRED = {"HL7-v2-to-fhir__FHIR_bundle.hl7_ADT_A01.json": "the bundle is of another message than the one it is paired with"}


def compared_pairs() -> Iterator[Pair]:
    return (pair for pair in pairs() if pair.expected.rpartition("/")[2] not in MISPAIRED)
