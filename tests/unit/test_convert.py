"""From bytes to events: how a site's strictness, encodings and habits of senders show, and mistakes that readers of these formats make."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from parsers.formats import convert
from parsers.outputs import Origin, Summary
from parsers.x12.convert import Settings, source_time
from parsers.x12.plan import ScanLimits
from schemas.events import event_kinds
from tests.conftest import converted
from tests.golden.cases import cases

MOST_READS = 10_000
CASES = {case.name: case for case in cases()}
PROFESSIONAL, INPATIENT, COB, PAID = (CASES[name].content for name in ("837p_simple", "837i_inpatient", "837p_cob", "835_paid_denied"))


def _changed(content: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    for old, new in changes:
        assert content.count(old) == 1, old
        content = content.replace(old, new)
    return content


def _one(content: bytes) -> dict[str, Any]:
    return converted(content).data()[0]


# -- strictness

UNBALANCED = _changed(PROFESSIONAL, (b"*150*", b"*151*"))


@pytest.mark.parametrize(
    ("decision", "counts", "codes"),
    [
        ("report", (1, 0, 0, 0), ["CHARGE_BALANCE"]),
        ("ignore", (1, 0, 0, 0), []),
        ("reject", (0, 0, 1, 0), ["CHARGE_BALANCE"]),
        ("reject_set", (0, 0, 1, 0), ["CHARGE_BALANCE", "SET_REFUSED", "ITEM_IN_REFUSED_SET"]),
    ],
)
def test_strictness(decision: str, counts: tuple[int, ...], codes: list[str]) -> None:
    found = converted(UNBALANCED, Settings(policy={"CHARGE_BALANCE": decision}))
    assert found.summary.counts == counts
    assert found.codes() == codes
    assert len(found.events) == counts[0]


def test_an_imbalance_is_marked_and_not_repaired() -> None:
    data = _one(UNBALANCED)
    assert (data["total_charge"], data["balanced"], data["imbalances"]) == ("151.00", False, [{"level": "lines_to_claim", "difference": "-1.00"}])


def test_a_list_of_findings_ends_and_says_so() -> None:
    content = PROFESSIONAL.replace(b"REF*6R*L1~", b"QQQ*1~" * 50)
    found = converted(content, Settings(findings=10))
    assert (len(found.findings), found.summary.suppressed) == (10, 41)  # 50 unknown segments and a wrong SE01


@pytest.mark.parametrize(("isa15", "usage"), [(b"P", "production"), (b"T", "test"), (b"I", "test"), (b" ", "test")])
def test_only_p_is_production(isa15: bytes, usage: str) -> None:
    (event,) = converted(_changed(PROFESSIONAL, (b"*0*T*:", b"*0*" + isa15 + b"*:"))).events
    assert event.attributes["usage"] == usage


def test_ids_are_of_site_feed_and_bytes() -> None:
    ids = [converted(content, site=site).events[0].attributes["id"] for content in (PROFESSIONAL, UNBALANCED) for site in ("a", "a", "b")]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4
    assert all(one.endswith(f".{PROFESSIONAL.index(b'CLM*')}.claim.submitted") for one in ids)


def test_the_lane_is_the_first_20_characters_whatever_their_case() -> None:
    claim = _changed(PROFESSIONAL, (b"*PCN-1*", b"* abcdefghij0123456789-LONGER*"))
    remittance = _changed(PAID, (b"CLP*PCN-1*", b"CLP*ABCDEFGHIJ0123456789*"))
    assert converted(claim).events[0].attributes["partitionkey"] == converted(remittance).events[0].attributes["partitionkey"]


@pytest.mark.parametrize(
    ("day", "clock", "zone", "expected"),
    [
        ("20240115", "0930", UTC, "2024-01-15T09:30:00+00:00"),
        ("2024-07-15", "09:30:15", ZoneInfo("America/New_York"), "2024-07-15T09:30:15-04:00"),
        ("240115", "", UTC, "2024-01-15T00:00:00+00:00"),
        ("20240115", "xx", UTC, "2024-01-15T00:00:00+00:00"),
        ("20241315", "0930", UTC, ""),
        ("", "", UTC, ""),
    ],
)
def test_source_time(day: str, clock: str, zone: Any, expected: str) -> None:
    assert source_time(day, clock, zone) == expected


# -- what chunks add up to


def test_chunks_give_the_events_and_findings_of_one_read() -> None:
    """A set cut before nearly every claim, so that levels stand in one chunk and their first claim in the next."""
    for name in ("835_paid_denied", "835_reversal_plb", "837p_dependent"):
        whole, parts = converted(CASES[name].content), converted(CASES[name].content, Settings(scan=ScanLimits(chunk=10)))
        assert [event.to_json() for event in parts.events] == [event.to_json() for event in whole.events]
        assert parts.findings == whole.findings
        assert parts.summary == whole.summary


def test_totals_are_exact_however_long() -> None:
    """Two charges of 30 digits: the total is their sum, not a rounded one, and keeps the form of an amount."""
    content = _changed(PAID, (b"CLP*PCN-1*1*150*", b"CLP*PCN-1*1*" + b"1" * 30 + b"*"), (b"CLP*PCN-9*1*90*", b"CLP*PCN-9*1*" + b"2" * 30 + b"*"))
    data = converted(content).data()[-1]
    event_kinds()["remittance.received"].model_validate(data)
    assert data["claims"]["total_charge"] == "3" * 30 + ".00"


def test_every_claim_of_a_patient_counts_wherever_its_loop_stands() -> None:
    """NM1*PR repeated below the patient: the claims then hang on the subscriber, and none of them disappears."""
    content = _changed(CASES["837p_dependent"].content, (b"DMG*D8*20150704*M~", b"DMG*D8*20150704*M~\nNM1*PR*2*ALPHA HEALTH*****PI*A100~"))
    found = converted(content)
    assert found.summary.items == sum(found.summary.counts) == 2
    assert [data["patient_control_number"] for data in found.data()] == ["PCN-2A", "PCN-2B"]


def test_a_number_too_long_to_count_with() -> None:
    found = converted(_changed(PROFESSIONAL, (b"LX*2~", b"LX*" + b"9" * 30 + b"~")))
    assert {"ELEMENT_LONG", "ELEMENT_NUMBER"} == set(found.codes())
    assert [line.get("number") for line in found.data()[0]["lines"]] == [1, None]


# -- mistakes that readers make (golden cases hold more of them: payers, REF*F8, CAS, MOA, SVC, DTP scope, POA, SV207)


@pytest.mark.parametrize(("content", "place"), [(PROFESSIONAL, "place_of_service"), (INPATIENT, "facility_type")])
def test_gs01_hc_is_every_837(content: bytes, place: str) -> None:
    """HC says 837; which one, GS08 says."""
    assert b"GS*HC*" in content
    assert place in _one(content)


@pytest.mark.parametrize(
    ("status", "reversal"), [(b"1", False), (b"4", False), (b"19", False), (b"20", False), (b"21", False), (b"22", True), (b"23", False)]
)
def test_only_status_22_is_a_reversal(status: bytes, reversal: bool) -> None:
    data = _one(_changed(PAID, (b"CLP*PCN-1*1*", b"CLP*PCN-1*" + status + b"*")))
    assert (data["status"], data["reversal"]) == (status.decode(), reversal)


def test_blanks_inside_elements_are_data() -> None:
    data = _one(_changed(PROFESSIONAL, (b"CLM*PCN-1*", b"CLM* PCN-1 *"), (b"*ROE*JANE*", b"* ROE*JANE *")))
    assert (data["patient_control_number"], data["subscriber"]["name"], data["subscriber"]["first_name"]) == (" PCN-1 ", " ROE", "JANE ")


AMOUNTS = [
    (b".5", "0.50"),
    (b"-12", "-12.00"),
    (b"1500", "1500.00"),
    (b"12.", "12.00"),
    (b"0012.340", "12.34"),
    (b"12.345", "12.345"),
    (b"-0", "0.00"),
]


@pytest.mark.parametrize(("written", "amount"), AMOUNTS)
def test_amounts_are_decimal_text(written: bytes, amount: str) -> None:
    assert _one(_changed(PROFESSIONAL, (b"*150*", b"*" + written + b"*")))["total_charge"] == amount


@pytest.mark.parametrize("written", [b"1E3", b"1,5", b"+5", b".", b"-", b"0x1", b"1_000", b"\xd9\xa1", b"nan"])
def test_what_is_no_amount_stays_as_it_is(written: bytes) -> None:
    found = converted(_changed(PROFESSIONAL, (b"*150*", b"*" + written + b"*")))
    (data,) = found.data()
    assert "ELEMENT_NUMBER" in found.codes()
    assert "total_charge" not in data
    assert data["unmapped"][0]["elements"] == {"02": written.decode("utf-8")}


LEFTOVERS = [
    (b"NM1*41*2", b"REF*87*004010X098A1~\nNM1*41*2", "SEGMENT_UNEXPECTED"),
    (b"HI*ABK", b"REF*1D*MEDICAID1~\nHI*ABK", "SEGMENT_UNEXPECTED"),
    (b"HI*ABK", b"AMT*AAE*10~\nHI*ABK", "ELEMENT_CODE"),
    (b"******CI~", b"******LI~", "ELEMENT_CODE"),
]


@pytest.mark.parametrize(("old", "new", "code"), LEFTOVERS)
def test_4010_leftovers_are_kept_and_reported(old: bytes, new: bytes, code: str) -> None:
    found = converted(_changed(PROFESSIONAL, (old, new)))
    said = new.split(b"~")[0].split(b"*")[-1].decode()
    assert code in found.codes()
    assert said in str(found.data()[0])
    assert found.summary.counts.published == 1


def test_cas_cr_is_no_group_of_the_835() -> None:
    assert "CARC_GROUP" in converted(_changed(PAID, (b"CAS*CO*50*90~", b"CAS*CR*50*90~"))).codes()


def test_dtp_in_an_835_is_not_taken_for_a_date() -> None:
    found = converted(PAID.replace(b"DTM*150*20240103~", b"DTP*150*D8*20240103~"))
    assert "SEGMENT_UNKNOWN" in found.codes()
    assert "service_start_date" not in found.data()[1]["lines"][0]


def test_a_line_date_is_not_the_claims() -> None:
    """The same qualifier in both places: scope is the loop."""
    data = _one(_changed(PROFESSIONAL, (b"HI*ABK", b"DTP*454*D8*20230101~\nHI*ABK"), (b"REF*6R*L1~", b"DTP*454*D8*20230202~\nREF*6R*L1~")))
    assert data["initial_treatment_date"] == "2023-01-01"
    assert [line.get("initial_treatment_date") for line in data["lines"]] == ["2023-02-02", None]


def test_ref_f8_of_the_other_payer_is_not_the_claims() -> None:
    data = _one(_changed(COB, (b"REF*F8*BETA-CLAIM-1~\n", b"")))
    assert "payer_claim_number" not in data
    assert data["other_payers"][0]["payer"]["payer_claim_number"] == "GAMMA-CLAIM-9"


def test_a_declared_separator_that_the_body_does_not_use() -> None:
    """Nothing is guessed: the composite is kept whole and reported."""
    found = converted(_changed(PROFESSIONAL, (b"SV1*HC:87880*", b"SV1*HC>87880*")))
    assert "ISA_COMPONENT_SEPARATOR" in found.codes()
    assert found.data()[0]["lines"][1]["procedure"] == {"qualifier": "HC>87880"}


@pytest.mark.parametrize(("encoding", "pad"), [("utf-8", 8), ("latin-1", 9)])
def test_an_accented_sender_reads_alike_in_both_encodings(encoding: str, pad: int) -> None:
    content = _changed(PROFESSIONAL, (b"*SENDER         *ZZ*", b"*" + "SÉNDER".encode(encoding) + b" " * pad + b"*ZZ*"))
    assert converted(content).data()[0]["envelope"]["interchange"]["sender"] == "SÉNDER"


@pytest.mark.parametrize("missing", [1, 60, 300])
def test_a_file_shorter_than_was_said_ends(missing: int) -> None:
    for case in CASES.values():
        reads = iter(range(MOST_READS))

        def read_at(offset: int, length: int, kept: bytes = case.content[:-missing], reads: Iterator[int] = reads) -> bytes:
            assert next(reads, None) is not None, "it is read without end"
            return kept[offset : offset + length]

        *_, summary = convert(read_at, len(case.content), Origin())
        assert isinstance(summary, Summary)
