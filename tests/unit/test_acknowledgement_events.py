"""What others say of our submissions: 277CA, 999, 997, TA1 and 824 as events."""

from pathlib import Path
from typing import Any

import pytest

from parsers.x12.convert import Settings
from parsers.x12.derived import batch_outcome
from parsers.x12.plan import ScanLimits
from tests.conftest import Converted, converted
from tests.unit.guide_instances import interchange

GOLDEN = Path(__file__).parent.parent / "golden"
_HEAD = (
    "BHT*0085*08*ACK1*20240205*0929*TH", "HL*1**20*1", "NM1*PR*2*PLAINS*****PI*PHP01", "TRN*1*SRC77", "DTP*050*D8*20240204", "DTP*009*D8*20240205",
)  # fmt: skip
_RECEIVER = ("HL*2*1*21*1", "NM1*41*2*RIVER*****46*RC100", "TRN*2*BATCH1", "STC*A1:19:PR*20240205*WQ*200")
_PROVIDER = ("HL*3*2*19*1", "NM1*85*2*RIVER*****XX*1234567893")
_PATIENT = ("HL*4*3*PT", "NM1*QC*1*NOVAK*IDA****MI*M100200")
_DAY = "DTP*472*D8*20240110"


def _claims(*segments: str, receiver: tuple[str, ...] = _RECEIVER, provider: tuple[str, ...] = _PROVIDER) -> Converted:
    text = interchange("HN", "005010X214", *_HEAD, *receiver, *provider, *segments, transaction="277")
    return converted(text.encode())


def _claim(*statuses: str) -> Converted:
    return _claims(*_PATIENT, "TRN*2*PCN-1", *statuses, _DAY)


def _group(version: str, *segments: str) -> Converted:
    transaction = "999" if "X231" in version else "997"
    return converted(interchange("FA", version, *segments, transaction=transaction).encode())


# -- the outcome of a claim


@pytest.mark.parametrize(
    ("statuses", "outcome", "codes"),
    [
        (("STC*A2:20*20240205*WQ*200",), "accepted", []),
        (("STC*A1:19*20240205*WQ*200",), "accepted", []),
        (("STC*A3:21*20240205*U*200",), "rejected", []),
        (("STC*A6:21*20240205*U*200",), "rejected", []),
        (("STC*A7:562:85*20240205*WQ*200",), "rejected", ["STATUS_DISAGREES"]),
        (("STC*A8:562:85*20240205*U*200",), "rejected", []),
        (("STC*A2:20*20240205*WQ*200******A7:145",), "rejected", ["STATUS_DISAGREES"]),
        (("STC*A2:20*20240205*WQ*200*******A3:145",), "rejected", ["STATUS_DISAGREES"]),
        (("STC*A2:20*20240205*U*200",), "rejected", ["STATUS_DISAGREES"]),
        (("STC*A3:21*20240205*WQ*200",), "rejected", ["STATUS_DISAGREES"]),
        (("STC*A6:21*20240205*WQ*200",), "rejected", ["STATUS_DISAGREES"]),
        (("STC*A8:21*20240205*WQ*200",), "rejected", ["STATUS_DISAGREES"]),
        (("STC*A4:35*20240205*U*200",), "unknown", []),
        (("STC*E1:0*20240205*U*200",), "unknown", []),
        (("STC*E1:0*20240205*U*200******A7:145",), "rejected", []),
        (("STC*A2:20*20240205*WQ*120", "STC*A7:21*20240205*U*80"), "rejected", []),
        (("STC*A2:20*20240205*WQ*120", "STC*A4:35*20240205*U*80"), "unknown", []),
        (("STC*F2:20*20240205*U*200",), "rejected", ["STATUS_CATEGORY"]),
    ],
)
def test_categories_decide_before_the_action_code(statuses: tuple[str, ...], outcome: str, codes: list[str]) -> None:
    found = _claim(*statuses)
    assert found.data()[0]["outcome"] == outcome
    assert [code for code in found.codes() if code.startswith("STATUS_")] == codes


def test_claim_without_a_status_has_no_outcome() -> None:
    found = _claim()
    assert "outcome" not in found.data()[0]
    assert found.codes() == ["SEGMENT_MISSING"]


def test_status_of_a_line_decides_when_the_claim_has_none() -> None:
    found = _claims(*_PATIENT, "TRN*2*PCN-1", _DAY, "SVC*HC:99213*120", "STC*A7:507*20240205*U")
    assert found.data()[0]["outcome"] == "rejected"


def test_disagreement_on_a_line_is_found_at_the_line() -> None:
    found = _claims(*_PATIENT, "TRN*2*PCN-1", "STC*A7:507*20240205*U*120", _DAY, "SVC*HC:99213*120", "STC*A7:507*20240205*WQ")
    (finding,) = [finding for finding in found.findings if finding.code == "STATUS_DISAGREES"]
    assert finding.location is not None
    assert finding.location.segment == 19


# -- the grain of a 277CA


def test_one_event_for_each_claim_and_one_for_the_batch() -> None:
    second = ("HL*5*3*PT", "NM1*QC*1*OKAFOR*BEN****MI*M2", "TRN*2*PCN-3", "STC*A2:20*20240205*WQ*5", _DAY)
    claims = ("TRN*2*PCN-1", "STC*A2:20*20240205*WQ*5", _DAY, "TRN*2*PCN-2", "STC*A2:20*20240205*WQ*5", _DAY)
    found = _claims(*_PATIENT, *claims, *second)
    assert [data.get("patient_control_number") for data in found.data()] == ["PCN-1", "PCN-2", "PCN-3", None]
    assert [data["patient"]["name"] for data in found.data()[:3]] == ["NOVAK", "NOVAK", "OKAFOR"]
    assert (found.summary.items, found.summary.counts.published) == (3, 3)
    assert found.codes() == []


def test_a_provider_without_a_status_shows_none_of_the_one_before() -> None:
    first = ("TRN*1*PROV1", "STC*A1:19**WQ*10", *_PATIENT, "TRN*2*PCN-1", "STC*A2:20*20240205*WQ*5", _DAY)
    second = ("HL*5*2*19*1", "NM1*85*2*LAKE*****XX*1993999998", "HL*6*5*PT", "NM1*QC*1*OKAFOR*BEN****MI*M2", "TRN*2*PCN-2", _DAY)
    found = _claims(*first, *second)
    providers = [data["provider"] for data in found.data()[:2]]
    assert [("statuses" in provider, provider["name"]) for provider in providers] == [(True, "RIVER"), (False, "LAKE")]
    assert [provider["name"] for provider in found.data()[2]["providers"]] == ["RIVER", "LAKE"]


def test_a_batch_rejected_as_a_whole_is_one_event() -> None:
    found = _claims(receiver=("HL*2*1*21*0", *_RECEIVER[1:3], "STC*A3:24:41*20240206*U*200", "QTY*AA*6"), provider=())
    (event,) = found.data()
    assert (event["outcome"], event["receiver"]["trace_number"], event["receiver"]["rejected_count"]) == ("rejected", "BATCH1", "6")
    assert found.codes() == []


@pytest.mark.parametrize(
    ("receiver", "provider", "outcome"),
    [
        ({"statuses": [{"outcome": "accepted"}]}, None, "accepted"),
        ({"statuses": [{"outcome": "accepted"}], "accepted_count": "3", "rejected_count": "2"}, None, "partially_accepted"),
        ({"statuses": [{"outcome": "accepted"}], "rejected_count": "2"}, None, "rejected"),
        ({"statuses": [{"outcome": "accepted"}], "accepted_count": "3", "rejected_count": "0"}, None, "accepted"),
        ({"statuses": [{"outcome": "accepted"}]}, "rejected", "partially_accepted"),
        ({"statuses": [{"outcome": "unknown"}], "rejected_count": "2"}, "rejected", "unknown"),
        ({}, None, None),
    ],
)
def test_outcome_of_a_batch(receiver: dict[str, Any], provider: str | None, outcome: str | None) -> None:
    providers = [{"statuses": [{"outcome": provider}]}] if provider else []
    assert batch_outcome({"receivers": [receiver], "providers": providers}) == outcome


@pytest.mark.parametrize(
    ("outcomes", "outcome"),
    [(("rejected", "accepted"), "partially_accepted"), (("accepted", "accepted"), "accepted"), (("rejected", "unknown"), "unknown")],
)
def test_outcome_of_several_batches(outcomes: tuple[str, str], outcome: str) -> None:
    assert batch_outcome({"receivers": [{"statuses": [{"outcome": one}]} for one in outcomes]}) == outcome


def test_no_level_above_the_claims_is_lost_and_chunks_change_nothing() -> None:
    """Two sources: the first rejects its batch as a whole, so that no claim shows it."""
    first = ("HL*2*1*21*0", *_RECEIVER[1:3], "STC*A3:24:41*20240206*U*200")
    second = ("HL*3**20*1", *_HEAD[2:], "HL*4*3*21*1", "NM1*41*2*LAKE*****46*LK1", "TRN*2*BATCH2", _RECEIVER[3])
    claims = ("HL*5*4*19*1", _PROVIDER[1], "HL*6*5*PT", _PATIENT[1], "TRN*2*PCN-1", "STC*A2:20*20240205*WQ*200", _DAY)
    text = interchange("HN", "005010X214", *_HEAD, *first, *second, *claims, transaction="277")
    found, chunked = converted(text.encode()), converted(text.encode(), Settings(scan=ScanLimits(chunk=10)))
    assert found.codes() == []
    _, batch = found.data()
    assert [receiver["trace_number"] for receiver in batch["receivers"]] == ["BATCH1", "BATCH2"]
    assert batch["outcome"] == "partially_accepted"
    assert chunked.data() == found.data()


def test_the_look_alike_is_not_read_as_a_277ca() -> None:
    text = interchange("HN", "005010X364", *_HEAD, *_RECEIVER, *_PROVIDER, *_PATIENT, "TRN*2*PCN-1", transaction="277")
    found = converted(text.encode())
    assert found.events == []
    assert found.codes()[0] == "GUIDE_UNKNOWN"


# -- lanes


def _subjects(found: Converted) -> list[str]:
    return [event.attributes["subject"] for event in found.events]


def test_an_acknowledged_claim_is_in_the_lane_of_the_claim() -> None:
    remittance = converted((GOLDEN / "835_paid_denied" / "input.x12").read_bytes())
    assert remittance.data()[0]["patient_control_number"] == "PCN-1"
    assert _subjects(_claim("STC*A2:20*20240205*WQ*200"))[0] == _subjects(remittance)[0]


_ONE = ("AK1*HC*17*005010X222A1", "AK2*837*0001", "{}5*A", "AK9*A*1*1*1")


def test_acknowledgements_of_one_group_share_a_lane_and_those_of_others_do_not() -> None:
    of_999, of_997 = (_group(version, *(segment.format(tag) for segment in _ONE)) for version, tag in (("005010X231A1", "IK"), ("005010", "AK")))
    other = _group("005010", "AK1*HC*18", "AK9*A*1*1*1")
    assert _subjects(of_999) == _subjects(of_997) != _subjects(other)


# -- groups


_ERRORS = (
    "AK1*HC*17*005010X222A1", "AK2*837*0001*005010X222A1", "{0}5*A", "AK2*837*0002*005010X222A1", "{0}3*CLM*22*2300*8", "{0}4*5:3:2*1331*7*XQ9",
    "{0}4*2**1", "{0}3*N4*9**3", "{0}5*R*5*4", "AK9*P*2*2*1*5",
)  # fmt: skip


@pytest.mark.parametrize(("version", "tag"), [("005010X231A1", "IK"), ("005010X231", "IK"), ("005010X230", "AK"), ("004010", "AK"), ("005010", "AK")])
def test_997_and_999_say_the_same(version: str, tag: str) -> None:
    found = _group(version, *(segment.format(tag) for segment in _ERRORS))
    (data,) = found.data()
    assert found.codes() == []
    assert (data["outcome"], data["result"]) == ("partially_accepted", {"code": "P", "included": 2, "received": 2, "accepted": 1, "errors": ["5"]})
    assert [(entry["control_number"], entry["outcome"], entry.get("errors")) for entry in data["sets"]] == [
        ("0001", "accepted", None), ("0002", "rejected", ["5", "4"]),
    ]  # fmt: skip
    element = {"element": 5, "component": 3, "repetition": 2, "reference": "1331", "code": "7", "value": "XQ9"}
    assert data["sets"][1]["segments"] == [
        {"tag": "CLM", "position": 22, "loop": "2300", "code": "8", "elements": [element, {"element": 2, "code": "1"}]},
        {"tag": "N4", "position": 9, "code": "3"},
    ]


def test_context_names_the_claim_and_the_trigger() -> None:
    trigger, claim = "CTX*SITUATIONAL TRIGGER^SITUATIONAL TRIGGER*CLM*22*2300*5:3", "CTX*CLM01:PCN-7"
    found = _group("005010X231A1", *_ERRORS[:1], _ERRORS[3], "IK3*CLM*22*2300*8", trigger, claim, "IK5*E", "AK9*E*1*1*1")
    contexts = found.data()[0]["sets"][0]["segments"][0]["contexts"]
    assert contexts == [
        {"subjects": [{"name": "SITUATIONAL TRIGGER"}] * 2, "tag": "CLM", "position": 22, "loop": "2300", "element": 5, "component": 3},
        {"subjects": [{"name": "CLM01", "value": "PCN-7"}]},
    ]
    assert found.codes() == []


def test_an_unknown_code_is_a_rejection_and_reported() -> None:
    found = _group("005010X231A1", "AK1*HC*17*005010X222A1", "AK2*837*0001", "IK5*Q", "AK9*R*1*1*0")
    (data,) = found.data()
    assert (data["sets"][0]["code"], data["sets"][0]["outcome"]) == ("Q", "rejected")
    assert found.codes() == ["ELEMENT_CODE"]


@pytest.mark.parametrize(
    ("of_set", "of_group", "codes"),
    [
        ("R", "A*1*1*1", ["ACK_GROUP_DISAGREES"]), ("R", "E*1*1*1", ["ACK_GROUP_DISAGREES"]), ("A", "R*1*1*0", ["ACK_GROUP_DISAGREES"]),
        ("A", "A*1*1*2", ["ACK_GROUP_DISAGREES"]), ("A", "A*1*1*1", []), ("A", "R*1*1*0*4", []),
        ("R", "R*1*1*0", []), ("E", "E*1*1*1", []), ("R", "P*2*2*1", []),
    ],
)  # fmt: skip
def test_group_and_sets_agree(of_set: str, of_group: str, codes: list[str]) -> None:
    assert _group("005010X231A1", "AK1*HC*17*005010X222A1", "AK2*837*0001", f"IK5*{of_set}", f"AK9*{of_group}").codes() == codes


def test_the_bad_value_stands_in_the_event_alone() -> None:
    value = "SECRETNAME" * 12
    found = _group("005010X231A1", "AK1*HC*17*005010X222A1", "AK2*837*0001", "IK3*NM1*9**8", f"IK4*3*1035*7*{value}", "IK5*R*5", "AK9*R*1*1*0")
    assert found.data()[0]["sets"][0]["segments"][0]["elements"][0]["value"] == value
    assert found.codes() == ["ELEMENT_LONG"]
    assert not any("SECRET" in str(finding.to_json()) for finding in found.findings)


# -- interchanges and applications


def test_interchange_acknowledgements_stand_before_the_groups() -> None:
    found = converted((GOLDEN / "ta1_and_999" / "input.x12").read_bytes())
    acknowledged = [data.get("acknowledged_interchange") for data in found.data()]
    assert acknowledged == [
        {"control_number": "000000040", "date": "2024-02-04", "time": "18:10", "code": "A", "note": "000"},
        {"control_number": "000000039", "date": "2024-02-03", "time": "09:00", "code": "R", "note": "025"},
        None,
    ]
    assert [data["outcome"] for data in found.data()] == ["accepted", "rejected", "accepted"]
    assert len(set(_subjects(found))) == 3


def test_one_advice_for_each_thing_advised_on() -> None:
    found = converted((GOLDEN / "824_items" / "input.x12").read_bytes())
    assert [(data["code"], data["set_control_number"], len(data.get("errors", []))) for data in found.data()] == [
        ("TE", "0002", 0),
        ("IR", "0002", 1),
    ]
    (error,) = found.data()[1]["errors"]
    assert (error["value"], error["details"][0]["code"], error["contexts"][0]["subjects"]) == (
        "1040",
        "E038",
        [{"name": "CLM01", "value": "PCN-1002"}],
    )
