"""Enrolments (834) and premium payments (820) as events."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from parsers.x12.converters import cents
from tests.conftest import Converted, converted
from tests.unit.guide_instances import interchange

GOLDEN = Path(__file__).parent.parent / "golden"
_HEAD = ("BGN*00*ENR-1*20240201*1200****2", "N1*P5*MILL WORKS*FI*111222333", "N1*IN*PLAINS*XV*PHP01")


def _member(*segments: str, ins: str = "INS*Y*18*021*28*A", number: str = "M1", name: str = "NM1*IL*1*NOVAK*IDA") -> tuple[str, ...]:
    return (ins, *([f"REF*0F*{number}"] if number else []), name, *segments)


def _enrolled(*segments: str, head: tuple[str, ...] = _HEAD, version: str = "005010X220A1") -> Converted:
    return converted(interchange("BE", version, *head, *segments, transaction="834").encode())


def _golden(name: str) -> Converted:
    return converted((GOLDEN / name / "input.x12").read_bytes())


def _subjects(found: Converted) -> list[str]:
    return [event.attributes["subject"] for event in found.events]


# -- members


def test_a_family_shares_the_lane_of_its_subscriber() -> None:
    dependent = _member(ins="INS*N*01*021*28*A", name="NM1*IL*1*NOVAK*TOM")
    found = _enrolled(*_member(), *dependent, *_member(number="M2"))
    subscriber, spouse, other = _subjects(found)
    assert subscriber == spouse != other
    assert found.events[0].topic == "patients"


def test_the_member_id_is_the_lane_where_the_subscriber_number_is_missing() -> None:
    found = _enrolled(*_member(number="", name="NM1*IL*1*NOVAK*IDA****34*M1"))
    assert _subjects(found) == _subjects(_enrolled(*_member()))
    assert found.codes() == ["SEGMENT_MISSING"]


def test_named_and_other_dates() -> None:
    dates = ("DTP*356*D8*20240101", "DTP*357*D8*20240630", "DTP*336*D8*20231115", "DTP*337*D8*20240501")
    ins, reference, name = _member()
    (data,) = _enrolled(ins, reference, *dates, name).data()
    assert (data["eligibility_start_date"], data["eligibility_end_date"]) == ("2024-01-01", "2024-06-30")
    assert data["dates"] == [{"qualifier": "336", "date": "2023-11-15"}, {"qualifier": "337", "date": "2024-05-01"}]


@pytest.mark.parametrize(
    ("start", "end", "codes"), [("20240201", "20240131", ["ENROLLMENT_DATES"]), ("20240201", "20240201", []), ("20240201", "20240229", [])]
)
def test_an_end_before_its_start_is_found(start: str, end: str, codes: list[str]) -> None:
    coverage = ("HD*024**DEN", f"DTP*348*D8*{start}", f"DTP*349*D8*{end}")
    assert _enrolled(*_member(*coverage)).codes() == codes
    ins, reference, name = _member()
    assert _enrolled(ins, reference, f"DTP*356*D8*{start}", f"DTP*357*D8*{end}", name).codes() == codes


def test_providers_and_categories_are_told_apart_though_both_start_with_lx() -> None:
    coverage = ("HD*021**HMO", "DTP*348*D8*20240101", "LX*1", "NM1*P3*1*REYES*ANA****XX*1234567893*25", "LX*2", "NM1*OD*1*SORGE*UWE******26")
    categories = ("LS*2700", "LX*1", "N1*75*BRANCH", "REF*17*NORTH", "LX*2", "N1*75*DIVISION", "REF*17*7", "LE*2700")
    found = _enrolled(*_member(*coverage, *categories))
    (data,) = found.data()
    assert [provider["name"] for provider in data["coverages"][0]["providers"]] == ["REYES", "SORGE"]
    assert [(entry["name"], entry["references"][0]["value"]) for entry in data["reporting_categories"]] == [("BRANCH", "NORTH"), ("DIVISION", "7")]
    assert found.codes() == []
    assert "unmapped" not in data


def test_brokers_are_those_of_the_set() -> None:
    brokers = ("N1*BO*LAKE*94*LB7", "ACT*77001", "N1*TV*TALLY*FI*444555666")
    found = _enrolled(*_member(), head=(*_HEAD, *brokers))
    assert found.data()[0]["transaction"]["brokers"] == [
        {"role": "BO", "name": "LAKE", "id_qualifier": "94", "id": "LB7", "account": "77001"},
        {"role": "TV", "name": "TALLY", "id_qualifier": "FI", "id": "444555666"},
    ]
    assert "brokers" not in _enrolled(*_member()).data()[0]["transaction"]


def test_races_repeat() -> None:
    demographics = "DMG*D8*19800315*F*M*C:RET:2106-3^:RET:2135-2*1"
    (data,) = _enrolled(*_member(demographics)).data()
    assert data["member"]["races"] == [{"category": "C", "qualifier": "RET", "code": "2106-3"}, {"qualifier": "RET", "code": "2135-2"}]


def test_what_an_exchange_says_beyond_the_834_has_fields() -> None:
    found = _golden("834_exchange")
    (data,) = found.data()
    assert found.codes() == []
    assert "unmapped" not in data
    employers = data["transaction"]["employers"]
    assert [(employer["name"], len(employer.get("accounts", []))) for employer in employers] == [("MILL WORKS", 2), ("LAKE TOOLS", 0)]
    assert employers[0]["accounts"][0]["time_limits"] == [{"qualifier": "AB4", "format": "UN", "value": "30"}]
    assert data["member"]["health_codes"] == [{"qualifier": "ZZ", "code": "3", "date": "2024-01-01", "amount": "100.00"}]
    assert (data["submitter"]["id"], data["insurer"]["id"], data["other_parties"][0]["role"]) == ("EX1", "777888999", "P5")


def test_an_exchange_segment_has_no_place_in_the_834() -> None:
    assert "SEGMENT_UNKNOWN" in _enrolled(*_member("HI*ZZ:3:D8:20240101:100")).codes()
    assert _enrolled(*_member("HI*ZZ:3:D8:20240101:100"), version="005010X307").codes() == []


def test_older_versions_are_refused() -> None:
    found = _enrolled(*_member(), version="004010X095A1")
    assert (found.events, found.summary.counts.refused) == ([], 1)


# -- premiums


def _paid(data: dict[str, Any]) -> Decimal:
    """What the items and the adjustments beside them come to."""
    entries = [entry for remittance in data["remittances"] for entry in remittance.get("items", ())]
    adjustments = [entry for remittance in data["remittances"] for entry in remittance.get("adjustments", ())]
    return sum((Decimal(entry["paid_amount"]) for entry in entries), Decimal(0)) + sum(
        (Decimal(entry["amount"]) for entry in adjustments), Decimal(0)
    )


@pytest.mark.parametrize("name", ["820_groups", "820_exchange"])
def test_nothing_of_a_payment_is_lost(name: str) -> None:
    found = _golden(name)
    (data,) = found.data()
    assert _paid(data) == Decimal(data["amount"])
    assert found.codes() == []
    assert "unmapped" not in data


def test_organisations_and_individuals_are_told_apart_by_the_kind_of_entity() -> None:
    (data,) = _golden("820_groups").data()
    organisation, individual = data["remittances"]
    assert (organisation["entity"], organisation["items"][0]["lines"][0]["member_counts"][0]["quantity"]) == ("2L", "5")
    assert (individual["entity"], individual["people"][0]["name"], individual["items"][0]["period"]["end"]) == ("2J", "NOVAK", "2024-02-29")
    assert [entry["reason"] for entry in (*organisation["adjustments"], *organisation["items"][0]["adjustments"])] == ["52", "H1"]


def test_a_payment_for_individuals_alone() -> None:
    head = ("BPR*I*5*C*NON************20240128", "TRN*3*T1", "N1*PE*A*FI*1", "N1*PR*B*FI*2")
    found = converted(interchange("RA", "005010X218", *head, "ENT*1*2J*34*1", "NM1*EY*1*NOVAK*IDA", "RMR*IG*P**5", transaction="820").encode())
    assert found.data()[0]["remittances"][0]["people"][0]["name"] == "NOVAK"
    assert [code for code in found.codes() if code.startswith(("LOOP", "SEGMENT"))] == []


def test_a_charge_has_two_implied_decimals() -> None:
    (data,) = _golden("820_groups").data()
    assert data["remittances"][0]["items"][0]["lines"][0]["charges"] == [{"indicator": "C", "code": "A172", "amount": "12.50"}]


@pytest.mark.parametrize(("text", "amount"), [("1250", "12.50"), ("5", "0.05"), ("-5", "-0.05"), ("0", "0.00"), ("-1250", "-12.50"), ("100", "1.00")])
def test_cents(text: str, amount: str) -> None:
    assert cents(text) == amount


@pytest.mark.parametrize("text", ["12.5", "", "-", "1a", "--5"])
def test_what_is_not_cents(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        cents(text)


def test_payments_share_a_lane_by_trace_number() -> None:
    def lane(trace: str) -> str:
        segments = ("BPR*I*0*C*NON************20240128", f"TRN*3*{trace}", "N1*PE*A*FI*1", "N1*RM*B*58*2", "ENT*1", "RMR*ZZ*BAL**0")
        (event,) = converted(interchange("RA", "005010X306", *segments, transaction="820").encode()).events
        return event.attributes["subject"]

    assert lane("T1") == lane("t1") != lane("T2")
