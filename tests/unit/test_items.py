"""What counts as an item where a tag alone does not say it: HL levels that ask or answer, levels inside levels, sets that are one item."""

from collections.abc import Callable

import pytest

from parsers.x12.convert import Settings
from parsers.x12.items import Finder, rule_for
from parsers.x12.plan import ScanLimits
from tests.conftest import Converted, converted

ISA = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *240131*1405*^*00501*000000001*0*T*:~"
Segments = list[str]


def interchange(function: str, version: str, *sets: Segments) -> bytes:
    body = [f"GS*{function}*PAYER*CLINIC*20240131*1405*1*X*{version}~"]
    for number, (transaction, *segments) in enumerate(sets, 1):
        control = f"{number:04d}"
        lines = [f"ST*{transaction}*{control}*{version}", *segments]
        body += [f"{line}~" for line in lines] + [f"SE*{len(lines) + 1}*{control}~"]
    return "".join([ISA, *body, f"GE*{len(sets)}*1~", "IEA*1*000000001~"]).encode()


HEAD = ["271", "BHT*0022*11*R1*20240131*1405", "HL*1**20*1", "NM1*PR*2*PAYER*****PI*P1", "HL*2*1*21*1", "NM1*1P*2*CLINIC*****XX*1234567893"]
SUBSCRIBER = ["HL*3*2*22*1", "TRN*2*T1*9CLINICXXX", "NM1*IL*1*DOE*JANE****MI*M1", "DMG*D8*19700101*F"]
DEPENDENT = ["HL*4*3*23*0", "TRN*2*T2*9CLINICXXX", "NM1*03*1*DOE*TIM", "DMG*D8*20100101*M"]


def answer(*parts: Segments) -> Converted:
    return converted(interchange("HB", "005010X279A1", [segment for part in (HEAD, *parts) for segment in part]))


def test_a_level_that_answers_nothing_is_no_item() -> None:
    """The subscriber is shown with the dependent who is the patient, and is no event of its own."""
    found = answer(SUBSCRIBER, DEPENDENT, ["EB*1**30"])
    [event] = found.data()
    assert (found.summary.items, found.summary.counts.published) == (1, 1)
    assert (event["subscriber"]["name"], event["patient"]["first_name"]) == ("DOE", "TIM")
    assert "LEVEL_WITHOUT_ITEM" not in found.codes()


def test_levels_inside_each_other_are_two_items() -> None:
    found = answer(SUBSCRIBER, ["EB*1**30"], DEPENDENT, ["EB*6**30", "EB*1**98"])
    first, second = found.data()
    assert [len(event["benefits"]) for event in (first, second)] == [1, 2]
    assert first["patient"] == first["subscriber"]
    assert second["subscriber"] == first["subscriber"]
    assert [event.attributes["id"].split(".")[1] for event in found.events] == [str(event["provenance"]["item"]) for event in (first, second)]
    assert second["provenance"]["levels"]["2000C"] == first["provenance"]["item"]


def test_a_rejection_above_the_patient_is_an_item() -> None:
    found = converted(interchange("HB", "005010X279A1", [*HEAD[:4], "AAA*Y**42*R"]))
    [event] = found.data()
    assert found.summary.items == 1
    assert "subscriber" not in event


def test_what_a_level_without_answer_held_is_said() -> None:
    found = answer(SUBSCRIBER, ["DTP*291*D8*20240101"])
    assert (found.summary.items, found.events) == (0, [])
    assert found.codes().count("LEVEL_WITHOUT_ITEM") + found.codes().count("SET_WITHOUT_ITEM") >= 1


def test_repetitions_become_a_list() -> None:
    [event] = answer(SUBSCRIBER, ["EB*1**30^1^33"]).data()
    assert event["benefits"][0]["service_types"] == ["30", "1", "33"]


def test_too_many_repetitions() -> None:
    found = answer(SUBSCRIBER, ["EB*1**" + "^".join(["30"] * 100)])
    assert found.codes() == ["ELEMENT_REPEATED"]
    assert found.findings[0].location.element == 3


def test_a_ta1_is_an_item_of_its_own() -> None:
    content = ISA.encode() + b"TA1*000000007*240131*1405*A*000~IEA*0*000000001~"
    found = converted(content)
    assert (found.summary.items, [event.attributes["type"] for event in found.events]) == (1, ["clearplane.submission.acknowledged.v1"])
    assert found.data()[0]["provenance"]["item"] == len(ISA)


ACKNOWLEDGEMENT = ["277", "BHT*0085*08*B1*20240131*1405*TH", "HL*1**20*1", "NM1*PR*2*PAYER*****PI*P1", "TRN*1*X1", "DTP*050*D8*20240131",
                   "DTP*009*D8*20240131", "HL*2*1*21*1", "NM1*41*2*CLINIC*****46*S1", "TRN*2*BATCH1", "STC*A1:19*20240131*WQ*300",
                   "QTY*90*2", "AMT*YU*300"]  # fmt: skip


def provider(number: int, claim: str) -> Segments:
    return [f"HL*{number}*2*19*1", f"NM1*85*2*DOCTOR{number}*****XX*1234567893", f"TRN*1*PROV{number}", "STC*A1:19**WQ*150", "QTY*QA*1", "AMT*YU*150",
            f"HL*{number + 1}*{number}*PT", "NM1*QC*1*DOE*JANE****MI*M1", f"TRN*2*{claim}", "STC*A2:20*20240131*WQ*150", f"REF*1K*{claim}P",
            "DTP*472*D8*20240130"]  # fmt: skip


def test_a_trace_counts_under_its_level_only() -> None:
    """TRN stands at every level of a 277CA; claims are those under the patient."""
    found = converted(interchange("HN", "005010X214", [*ACKNOWLEDGEMENT, *provider(3, "CLAIM1"), *provider(5, "CLAIM2")]))
    claims = [event for event in found.data() if "providers" not in event]
    assert [event["patient_control_number"] for event in claims] == ["CLAIM1", "CLAIM2"]
    assert found.summary.items == 2
    assert len(found.data()[-1]["providers"]) == 2


@pytest.mark.parametrize("chunk", [1, 200, 450])
def test_cutting_inside_levels_changes_nothing(chunk: int) -> None:
    """Levels are context of the next chunk as far as the item hangs on them; what the set's own event gathers is put together again."""
    settings = Settings(scan=ScanLimits(chunk=chunk))
    makers: list[Callable[[], bytes]] = [
        lambda: interchange("HN", "005010X214", [*ACKNOWLEDGEMENT, *provider(3, "CLAIM1"), *provider(5, "CLAIM2")]),
        lambda: interchange(
            "HB", "005010X279A1", [*HEAD, *SUBSCRIBER, "EB*1**30", *DEPENDENT, "EB*6**30", "HL*5*2*22*0", *SUBSCRIBER[1:], "EB*1**30"]
        ),
    ]
    for make in makers:
        whole, cut = converted(make()), converted(make(), settings)
        assert [event.to_json() for event in cut.events] == [event.to_json() for event in whole.events]
        assert (cut.findings, cut.summary) == (whole.findings, whole.summary)


def test_an_unknown_level_opens_no_item() -> None:
    finder = Finder(rule_for("271"))
    marks = [(0, "HL", ("HL", "1", "", "22")), (10, "HL", ("HL", "2", "1", "XX")), (20, "EB", ()), (30, "EB", ()), (40, "AAA", ())]
    assert [finder.see(*mark) for mark in marks] == [None, None, (0, "HL"), None, None]


def test_what_was_read_before_changes_nothing() -> None:
    """A context loop entered again keeps its first values, the second ones are unmapped, whether or not its steps are known already."""
    again = [*ACKNOWLEDGEMENT[:5], "DTP*050*D8*20240130", "TRN*1*X2", *ACKNOWLEDGEMENT[5:]]
    content = interchange("HN", "005010X214", [*again, *provider(3, "CLAIM1")]).replace(b":", b">")
    made = [converted(content) for _ in range(3)]
    assert [event.data for event in made[0].events] == [event.data for event in made[1].events] == [event.data for event in made[2].events]
    assert made[0].data()[0]["source"]["received_date"] == "2024-01-30"
