"""The checks of HL7 v2 messages against the tables of their version."""

from random import Random
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.hl7v2.checks import Problem, check
from parsers.hl7v2.checks import plans as plans_module
from parsers.hl7v2.checks.fields import USUAL, flaws_of, value_flaws
from parsers.hl7v2.checks.plans import every_number, plans_of
from parsers.hl7v2.message import read
from schemas.hl7v2.versions import version_of
from tests.unit.v2_breaks import ADT, BREAKS, GOOD, MERGE, ORM, ORU, Break


def problems(raw: bytes, version: str = "") -> list[tuple[str, str]]:
    return [(one.code, one.place) for one in check(read(raw), version)]


def test_segments_of_other_order_unknown_and_z_are_kept_apart() -> None:
    moved = GOOD[ADT].replace(b"ZPV|1|local\r", b"")
    assert problems(moved.replace(b"\rDG1|", b"\rZAA|1\rDG1|")) == []
    assert problems(moved.replace(b"EVN|", b"ZZ1|x\rEVN|")) == []
    assert problems(moved.replace(b"DG1|1", b"ABC|1")) == [("V2_SEGMENT_UNKNOWN", "ABC")]


def test_an_unknown_event_has_no_structure_to_break() -> None:
    raw = GOOD[ADT].replace(b"ADT^A01^ADT_A01", b"ADT^Z99").replace(b"DG1|1", b"ABC|1")
    assert problems(raw) == [("V2_TRIGGER_UNKNOWN", "MSH-9.2"), ("V2_SEGMENT_UNKNOWN", "ABC")]


def test_a_bed_status_needs_no_patient() -> None:
    raw = b"MSH|^~\\&|REG|H|G|R|20260304||ADT^A20^ADT_A20|1|P|2.5\rEVN|A20|20260304\rNPU|4E^12^B|O\r"
    assert problems(raw) == []


def test_two_patients_may_have_a_visit_each() -> None:
    swap = b"MSH|^~\\&|REG|H|G|R|20260304||ADT^A17^ADT_A17|1|P|2.5\rEVN|A17|20260304\r"
    beds = b"".join(b"PID|1||%d^^^H^MR||A^B\rPV1|1|I|4E^%d\r" % (number, number) for number in (1, 2))
    assert problems(swap + beds) == []
    assert problems(swap + beds + b"PV1|2|I\r") == [("V2_SEVERAL_VISITS", "PV1")]
    assert ("V2_SEVERAL_VISITS", "PV1") in problems(swap + b"PV1|1|I\r" + beds)


def test_codes_that_the_site_maps_are_judged_by_what_they_mean() -> None:
    raw = GOOD[ADT].replace(b"PV1|1|I|", b"PV1|1| INP ^Inpatient|")
    assert raw != GOOD[ADT]

    def found(codes: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
        return [(one.code, one.place) for one in check(read(raw), "", codes) if one.code == "V2_CODE"]

    wrong = [("V2_CODE", "PV1-2.1")]
    assert found({}) == wrong
    assert found({"PV1-2": {"INP": "I"}}) == found({"PV1-2.1": {"INP": "I"}}) == []
    assert found({"PV1-2": {"INP": "XYZ"}}) == found({"PV1-2": {"OTHER": "I"}}) == found({"PV1-4": {"INP": "I"}}) == wrong


def test_what_a_message_is_for_is_not_mapped() -> None:
    """Events go by MSH-11 as it stands, so a map does not silence what is said of it."""
    message = read(GOOD[ADT].replace(b"|P|2.5|", b"|PROD|2.5|"))
    assert [(one.code, one.place) for one in check(message, "", {"MSH-11": {"PROD": "P"}})] == [("V2_PROCESSING_ID", "MSH-11")]


@pytest.mark.parametrize(("flag", "said"), [(b"9^x^99LAB", False), (b"9^x^HL70078", True), (b"9^x", True), (b"A^x^L", False)])
def test_a_code_of_a_system_that_its_sender_names_is_none_of_the_table(flag: bytes, said: bool) -> None:
    raw = GOOD[ORU].replace(b"|P|2.5", b"|P|2.7").replace(b"|70-99|H|", b"|70-99|" + flag + b"|")
    assert problems(raw) == [("V2_CODE", "OBX-8.1")] * said


def test_a_mapped_code_is_that_of_its_repetition() -> None:
    raw = GOOD[ORU].replace(b"|70-99|H|", b"|70-99|LOW~QQ|")
    places = [one.place for one in check(read(raw), "", {"OBX-8": {"LOW": "L"}}) if one.code == "V2_CODE"]
    assert places == ["OBX-8(2)"]


def test_a_message_whose_line_ends_were_repaired_is_judged_by_its_own_segments() -> None:
    """A CR within a segment and a line feed between two others leave as many CR as there are segments."""
    raw = b"MSH|^~\\&|A|B|C|D|20260304||ADT^A01|1|P|2.5\r#" + b"|" * 50 + b"\rPV1||I\nPID|1||7^^^H^MR||A^B||2026"
    assert [place for _, place in problems(raw) if place.startswith(("PV1-", "PID-"))] == []


def test_long_messages_are_judged_like_short_ones() -> None:
    results = b"".join(b"OBX|%d|NM|1^A^LN||%d||||||F\r" % (number, number) for number in range(1, 300))
    raw = GOOD[ORU] + results
    assert problems(raw) == []
    assert problems(raw + b"QQQ|1\r") == [("V2_SEGMENT_UNKNOWN", "QQQ")]


def test_a_field_ahead_of_its_version_is_allowed_and_one_behind_the_last_named() -> None:
    raw = GOOD[ADT].replace(b"|P|2.5|", b"|P|2.2|").replace(b"EVN|A01|20260304101502", b"EVN|A01|20260304101502||||20260304|HOSP")
    assert problems(raw) == []
    assert problems(raw.replace(b"|HOSP\r", b"|HOSP|x\r")) == [("V2_FIELD_EXTRA", "EVN-8")]


def test_a_query_has_as_many_parameters_as_it_likes() -> None:
    """QPD-3 and what follows is of the query's own type; patient queries repeat it."""
    raw = b"MSH|^~\\&|A|B|C|D|20260304||QBP^Q22^QBP_Q21|1|P|2.5\rQPD|Q22^Find^HL7|T1|@PID.5.1^SMITH~@PID.8^F|x|||1~2\rRCP|I\r"
    assert problems(raw) == []


@pytest.mark.parametrize("kind", ["NM", "DT", "TM", "ST", "CWE", "SN", "ED", "QQ"])
def test_a_value_has_the_type_it_says(kind: str) -> None:
    raw = GOOD[ORU].replace(b"OBX|1|NM|", b"OBX|1|%s|" % kind.encode()).replace(b"||102|", b"||<102|")
    expected = {"NM": "V2_NUMBER", "DT": "V2_DATE", "TM": "V2_DATE", "QQ": "V2_VALUE_TYPE"}.get(kind)
    assert [code for code, _ in problems(raw)] == ([expected] if expected else [])


def test_places_in_repetitions_and_components() -> None:
    raw = GOOD[ADT].replace(b"~900^^^HOSP^PI", b"~900^^^HOSP^PI^^20261399")
    assert problems(raw) == [("V2_DATE", "PID-3(2).7")]


@pytest.mark.parametrize("name", GOOD)
def test_null_values_are_good_anywhere(name: str) -> None:
    """The null value is a value of any form and code."""
    message = read(GOOD[name])
    for segment in message.segments:
        if segment.tag in ("MSH", "MRG"):
            continue
        for number in range(1, len(segment.fields)):
            filled = segment.fields.copy()
            filled[number] = '""'
            raw = GOOD[name].replace(segment.text.encode(), "|".join(filled).encode())
            assert [one for one in problems(raw) if one[0] in ("V2_DATE", "V2_NUMBER", "V2_CODE")] == []


def test_a_time_within_a_component_may_have_its_precision_behind() -> None:
    raw = GOOD[ADT].replace(b"~900^^^HOSP^PI", b"~900^^^HOSP^PI^^20260304&D")
    assert problems(raw) == []
    assert problems(raw.replace(b"20260304&D", b"20260399&D")) == [("V2_DATE", "PID-3(2).7")]


@pytest.mark.parametrize("characters", [b"^~\\&", b"@~\\&", b" ~\\&", b"^ \\&", b"^~ &", b"^~\\ ", b"", b"^", b"^^^^"])
def test_the_version_is_read_whatever_the_delimiters(characters: bytes) -> None:
    raw = b"MSH|" + characters + b"|REG|H|G|R|20260304||ACK|1|P|2.3" + characters[:1].strip() + b"USA\rMSA|AA|1\r"
    said = [code for code, _ in problems(raw.replace(b"2.3USA", b"2.3"))]
    assert "V2_VERSION_UNKNOWN" not in said


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (b"a \\F\\ b \\S\\ \\T\\ \\R\\ \\E\\ \\P\\", True), (b"\\H\\bold\\N\\", True), (b"\\X0D0A\\", True), (b"\\Zlocal 1\\", True),
        (b"one\\.br\\two\\.sp2\\\\.in+4\\", True), (b"\\C2842\\x\\M2442\\", True), (b"4\\5", False), (b"\\Q\\", False), (b"\\X0\\", False),
        (b"C:\\dir\\file", False), (b"\\F\\ and \\", False),
    ],
)  # fmt: skip
def test_escape_sequences(text: bytes, known: bool) -> None:
    raw = GOOD[ORU].replace(b"Hemolysed \\T\\ repeated", text)
    assert problems(raw) == ([] if known else [("V2_ESCAPE", "NTE-3")])


# -- the quick look and the full one


def in_full(raw: bytes) -> list[Problem]:
    """Every field of every segment judged in full."""
    message = read(raw)
    version = version_of(message.segments[0].fields[12] if len(message.segments[0].fields) > 12 else "")[0]
    out: list[Problem] = []
    for segment in message.segments:
        plan = plans_of(version)[segment.tag]
        out += flaws_of(segment.tag, segment.ordinal, segment.fields, plan.rules, every_number(plan), USUAL)
        if segment.tag == "OBX":
            out += value_flaws(segment.ordinal, segment.fields, USUAL)
    return out


def of_fields(raw: bytes) -> list[Problem]:
    return [one for one in check(read(raw)) if one.field and not one.code.startswith(("V2_MERGE", "V2_CONTROL_ID"))]


def beside_header(found: list[Problem]) -> list[Problem]:
    """Without MSH-9 and MSH-12, which are judged by more than their form."""
    return [one for one in found if (one.tag, one.field) not in (("MSH", 9), ("MSH", 12))]


@pytest.mark.parametrize("one", [one for one in BREAKS if one.old], ids=lambda one: one.code)
def test_what_the_quick_look_passes_is_good(one: Break) -> None:
    content = one.content()
    if b"MSH|^~\\&|" in content:
        assert beside_header(of_fields(content)) == beside_header(in_full(content))


def test_what_the_quick_look_passes_is_good_in_messages_broken_at_random() -> None:
    """Bytes put in, taken out and changed, a few at a time, behind MSH-2."""
    random = Random(6)
    marks = [b"|", b"^", b"~", b"\\", b"&", b"\x01", b"9", b"Q", b'""', b"", b"|||||", b"^^^^^^^^^^^^^^^^^^^^^^^^^^", b"~~", b"\\F\\"]
    said = 0
    for _ in range(1500):
        content = GOOD[random.choice((ADT, MERGE, ORU, ORM))]
        for _ in range(random.randint(1, 3)):
            at = random.randrange(9, len(content))
            content = content[:at] + random.choice(marks) + content[at + random.randint(0, 2) :]
        if content[:9] == b"MSH|^~\\&|":
            full = beside_header(in_full(content))
            assert beside_header(of_fields(content)) == full
            said += bool(full)
    assert said > 300


@given(st.binary(max_size=300), st.sampled_from(sorted(GOOD)), st.integers(0, 400))
def test_any_bytes_are_judged(data: bytes, name: str, at: int) -> None:
    """No input raises, whatever stands in a message."""
    list(check(read(b"MSH" + data)))
    list(check(read(GOOD[name][:at] + data + GOOD[name][at:]) if at > 3 else read(b"MSH|" + data)))


def test_other_delimiters_give_the_same() -> None:
    table = bytes.maketrans(b"|^~\\&", b"!*%@$")
    for one in BREAKS:
        content = one.content() if one.old else GOOD[ADT]
        if content.startswith(b"MSH|^~\\&|") and not set(b"!*%@$") & set(content):
            other = content.translate(table)
            assert list(check(read(other))) == list(check(read(content)))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans_module, "MOST", 50)
    plan = plans_of("2.5")["OBX"]
    plans_module._held.clear()
    plan.shapes.clear()
    for seen in plans_module.SOUND.values():
        seen.clear()
    for number in range(200):
        raw = GOOD[ORU].replace(b"||102|", b"||%d|" % number).replace(b"20260304094200", b"202603040942%02d.%04d" % (number % 60, number))
        assert problems(raw.replace(b"|70-99|", b"|%s|" % (b"^" * number))) in ([], [("V2_COMPONENT_EXTRA", "OBX-7.2")])
        assert len(plan.shapes) <= len(plans_module._held) <= 50
        assert all(len(seen) <= 51 for seen in plans_module.SOUND.values())
    long = GOOD[ORU].replace(b"|70-99|", b"|%s|" % (b"~" * 5000))
    before = len(plan.shapes)
    assert problems(long) == [("V2_FIELD_REPEATED", "OBX-7(2)")]
    assert len(plan.shapes) == before


def test_a_field_of_many_repetitions_gives_a_bounded_list() -> None:
    raw = GOOD[ADT].replace(b"4711^^^HOSP^MR~900^^^HOSP^PI", b"~".join([b"1^^^H^MR^^x"] * 50_000))
    assert problems(raw) == [("V2_DATE", f"PID-3({number}).7" if number > 1 else "PID-3.7") for number in range(1, 101)]


def test_large_values_are_judged_in_linear_time() -> None:
    def seconds(megabytes: int) -> float:
        message = read(GOOD[ORU].replace(b"|NM|", b"|ED|").replace(b"||102|", b"||^TEXT^X^Base64^" + b"QUJD" * (megabytes << 18) + b"|"))
        begun = thread_time()
        assert list(check(message)) == []
        return thread_time() - begun

    small, large = (min(seconds(size) for _ in range(3)) for size in (1, 8))
    assert large < 40 * small + 0.05
