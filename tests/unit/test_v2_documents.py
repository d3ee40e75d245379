"""Documents: what each trigger says of one, its header, and its content by reference."""

import base64

import pytest

from tests.unit.v2_messages import converted, message

EVN = "EVN|T02|20260302101400"
PID = "PID|1||100^^^HOSP^MR||DOE^JANE||19800102|F"
PV1 = "PV1|1|I|4W"
TXA = (
    "TXA|1|DS^Discharge summary^L|AP|20260302|17^DOE^ANN|202603020900|202603021000|202603021010~202603021020|17^DOE^ANN|18^ROE^BOB|19^POE^CAT"
    "|D1^EHR|D0^EHR|P1^EHR~P2^EHR|F1^RIS|d1.pdf|LA|R|AV|AC|typing error|18^ROE^BOB^^^^MD^^HOSP^^^^^^202603021100|20^COE^DAN"
)
TRIGGERS = {
    "T01": "create", "T02": "create", "T03": "change_status", "T04": "change_status", "T05": "add", "T06": "add", "T07": "edit", "T08": "edit",
    "T09": "replace", "T10": "replace", "T11": "cancel",
}  # fmt: skip


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_trigger_says_what_is_done(trigger: str) -> None:
    found = converted(message(f"MDM^{trigger}", EVN, PID, PV1, TXA))
    assert (found.kinds, found.data[0]["action"]) == (["document.reported"], TRIGGERS[trigger])


def test_header_names_document_parent_orders_and_people() -> None:
    (data,) = converted(message("MDM^T10", EVN, PID, PV1, "ORC|RE|P1", "OBR|1|P1||71250", TXA)).data
    header = data["document"]
    assert [header[name]["value"] for name in ("number", "parent_number", "filler_number")] == ["D1", "D0", "F1"]
    assert [number["value"] for number in header["placer_numbers"]] == ["P1", "P2"]
    assert [header[f"{name}_status"] for name in ("completion", "confidentiality", "availability", "storage")] == ["LA", "R", "AV", "AC"]
    assert (header["file_name"], header["change_reason"], header["type"]["code"], header["presentation"]) == ("d1.pdf", "typing error", "DS", "AP")
    assert header["edit_times"] == ["2026-03-02T10:10-06:00", "2026-03-02T10:20-06:00"]
    assert header["authentications"] == [
        {"id": "18", "family": "ROE", "given": "BOB", "degree": "MD", "authority": "HOSP", "time": "2026-03-02T11:00-06:00"}
    ]
    people = [header[name][0]["id"] for name in ("activity_providers", "originators", "authenticators", "transcriptionists", "copies_to")]
    assert people == ["17", "17", "18", "19", "20"]
    assert data["document_orders"][0]["request"]["service"]["code"] == "71250"


@pytest.mark.parametrize("content_first", [False, True])
def test_content_is_where_the_event_says(content_first: bool) -> None:
    encoded = base64.b64encode(b"%PDF-1.7 none of this is a document")
    content = ("OBX|1|TX|11490-0^Summary^LN||Doing well.", f"OBX|2|ED|PDF||^application^pdf^Base64^{encoded.decode()}")
    body = message("MDM^T02", EVN, PID, PV1, *((*content, TXA) if content_first else (TXA, *content)))
    (data,) = converted(body).data
    text, document = data["observations"]
    assert (text["value"], data["document"]["number"]["value"]) == ("Doing well.", "D1")
    (place,) = document["contents"]
    assert body[place["offset"] : place["offset"] + place["length"]] == encoded
    assert encoded.decode() not in str(data)
