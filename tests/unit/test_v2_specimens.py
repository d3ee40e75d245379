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


_S1, _S2, _C1, _C2 = _spm(1), _spm(2), _sac(1), _sac(2)
_KINDS = (
    "ORM^O01",
    "OML^O21",
    "OML^O33",
    "OML^O35",
    "OMG^O19",
    "ORL^O22",
    "ORL^O34",
    "ORL^O36",
    "ORU^R01",
    "OUL^R21",
    "OUL^R22",
    "OUL^R23",
    "OUL^R24",
)
SHAPES: dict[tuple[str, ...], list[tuple[str, list[str], list[str]]]] = {
    (_obr(1), _S1, _obr(2), _S2): [("P1", ["S1"], []), ("P2", ["S2"], [])],
    (_S1, _obr(1), _S2, _obr(2)): [("P1", ["S1"], []), ("P2", ["S2"], [])],
    (_S1, _C1, _obr(1), _C2, _obr(2)): [("P1", ["S1"], ["C1"]), ("P2", ["S1"], ["C2"])],
    (_S1, _C1, _C2, _obr(1), _S2, _obr(2)): [("P1", ["S1"], ["C1", "C2"]), ("P2", ["S2"], [])],
    (_C1, _obr(1), _C2, _obr(2)): [("P1", [], ["C1"]), ("P2", [], ["C2"])],
    (_S1, _obr(1), _obr(2)): [("P1", ["S1"], []), ("P2", ["S1"], [])],
}
"""Segments behind the PID -> what each order has."""


@pytest.mark.parametrize("kind", _KINDS)
def test_the_order_of_segments_says_whose_a_specimen_is_whatever_the_event_code(kind: str) -> None:
    for segments, told in SHAPES.items():
        for before in ([], ["ORC|NW"]):
            ordered = [one for segment in segments for one in (*(before if segment.startswith("OBR") else ()), segment)]
            found = converted(message(kind, PID, *ordered))
            assert [_told(data) for data in found.data] == told
            assert ["order" in data for data in found.data] == [bool(before)] * len(told)
            assert not any("unmapped" in data for data in found.data)


def test_several_specimens_before_all_orders_are_those_of_each() -> None:
    found = converted(message("OML^O33", PID, _S1, _S2, _obr(1), _obr(2)))
    assert [_told(data)[1] for data in found.data] == [["S1", "S2"], ["S1", "S2"]]


@pytest.mark.parametrize("kind", ["OUL^R22", "OUL^R23", "OUL^R24"])
@pytest.mark.parametrize("turned", [False, True])
def test_order_and_report_are_paired_whichever_comes_first(kind: str, turned: bool) -> None:
    pairs = [(f"ORC|RE|P{number}", _obr(number))[:: -1 if turned else 1] for number in (1, 2, 3)]
    values = [(f"OBX|1|NM|X||{number}", "NTE|1||n") for number in (1, 2)]
    found = converted(message(kind, PID, *([] if kind == "OUL^R24" else [_S1]), *pairs[0], *values[0], *pairs[1], *values[1], *pairs[2]))
    numbers = [(data["order"]["placer_number"]["value"], data["report"]["placer_number"]["value"]) for data in found.data]
    assert numbers == [("P1", "P1"), ("P2", "P2"), ("P3", "P3")]
    assert [one["value"] for data in found.data for one in data.get("observations", [])] == ["1", "2"]


def test_an_order_behind_the_values_of_a_report_is_that_of_the_next() -> None:
    found = converted(message("OUL^R24", PID, _obr(1), "OBX|1|NM|X||1", "ORC|RE|P2", _obr(2)))
    assert [("order" in data, data["report"]["placer_number"]["value"]) for data in found.data] == [(False, "P1"), (True, "P2")]


def test_what_is_observed_on_patient_specimen_and_service_is_kept_apart() -> None:
    specimen = (_spm(1), "OBX|1|ST|LOOK||clear", "NTE|1||ok", _sac(1), "INV|REAG|OK")
    (data,) = converted(message("OUL^R22", PID, "OBX|1|NM|PULSE||60", *specimen, _obr(1), "OBX|1|NM|NA||140")).data
    told = {name: [one["code"]["code"] for one in data[name]] for name in ("patient_observations", "specimen_observations", "observations")}
    assert told == {"patient_observations": ["PULSE"], "specimen_observations": ["LOOK"], "observations": ["NA"]}
    assert data["specimen_observations"][0]["notes"] == [{"set_id": "1", "texts": ["ok"]}]
    assert data["inventory"] == [{"substance": {"code": "REAG"}, "statuses": [{"code": "OK"}]}]


def test_what_stands_before_any_order_is_of_the_patient_and_is_never_lost() -> None:
    first, second = converted(message("OUL^R24", PID, "OBX|1|NM|PULSE||60", _obr(1), "OBX|1|NM|NA||140", _obr(2), "OBX|1|NM|K||4")).data
    told = [[one["code"]["code"] for one in data[name]] for data in (first, second) for name in ("patient_observations", "observations")]
    assert told == [["PULSE"], ["NA"], ["PULSE"], ["K"]]
    (data,) = converted(message("OUL^R24", PID, "OBX|1|NM|PULSE||60", "NTE|1||at rest", "OBX|2|NM|TEMP||37")).data
    assert [one["code"]["code"] for one in data["patient_observations"]] == ["PULSE", "TEMP"]
    assert (data["patient_observations"][0]["notes"][0]["texts"], data["identity"]["patient"]["value"]) == (["at rest"], "100")


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
