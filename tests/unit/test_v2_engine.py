"""The HL7 v2 engine on a map of our own: fields, repetitions, nulls, groups, what is left over, times, identities, and how messages end."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from parsers.hl7v2.convert import Settings, convert
from parsers.outputs import Event, Origin, Summary
from schemas.envelope import Counts, Finding, patient_key
from tests.unit.v2_toy import HEAD, TOY, message, run

PID = "PID|1||A2^^^NMH^MR||ROSALES^MARIA||19710822|F"


def _patient(line: str) -> dict[str, Any]:
    found: dict[str, Any] = run(message("ADT^A01", line)).event.get("patient", {})
    return found


def _left(line: str) -> dict[str, str]:
    entries = run(message("ADT^A01", line)).event["unmapped"]
    return next((entry["elements"] for entry in entries if entry["tag"] == line[:3]), {})


def test_values_parts_and_lists() -> None:
    assert _patient("PID|1||E1^^^EPI&1.2&ISO^MRN~A2^^^NMH^MR||ROSALES^MARIA||19710822|F|||||555~~556") == {
        "set_id": "1",
        "identifiers": [{"value": "E1", "authority": "EPI", "type": "MRN"}, {"value": "A2", "authority": "NMH", "type": "MR"}],
        "name": {"family": "ROSALES", "given": "MARIA"},
        "birth": "1971-08-22",
        "sex": "F",
        "phones": ["555", "556"],
    }


def test_null_is_null_at_every_level_and_empty_is_absent() -> None:
    assert _patient('PID|""||""||""||""|') == {"set_id": None, "identifiers": None, "name": None, "birth": None}
    assert _patient('PID|||A^^^""^MR||""^MARIA') == {
        "identifiers": [{"value": "A", "authority": None, "type": "MR"}],
        "name": {"family": None, "given": "MARIA"},
    }
    assert _patient("PID| ||^^^||^|") == {}


def test_escapes_and_an_ampersand_that_was_not_escaped() -> None:
    assert _patient(r"PID|||||O\T\NEIL \S\ SONS^MARIA & JO")["name"] == {"family": "O&NEIL ^ SONS", "given": "MARIA & JO"}


def test_what_no_row_takes_is_left_over_by_place() -> None:
    assert _left("PID|1||E1^7^^EPI&1.2&ISO^MRN||ROSALES^MARIA^E~X^Y|MOTHER||F~M||2106-3^White") == {
        "3.2": "7", "3.4.2": "1.2", "3.4.3": "ISO", "5.3": "E", "5(2)": "X^Y", "6": "MOTHER", "8(2)": "M", "10": "2106-3^White",
    }  # fmt: skip


def test_segments_without_rows_and_fields_past_the_table_are_left_over() -> None:
    entries = run(message("ADT^A01", PID, "ZPV|a||b^c", "PV2" + "|" * 60 + "far")).event["unmapped"]
    assert entries[1:] == [
        {"ordinal": 3, "tag": "ZPV", "group": "", "elements": {"1": "a", "3": "b^c"}},
        {"ordinal": 4, "tag": "PV2", "group": "", "elements": {"60": "far"}},
    ]


def test_a_second_segment_overwrites_nothing() -> None:
    event = run(message("ADT^A01", PID, "PV1||I", "PV1||O")).event
    assert event["visit"] == {"class": "I"}
    assert event["unmapped"][-1] == {"ordinal": 4, "tag": "PV1", "group": "", "elements": {"2": "O"}}


def test_two_tags_may_fill_one_object() -> None:
    assert run(message("ADT^A01", PID, "PV1||I", "PV2|||^pain")).event["visit"] == {"class": "I", "reason": "pain"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("20190471400", "V2_DATE"),
        ("00000000", "V2_DATE"),
        ("20230230", "V2_DATE"),
        ("20260101246000", "V2_DATE"),
        ("today", "V2_DATE"),
        ("202613", "V2_DATE"),
    ],
)
def test_an_impossible_date_is_left_out_and_reported(text: str, code: str) -> None:
    found = run(message("ADT^A01", f"PID|||||||{text}"))
    assert "patient" not in found.event
    assert found.event["unmapped"][-1]["elements"] == {"7.1": text}
    ((segment, issue),) = found.read.issues
    assert (segment.tag, issue.code, issue.field) == ("PID", code, 7)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1971", "1971"), ("197108", "1971-08"), ("19710822", "1971-08-22"), ("1971082209", "1971-08-22T09:00-05:00"),
        ("197108220915", "1971-08-22T09:15-05:00"), ("19710822091502", "1971-08-22T09:15:02-05:00"),
        ("19710822091502.1234", "1971-08-22T09:15:02.1234-05:00"), ("197108220915+0100", "1971-08-22T09:15+01:00"),
        ("19710822-0500", "1971-08-22"),
    ],
)  # fmt: skip
def test_precision_is_kept_and_the_offset_is_that_of_the_header(text: str, said: str) -> None:
    assert _patient(f"PID|||||||{text}") == {"birth": said}


def test_one_place_gives_one_form_of_value_whatever_came_before() -> None:
    raw = message("ADT^A01", r"PID|||||A\F\B^C", "ZZZ|x")
    assert run(raw).events == run(raw).events
    assert run(message("ADT^A01", r"PID|||||A\F\B^C", "ZZZ|y")).event["patient"] == {"name": {"family": "A|B", "given": "C"}}


# -- groups


def test_segments_go_to_their_group_in_any_order() -> None:
    found = run(
        message(
            "ORU^R01", PID, "NTE|1||of the patient", "ORC|RE", "OBR|1|P1||A^^^", "NTE|1||of the order", "OBX|1||X1||1", "NTE|1||of X1", "SPM||||BLD",
            "OBX|2||X2||2", "OBR|2|P2||B", "OBX|1||X3||3", "IN1||PLAN",
        )
    )  # fmt: skip
    first, second = found.events
    assert first["notes"] == [{"text": "of the order"}]
    assert first["observations"] == [{"code": "X1", "value": "1", "notes": [{"text": "of X1"}]}, {"code": "X2", "value": "2"}]
    assert (first["control"], first["placer"], first["specimen"]) == ("RE", "P1", {"type": "BLD"})
    assert second["observations"] == [{"code": "X3", "value": "3"}]
    assert "control" not in second
    assert second["notes"] == [{"text": "of the patient"}], "what the message says is in each of its events"
    assert first["covers"] == second["covers"] == [{"plan": "PLAN"}]
    assert "orders" not in first


def test_an_opener_that_the_group_has_begins_the_next() -> None:
    found = run(message("ORU^R01", "ORC|A", "OBR|1|P1", "OBR|2|P2", "ORC|B", "ORC|C", "OBR|1|P3"))
    assert [(event.get("control"), event.get("placer")) for event in found.events] == [("A", "P1"), (None, "P2"), ("B", None), ("C", "P3")]


def test_a_child_without_its_parent_still_has_a_place() -> None:
    found = run(message("ORU^R01", PID, "OBX|1||X1||1"))
    assert found.event["observations"] == [{"code": "X1", "value": "1"}]


def test_an_event_for_each_group_has_its_own_place_and_left_overs() -> None:
    raw = message("DFT^P03", PID, "FT1|1|||||CG||||2.0|12.5^USD", "PR1|||99", "FT1|2|||||CD||||3|-.5", "ZZZ|shared")
    first, second = run(raw).events
    assert (first["kind"], first["quantity"], first["amount"], first["procedures"]) == ("CG", "2", "12.50", [{"code": "99"}])
    assert (second["kind"], second["amount"]) == ("CD", "-0.50")
    assert "procedures" not in second
    assert [event["offset"] for event in (first, second)] == [raw.index(b"FT1|1"), raw.index(b"FT1|2")]
    assert [event["provenance"]["ordinal"] for event in (first, second)] == [3, 5]
    assert [entry["tag"] for entry in first["unmapped"]] == ["MSH", "FT1", "ZZZ"]
    assert first["unmapped"][1]["elements"] == {"1": "1", "11.2": "USD"}
    assert first["patient"] == second["patient"]


def test_ordinals_of_list_entries_are_in_the_provenance() -> None:
    event = run(message("ORU^R01", PID, "OBR|1|P1", "OBX|1||X1", "OBX|2||X2")).event
    assert event["provenance"]["parts"] == {"observations": [4, 5]}


def test_when_and_unless_decide_by_a_value() -> None:
    found = run(message("ORM^O01", "ORC|NW", "OBR|1|P1", "ORC|CA", "OBR|1|P2", "OBR|1|P3"))
    assert [(event["type"], event["placer"]) for event in found.events] == [
        ("order.placed", "P1"), ("order.updated", "P2"), ("order.placed", "P3"),
    ]  # fmt: skip


def test_a_trigger_that_no_row_names_goes_to_the_rest() -> None:
    assert run(message("ADT^A99", PID)).event["type"] == "message.acknowledged"
    assert run(message("ADT^A99", PID)).read.events[0].identity is None


def test_a_group_with_one_place_is_not_overwritten() -> None:
    table = TOY._replace(groups=(*TOY.groups[:3], TOY.groups[3]._replace(to="cover")))
    event = run(message("ADT^A01", PID, "IN1||FIRST", "IN1||SECOND"), table=table).event
    assert event["cover"] == {"plan": "FIRST"}
    assert event["unmapped"][-1] == {"ordinal": 4, "tag": "IN1", "group": "cover", "elements": {"2": "SECOND"}}


# -- identities


def test_the_patient_is_told_by_type_and_never_by_position() -> None:
    found = run(message("ADT^A01", "PID|||E1^^^EPI^MRN~A2^^^NMH^MR"))
    assert found.event["identity"]["patient"] == {"value": "A2", "authority": "NMH", "type": "MR"}
    assert not found.read.guessed


def test_without_a_usable_type_the_first_value_is_taken_and_said() -> None:
    found = run(message("ADT^A01", "PID|||^^^X~9^^^NMH^XX"))
    assert found.event["identity"]["patient"] == {"value": "9", "authority": "NMH", "type": "XX"}
    assert found.read.guessed
    assert run(message("ADT^A01", "PID|1")).read.missing


def test_the_rule_of_the_site_comes_first() -> None:
    rules = {"identifiers": {"patient": [["PID-2", "", ""], ["PID-3", "NMH", "MR"]], "visit": [["PV1-50", "", ""], ["PID-18", "", ""]]}}
    found = run(message("ADT^A01", "PID|||E1^^^EPI^MRN~A2^^^NMH&1.2^MR|||||||||||||||ACC"), rules)
    assert found.event["identity"] == {
        "patient": {"value": "A2", "authority": "NMH", "type": "MR"}, "account": {"value": "ACC"}, "visit": {"value": "ACC"},
    }  # fmt: skip
    assert run(message("ADT^A01", "PID||C7|A2^^^NMH^MR"), rules).event["identity"]["patient"] == {"value": "C7"}
    assert run(message("ADT^A01", "PID|||A2^^^1.2&NMH^MR"), rules).read.guessed is False, "an authority may be named by either of its parts"


def test_a_merge_goes_under_the_survivor_and_its_end_under_the_retired() -> None:
    merged, retired = run(message("ADT^A40", PID, "MRG|A1^^^NMH^MR")).read.events
    assert merged.identity is not None
    assert retired.identity is not None
    assert (merged.identity.patient.value, retired.identity.patient.value) == ("A2", "A1")  # type: ignore[union-attr]


@pytest.mark.parametrize("line", ["MRG|A2^^^NMH^MR", "MRG|", "MRG|^^^NMH^MR"])
def test_a_merge_without_another_identifier_merges_and_retires_nobody(line: str) -> None:
    assert run(message("ADT^A40", PID, line)).read.events == []


# -- times


def test_the_zone_of_the_site_counts_where_the_header_agrees_or_says_nothing() -> None:
    chicago = ZoneInfo("America/Chicago")
    summer = "PID|||||||202607011200"
    agrees = message("ADT^A01", summer).replace(b"-0500", b"-0600")
    says_nothing = message("ADT^A01", summer).replace(b"-0500", b"")
    differs = message("ADT^A01", summer)
    assert run(agrees, zone=chicago).event["patient"]["birth"] == "2026-07-01T12:00-05:00", "daylight saving of the site"
    assert run(says_nothing, zone=chicago).event["patient"]["birth"] == "2026-07-01T12:00-05:00"
    assert run(differs, zone=ZoneInfo("America/Denver")).event["patient"]["birth"] == "2026-07-01T12:00-05:00"


# -- a whole file


def _convert(data: bytes, **settings: Any) -> tuple[list[Event], list[Finding], Summary]:
    outputs = list(convert(lambda offset, length: data[offset : offset + length], len(data), Origin(sha256="0" * 64), Settings(**settings)))
    summary = outputs[-1]
    assert isinstance(summary, Summary)
    return [one for one in outputs if isinstance(one, Event)], [one for one in outputs if isinstance(one, Finding)], summary


def test_every_message_ends_as_exactly_one_thing() -> None:
    data = b"".join([message("ADT^A01^ADT_A01", PID, "PV1|1|I"), message("MFN^M01", "MFI|x"), message("ADT^A04", PID, "PV1|1|O")])
    events, findings, summary = _convert(data)
    assert summary.counts == Counts(published=2, no_event_kind=1)
    assert summary.items == 3
    assert [event.offset for event in events] == [data.index(b"PID"), data.rindex(b"PID")], "of the segment that opens the patient's group"
    assert [found.item for found in findings if found.code == "V2_NO_EVENT"] == [f"{data.index(b'MSH', 1)}.MSH"]


def test_a_finding_that_the_site_rejects_refuses_its_message_alone() -> None:
    data = message("ADT^A01", PID, "PV1|1|I") + message("ADT^A01", "PID|1||A2^^^NMH^MR||X||20230230", "PV1|1|I")
    events, findings, summary = _convert(data, policy={"V2_DATE": "reject"})
    assert summary.counts == Counts(published=1, refused=1)
    assert len(events) == 1
    (found,) = [found for found in findings if found.outcome == "refused"]
    assert (found.code, found.location.offset) == ("V2_DATE", data.index(b"20230230"))
    assert _convert(data)[2].counts == Counts(published=2)
    assert not [found for found in _convert(data, policy={"V2_DATE": "ignore"})[1] if found.code == "V2_DATE"]


def test_one_flaw_is_said_once() -> None:
    findings = _convert(message("ADT^A01", "PID|1||A2^^^NMH^MR||X||20230230", "PV1|1|I"))[1]
    assert [found.code for found in findings if found.location.element == 7] == ["V2_DATE"]


def test_text_without_a_message_is_unreadable() -> None:
    _, findings, summary = _convert(b"nothing here\r")
    assert summary.exit_code == 2
    assert [found.outcome for found in findings] == ["dead"]


def test_attributes_say_whose_when_and_what_for() -> None:
    event = _convert(message("ADT^A01", PID, "PV1|1|I"))[0][0]
    key = patient_key("local", "A2", "NMH")
    assert event.attributes["subject"] == event.attributes["partitionkey"] == key
    assert event.attributes["time"] == "2026-03-04T10:15:02-05:00"
    assert event.attributes["usage"] == "production"
    assert patient_key("local", " a2 ", "nmh") == key != patient_key("local", "A2") != patient_key("other", "A2", "NMH")
    training = HEAD.replace("|P|", "|T|").format(kind="ADT^A01")
    assert _convert(f"{training}\r{PID}\rPV1|1|I\r".encode())[0][0].attributes["usage"] == "test"
