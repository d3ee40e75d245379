"""Good HL7 v2 messages, and the ways to break them: one finding each."""

from typing import Final, NamedTuple

from parsers.hl7v2.convert import Settings
from parsers.hl7v2.limits import Limits
from parsers.hl7v2.profile import profile_of


def joined(segments: list[bytes]) -> bytes:
    return b"".join(segment + b"\r" for segment in segments)


ADT, MERGE, ACCOUNT, ORU, ORM = "admission", "merge", "account", "result", "order"
_PID: Final = b"PID|1||4711^^^HOSP^MR~900^^^HOSP^PI||EXAMPLE^ANNA^B^^^^L||19800229|F|||1 MAIN ST^^TOWN^IL^60601^USA^H|||||||A99^^^HOSP^AN"
GOOD: Final[dict[str, bytes]] = {
    ADT: joined(
        [
            b"MSH|^~\\&|REG|HOSP|GATE|RCM|20260304101502-0500||ADT^A01^ADT_A01|C1|P|2.5|||AL|NE",
            b"EVN|A01|20260304101502",
            _PID,
            b"PV1|1|I|4E^12^B^HOSP|E|||77^DOC^ANN^^^^^^NPI|||MED||||7|||77^DOC^ANN^^^^^^NPI|IP|V1^^^HOSP^VN|||||||||||||||||01||||||||20260304093000",
            b"DG1|1||I50.23^Heart failure^I10||20260304|A",
            b"ZPV|1|local",
        ]
    ),
    MERGE: joined(
        [
            b"MSH|^~\\&|REG|HOSP|GATE|RCM|20260304101502||ADT^A40^ADT_A39|C2|P|2.5",
            b"EVN|A40|20260304101502",
            _PID,
            b"MRG|4700^^^HOSP^MR",
        ]
    ),
    ACCOUNT: joined(
        [
            b"MSH|^~\\&|REG|HOSP|GATE|RCM|20260304101502||ADT^A41^ADT_A39|C5|P|2.5",
            b"EVN|A41|20260304101502",
            _PID,
            b"MRG|4711^^^HOSP^MR||A98^^^HOSP^AN",
        ]
    ),
    ORU: joined(
        [
            b"MSH|^~\\&|LAB|HOSP|GATE|RCM|20260304101502||ORU^R01^ORU_R01|C3|P|2.5",
            _PID,
            b"OBR|1|O1^REG|F1^LAB|2345-7^Glucose^LN|||20260304091500|||||||||77^DOC^ANN||||||20260304094500||LAB|F",
            b"OBX|1|NM|2345-7^Glucose^LN||102|mg/dL^^UCUM|70-99|H|||F|||20260304094200",
            b"NTE|1|L|Hemolysed \\T\\ repeated",
        ]
    ),
    ORM: joined(
        [
            b"MSH|^~\\&|REG|HOSP|GATE|RCM|20260304101502||ORM^O01^ORM_O01|C4|P|2.5",
            _PID,
            b"ORC|NW|O2^REG|||IP||||20260304091500",
            b"OBR|1|O2^REG||71046^Chest^C4",
        ]
    ),
}


class Break(NamedTuple):
    """`old` in the good file `case`, which stands there once, becomes `new` (or the file ends or is wrapped as `new` says); it gives one finding
    of `code` at `place` (segment ordinal, tag, field, component) and those of `also`. `starts`: what stands at its offset. `alone`: it is about the
    file, or spoils where messages meet."""

    code: str
    case: str
    old: bytes
    new: bytes
    place: str
    starts: bytes | None = None
    also: tuple[str, ...] = ()
    settings: Settings = Settings()
    alone: bool = False

    def content(self) -> bytes:
        good = GOOD[self.case]
        if not self.old:
            return self.new.replace(b"@", good)
        assert good.count(self.old) == 1
        return good.replace(self.old, self.new)


_LINES: Final = GOOD[ADT].replace(b"\r", b"\n")
_RULE: Final = Settings(profile=profile_of({"base": "plain", "identifiers": {"patient": [{"field": "PID-3", "authority": "OTHER", "type": "MR"}]}}))

BREAKS: Final = (
    # files and frames
    Break("V2_NO_MESSAGE", ADT, b"", b"BTX|not a message at all\r", "- -", alone=True),
    Break("V2_JUNK", ADT, b"", b"Dear colleague, see below.\r@", "- -", alone=True),
    Break("V2_FRAME_BYTES", ADT, b"", b"\x0b@\x1c\r", "- -", alone=True),
    Break("V2_SEVERAL_MESSAGES", ADT, b"", b"@@", "- -", alone=True),
    Break("V2_BATCH", ADT, b"", b"BHS|^~\\&|REG\r@BTS|1\r", "- BHS", alone=True),
    Break("V2_BATCH_EMPTY", ADT, b"", b"BHS|^~\\&|REG\rBTS|0\r", "- -", also=("V2_BATCH",), alone=True),
    Break("V2_BATCH_COUNT", ADT, b"", b"BHS|^~\\&|REG\r@BTS|2\r", "- BTS-1", also=("V2_BATCH",), alone=True),
    Break("V2_BATCH_END", ADT, b"", b"BHS|^~\\&|REG\r@", "- BHS", also=("V2_BATCH",), alone=True),
    Break("V2_UNTERMINATED", ADT, b"ZPV|1|local\r", b"ZPV|1|local", "6 ZPV", alone=True),
    Break("V2_TRUNCATED", ORU, b"OBX|1|NM|2345-7^Glucose^LN||102|mg/dL^^UCUM|70-99|H|||F|||20260304094200\rNTE|1|L|Hemolysed \\T\\ repeated\r",
          b"OBX|1|NM", "4 OBX", also=("V2_FIELD_MISSING", "V2_FIELD_MISSING"), alone=True),
    Break("V2_LINE_ENDS", ADT, b"", _LINES, "1 MSH", alone=True),
    Break("V2_LINE_FEED", ORU, b"Hemolysed ", b"Hemolysed\n", "5 NTE"),
    Break("V2_LINE_WRAPPED", ORU, b"Hemolysed ", b"Hemolysed\r", "5 NTE"),
    Break("V2_MESSAGE_LIMIT", ADT, b"|local", b"|local" + b"x" * 5000, "1 MSH", settings=Settings(limits=Limits(message=4096)), alone=True),
    Break("V2_EVENTS_LIMIT", ADT, b"ZPV|1|local\r", b"ZPV|1|" + b"local" * 2000 + b"\r", "1 MSH", settings=Settings(limits=Limits(events=9000))),
    Break("V2_SEGMENT_LIMIT", ADT, b"ZPV|1|local\r", b"ZPV|1|local\r" * 20, "1 MSH", settings=Settings(limits=Limits(segments=10))),
    # header and characters
    Break("V2_ENCODING_CHARACTERS", ORM, b"MSH|^~\\&|", b"MSH|^~|", "1 MSH-2", b"^~|"),
    Break("V2_DELIMITERS", ORM, b"MSH|^~\\&|", b"MSH|^~\\^|", "1 MSH-2", b"^~\\^|"),
    Break("V2_CHARSET_UNKNOWN", ADT, b"||AL|NE\r", b"||AL|NE||KLINGON\r", "1 MSH-18", b"KLINGON"),
    Break("V2_CHARSET_GUESSED", ADT, b"|local", b"|loc\xc3\xa4l", "1 MSH-18"),
    Break("V2_CHARSET_WRONG", ADT, b"||AL|NE\r", b"||AL|NE||UNICODE UTF-8|\xe4\r", "1 MSH-18", b"UNICODE"),
    Break("V2_CHARSET_WIDE", ADT, b"", GOOD[ADT].decode().encode("utf-16-le"), "1 MSH-18", alone=True),
    Break("V2_ESCAPE", ORU, b"\\T\\ repeated", b"\\Q\\ repeated", "5 NTE-3", b"Hemolysed"),
    Break("V2_CHARACTER", ADT, b"EXAMPLE^ANNA", b"EXAMPLE^AN\x07NA", "3 PID-5", b"EXAMPLE"),
    Break("V2_SEGMENT_NAME", ADT, b"ZPV|1|local", b"Z|1|local", "6 -"),
    Break("V2_SEGMENT_NAME", ADT, b"ZPV|1|local", b"SMITH|1|local", "6 -", b"SMITH"),
    Break("V2_SEGMENT_CASE", ADT, b"PV1|1|I", b"pv1|1|I", "4 PV1"),
    Break("V2_VERSION_MISSING", ADT, b"|P|2.5|", b"|P||", "1 MSH-12"),
    Break("V2_VERSION_UNKNOWN", ADT, b"|P|2.5|", b"|P|1.9|", "1 MSH-12", b"1.9"),
    Break("V2_TYPE_MISSING", ADT, b"|ADT^A01^ADT_A01|", b"|^A01|", "1 MSH-9", also=("V2_NO_EVENT",)),
    Break("V2_TYPE_UNKNOWN", ADT, b"|ADT^A01^ADT_A01|", b"|XYZ^A01|", "1 MSH-9.1", b"XYZ", also=("V2_NO_EVENT",)),
    Break("V2_TRIGGER_MISSING", ORM, b"|ORM^O01^ORM_O01|", b"|ORM|", "1 MSH-9.2"),
    Break("V2_TRIGGER_UNKNOWN", ADT, b"|ADT^A01^ADT_A01|", b"|ADT^Z99|", "1 MSH-9.2", b"Z99|", also=("V2_NO_EVENT",)),
    Break("V2_STRUCTURE", MERGE, b"|ADT^A40^ADT_A39|", b"|ADT^A40^ADT_A40|", "1 MSH-9.3", b"ADT_A40|"),
    Break("V2_PROCESSING_ID", ADT, b"|P|2.5|", b"|PROD^T|2.5|", "1 MSH-11.1", b"PROD"),
    Break("V2_PROCESSING_ID", ADT, b"|P|2.5|", b"||2.5|", "1 MSH-11", b"|2.5"),
    Break("V2_CONTROL_ID_MISSING", ADT, b"|C1|", b"||", "1 MSH-10"),
    # segments and fields
    Break("V2_SEGMENT_MISSING", ORU, GOOD[ORU][GOOD[ORU].index(b"OBR|"):GOOD[ORU].index(b"OBX|")], b"", "- OBR"),
    Break("V2_SEGMENT_ABSENT", ADT, b"EVN|A01|20260304101502\r", b"", "- EVN"),
    Break("V2_SEGMENT_UNKNOWN", ADT, b"ZPV|1|local", b"QQQ|1|local", "6 QQQ", b"QQQ|1"),
    Break("V2_SEGMENT_UNEXPECTED", ADT, b"ZPV|1|local", b"TXA|1|DS|TX|||||||||D1|||||AU", "6 TXA", b"TXA|1"),
    Break("V2_SEGMENT_ORDER", ADT, b"EVN|A01|20260304101502\r" + _PID + b"\r", _PID + b"\rEVN|A01|20260304101502\r", "3 EVN", b"EVN|A01"),
    Break("V2_SEGMENT_ORDER", ADT, b"EVN|A01|", b"DG1|1||I10^Hypertension^I10||20260304|A\rEVN|A01|", "2 DG1", b"DG1|1||I10^"),
    Break("V2_SEGMENT_REPEATED", ADT, b"EVN|A01|20260304101502\r", b"EVN|A01|20260304101502\rEVN|A01|20260304101502\r", "3 EVN", b"EVN|A01"),
    Break("V2_FIELD_MISSING", ADT, b"PV1|1|I|", b"PV1|1||", "4 PV1-2", b"|4E^12"),
    Break("V2_FIELD_REPEATED", ADT, b"PV1|1|I|4E^12^B^HOSP|", b"PV1|1|I|4E^12^B^HOSP~4W|", "4 PV1-3(2)", b"4W|"),
    Break("V2_FIELD_EXTRA", ADT, b"EVN|A01|20260304101502\r", b"EVN|A01|20260304101502|||||||x\r", "2 EVN-9", b"x\r"),
    Break("V2_FIELD_LONG", ADT, b"|C1|", b"|" + b"C1" * 100 + b"|", "1 MSH-10", b"C1C1"),
    Break("V2_COMPONENT_EXTRA", ADT, b"EVN|A01|", b"EVN|A01^x|", "2 EVN-1.2", b"x|2026"),
    Break("V2_DATE", ADT, b"|19800229|F|", b"|19810229|F|", "3 PID-7", b"19810229|"),
    Break("V2_NUMBER", ORU, b"||102|", b"||1o2|", "4 OBX-5", b"1o2|"),
    Break("V2_CODE", ORU, b"|H|||F|||", b"|H|||Q|||", "4 OBX-11", b"Q|||"),
    Break("V2_VALUE_TYPE", ORU, b"OBX|1|NM|", b"OBX|1||", "4 OBX-2", b"|2345-7"),
    # identity and events
    Break("V2_NO_EVENT", ADT, b"|ADT^A01^ADT_A01|", b"|QRY^A19^QRY_A19|", "1 MSH", also=("V2_SEGMENT_ABSENT", *["V2_SEGMENT_UNEXPECTED"] * 4)),
    Break("V2_IDENTIFIER_GUESSED", ADT, b"|local", b"|local", "1 MSH", settings=_RULE, alone=True),
    Break("V2_IDENTIFIER_MISSING", ADT, b"4711^^^HOSP^MR~900^^^HOSP^PI", b"", "1 MSH", also=("V2_FIELD_MISSING",)),
    Break("V2_SEVERAL_VISITS", ADT, b"ZPV|1|local\r", b"PV1|2|I\r", "6 PV1", b"PV1|2", also=("V2_SEGMENT_REPEATED",)),
    Break("V2_MERGE_INCOMPLETE", MERGE, b"MRG|4700^^^HOSP^MR\r", b"", "3 PID", b"PID|1"),
    Break("V2_MERGE_SAME", MERGE, b"MRG|4700^", b"MRG|4711^", "4 MRG-1", b"4711^"),
    Break("V2_MERGE_OTHER_PATIENT", ACCOUNT, b"MRG|4711^", b"MRG|4700^", "4 MRG-1", b"4700^"),
    Break("V2_MERGE_ACROSS", MERGE, b"MRG|4700^^^HOSP^MR", b"MRG|4700^^^CLINIC^MR", "4 MRG-1", b"4700^"),
)  # fmt: skip

ELSEWHERE: Final = {
    "V2_VALUE": "an engine of its own says it of a converter, see test_v2_engine",
    "V2_CONTROL_ID_REUSED": "the gateway knows earlier messages",
    "V2_DUPLICATE": "as above",
    "V2_FRAGMENT": "the listener says it of a connection",
}
