"""Fields of patients, visits and insurances as python-hl7 and hl7apy read them from the same bytes."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import hl7
import pytest
from hl7apy.parser import parse_message

from tests.unit.v2_messages import converted

GOLDEN = Path(__file__).parents[1] / "golden"
FIELDS = {
    "message.control_id": ("MSH", 10, 1), "message.trigger": ("MSH", 9, 2), "message.version": ("MSH", 12, 1),
    "patient.identifiers.value": ("PID", 3, 1), "patient.identifiers.authority": ("PID", 3, 4), "patient.identifiers.type": ("PID", 3, 5),
    "patient.names.family": ("PID", 5, 1), "patient.names.given": ("PID", 5, 2), "patient.sex": ("PID", 8, 1),
    "patient.addresses.city": ("PID", 11, 3), "patient.addresses.state": ("PID", 11, 4), "patient.addresses.postal_code": ("PID", 11, 5),
    "patient.home_phones.area_code": ("PID", 13, 6), "patient.home_phones.address": ("PID", 13, 4), "patient.marital_status.code": ("PID", 16, 1),
    "patient.account.value": ("PID", 18, 1), "patient.account.authority": ("PID", 18, 4), "patient.social_security_number": ("PID", 19, 1),
    "prior.identifiers.value": ("MRG", 1, 1), "prior.account.value": ("MRG", 3, 1), "prior.names.family": ("MRG", 7, 1),
    "visit.patient_class": ("PV1", 2, 1), "visit.location.point_of_care": ("PV1", 3, 1), "visit.location.bed": ("PV1", 3, 3),
    "visit.admission_type.code": ("PV1", 4, 1), "visit.attending.id": ("PV1", 7, 1), "visit.attending.family": ("PV1", 7, 2),
    "visit.hospital_service.code": ("PV1", 10, 1), "visit.admit_source.code": ("PV1", 14, 1), "visit.ambulatory_status.code": ("PV1", 15, 1),
    "visit.patient_type.code": ("PV1", 18, 1), "visit.number.value": ("PV1", 19, 1), "visit.discharge_disposition.code": ("PV1", 36, 1),
    "visit.alternate_ids.value": ("PV1", 50, 1), "visit.admit_reason.text": ("PV2", 3, 2),
    "insurances.plan.code": ("IN1", 2, 1), "insurances.company_ids.value": ("IN1", 3, 1), "insurances.companies.name": ("IN1", 4, 1),
    "insurances.group_number": ("IN1", 8, 1), "insurances.relationship.code": ("IN1", 17, 1), "insurances.priority": ("IN1", 22, 1),
    "insurances.policy_number": ("IN1", 36, 1), "insurances.insured_ids.value": ("IN1", 49, 1), "insurances.details.medicare_number": ("IN2", 6, 1),
    "guarantors.names.family": ("GT1", 3, 1), "guarantors.organizations.name": ("GT1", 21, 1), "diagnoses.code.code": ("DG1", 3, 1),
    "diagnoses.priority": ("DG1", 15, 1), "diagnoses.present_on_admission.code": ("DG1", 26, 1), "procedures.code.code": ("PR1", 3, 1),
    "procedures.surgeons.id": ("PR1", 11, 1), "accident.location": ("ACC", 3, 1), "related_persons.relationship.code": ("NK1", 3, 1),
    "allergies.reactions": ("AL1", 5, 1), "ub92.conditions.code": ("UB2", 3, 1), "drg.amount.currency": ("DRG", 16, 2),
}  # fmt: skip
LATER = {"diagnoses.present_on_admission.code", "drg.amount.currency"}
"""Fields that the version of the message has not: hl7apy leaves them out."""
Oracle = Callable[[str, str, int, int], list[str]]


def _at(value: Any, path: list[str]) -> list[str]:
    """Every text at a path, through lists; a null is `""` as it was sent."""
    if isinstance(value, list):
        return [text for held in value for text in _at(held, path)]
    if not path:
        return ['""' if value is None else value]
    return _at(value[path[0]], path[1:]) if isinstance(value, dict) and path[0] in value else []


@cache
def _hl7_message(content: str) -> Any:
    return hl7.parse(content)


@cache
def _hl7apy_message(content: str) -> Any:
    return parse_message(content, find_groups=False)


def _python_hl7(content: str, tag: str, field: int, component: int) -> list[str]:
    message, found = _hl7_message(content), []
    for segment in message:
        if str(segment[0]) == tag and field < len(segment):
            for repetition in segment[field]:
                parts = repetition if isinstance(repetition, hl7.Repetition) else [repetition]
                if component <= len(parts):
                    first = parts[component - 1]
                    found.append(message.unescape(str(first[0] if isinstance(first, hl7.Component) else first)))
    return [text for text in found if text]


def _hl7apy(content: str, tag: str, field: int, component: int) -> list[str]:
    found = []
    for segment in _hl7apy_message(content).children:
        if segment.name == tag:
            for repetition in (child for child in segment.children if child.name == f"{tag}_{field}"):
                parts = repetition.to_er7().split("^")
                if component <= len(parts):
                    found.append(parts[component - 1].partition("&")[0].replace("\\T\\", "&").replace("\\F\\", "|"))
    return [text for text in found if text]


@pytest.mark.parametrize("oracle", [_python_hl7, _hl7apy])
@pytest.mark.parametrize("name", ["v2_adt_admit", "v2_bar_account", "v2_adt_dialect"])
def test_values_are_those_that_others_read(name: str, oracle: Oracle) -> None:
    content = (GOLDEN / name / "input.hl7").read_bytes().decode("latin-1" if name == "v2_adt_dialect" else "utf-8")
    (data,) = converted(content.encode()).data
    wanted = {path: oracle(content, *place) for path, place in FIELDS.items() if oracle is _python_hl7 or path not in LATER}
    assert {path: _at(data, path.split(".")) for path in wanted} == wanted
    assert sum(len(texts) for texts in wanted.values()) > 20
