"""Specimens with their containers: told with the orders and results they are of, wherever the structure has them."""

from typing import Any

import pytest

from tests.unit.v2_messages import converted, message

PID = "PID|1||100^^^HOSP^MR||DOE^JANE"


def _spm(number: int) -> str:
    return f"SPM|{number}|S{number}||BLD"


def _sac(number: int) -> str:
    return f"SAC|||C{number}"


def _obr(number: int) -> str:
    return f"OBR|{number}|P{number}|F{number}|CODE{number}"


def _told(data: dict[str, Any]) -> tuple[str, list[str], list[str]]:
    """The service, its specimens, their containers."""
    service = data.get("request") or data["report"]
    ids = [one["id"]["placer"]["value"] for one in data.get("specimens", [])]
    return service["placer_number"]["value"], ids, [one["id"]["value"] for one in data.get("containers", [])]


BELOW_SPECIMEN = [("P1", ["S1"], ["C1", "C2"]), ("P2", ["S1"], ["C1", "C2"]), ("P3", ["S2"], [])]
BELOW_CONTAINER = [("P1", ["S1"], ["C1"]), ("P2", ["S1"], ["C2"]), ("P3", ["S2"], [])]


@pytest.mark.parametrize("kind", ["OML^O33", "OUL^R22", "ORL^O34"])
def test_orders_below_their_specimen_have_that_one_alone(kind: str) -> None:
    found = converted(message(kind, PID, _spm(1), _sac(1), _sac(2), _obr(1), _obr(2), _spm(2), _obr(3)))
    assert [_told(data) for data in found.data] == BELOW_SPECIMEN
    assert not any("unmapped" in data for data in found.data)


@pytest.mark.parametrize("kind", ["OML^O35", "OUL^R23", "ORL^O36"])
def test_orders_below_their_container_have_that_one_alone(kind: str) -> None:
    found = converted(message(kind, PID, _spm(1), _sac(1), _obr(1), _sac(2), _obr(2), _spm(2), _obr(3)))
    assert [_told(data) for data in found.data] == BELOW_CONTAINER
    assert not any("unmapped" in data for data in found.data)


@pytest.mark.parametrize("kind", ["OML^O21", "OUL^R24", "ORU^R01", "OMG^O19"])
def test_specimens_behind_their_order_are_its_own(kind: str) -> None:
    found = converted(message(kind, PID, _obr(1), _spm(1), _sac(1), _obr(2), _spm(2), _spm(3), _sac(3)))
    assert [_told(data) for data in found.data] == [("P1", ["S1"], ["C1"]), ("P2", ["S2", "S3"], ["C3"])]


def test_one_specimen_before_orders_is_that_of_each() -> None:
    found = converted(message("OML^O21", PID, _spm(1), "ORC|NW|P1", _obr(1), "ORC|NW|P2", _obr(2)))
    assert [_told(data)[1] for data in found.data] == [["S1"], ["S1"]]


def test_what_is_observed_on_patient_specimen_and_service_is_kept_apart() -> None:
    specimen = (_spm(1), "OBX|1|ST|LOOK||clear", "NTE|1||ok", _sac(1), "INV|REAG|OK")
    (data,) = converted(message("OUL^R22", PID, "OBX|1|NM|PULSE||60", *specimen, _obr(1), "OBX|1|NM|NA||140")).data
    told = {name: [one["code"]["code"] for one in data[name]] for name in ("patient_observations", "specimen_observations", "observations")}
    assert told == {"patient_observations": ["PULSE"], "specimen_observations": ["LOOK"], "observations": ["NA"]}
    assert data["specimen_observations"][0]["notes"] == [{"set_id": "1", "texts": ["ok"]}]
    assert data["inventory"] == [{"substance": {"code": "REAG"}, "statuses": [{"code": "OK"}]}]


def test_the_order_of_older_results_comes_before_its_request() -> None:
    found = converted(message("OUL^R21", PID, "ORC|RE|P1", _obr(1), "OBX|1|NM|A||1", "ORC|RE|P2", _obr(2), "OBX|1|NM|B||2"))
    assert [data["order"]["placer_number"]["value"] for data in found.data] == ["P1", "P2"]
    assert [data["observations"][0]["code"]["code"] for data in found.data] == ["A", "B"]


def test_a_dose_that_is_to_be_given_is_scheduled() -> None:
    found = converted(
        message("RGV^O15", PID, "ORC|RE|P1", "RXE||AMOX|250", "TQ1|1||BID", "RXG|1|2||AMOX|250||MG", "TQ1|1||QD", "RXR|PO", "RXG|2|2||AMOX|500||MG")
    )
    (data,) = found.data
    assert found.kinds == ["medication.scheduled"]
    assert [(one["sub_id"], one["amount_minimum"]) for one in data["gives"]] == [("1", "250"), ("2", "500")]
    assert data["gives"][0]["routes"] == [{"route": {"code": "PO"}}]
    assert [data["timings"][0]["patterns"][0]["code"], data["gives"][0]["timings"][0]["patterns"][0]["code"]] == ["BID", "QD"]


def test_what_an_order_follows_is_told_with_it() -> None:
    (data,) = converted(message("ORM^O01", PID, "ORC|NW|P2", "TQ1|1||QD", "TQ2|1|S|P1^EHR~P0^EHR|||ES||10^min", _obr(1))).data
    assert data["timing_relations"] == [
        {"set_id": "1", "sequence": "S", "placer_numbers": [{"value": "P1", "authority": "EHR"}, {"value": "P0", "authority": "EHR"}],
         "condition": "ES", "interval": {"value": "10", "units": "min"}}
    ]  # fmt: skip
