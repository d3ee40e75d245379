"""The lane of the compiled engine: taken where it can be, left where it cannot, never missed where it is not there."""

import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from parsers.x12 import compiled, extension
from parsers.x12.program import program_bytes, program_for
from parsers.x12.reader import SetReader
from parsers.x12.trouble import Style
from parsers.x12.walker import machine_for
from schemas.codes.carc import CARCS
from tests.engines import Made, assert_equal, made

CLAIMS = ("837P", "837I", "837D", "835")
HEAD = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240131*1430*^*00501*000000001*0*T*:~"
    "GS*HC*SENDER*RECEIVER*20240131*1430*1*X*005010X222A1~ST*837*0001*005010X222A1~BHT*0019*00*B1*20240131*1430*CH~"
    "NM1*41*2*NORTHFIELD BILLING*****46*NBS4711~PER*IC*CLAIMS DESK*TE*5555550142~NM1*40*2*CLEARING*****46*CLX900~"
    "HL*1**20*1~NM1*85*2*CLINIC*****XX*1234567893~N3*1 MAIN ST~N4*DAYTON*OH*454029998~REF*EI*123456789~"
)
SUBSCRIBER = (
    "HL*{hl}*1*22*0~SBR*P*18*******CI~NM1*IL*1*DOE*JANE****MI*W1~N3*2 OAK ST~N4*DAYTON*OH*45402~DMG*D8*19800101*F~NM1*PR*2*PLAN*****PI*PLAN1~"
)
CLAIM = "CLM*{number}*{charge}***11:B:1*Y*A*Y*Y~HI*ABK:J069~LX*1~SV1*HC:99213*{charge}*UN*1***1~DTP*472*D8*20240115~"


def _file(claims: int, between: str = "") -> bytes:
    """Claims of one subscriber each, all well but for what stands in `between`, which comes behind the first claim's own segments."""
    parts = [HEAD]
    for at in range(claims):
        parts.append(SUBSCRIBER.format(hl=at + 2) + CLAIM.format(number=f"C{at}", charge=100 + at))
        if at == 0:
            parts.append(between)
    return ("".join(parts) + "SE*1*0001~GE*1*1~IEA*1*000000001~").encode("ascii")


def test_the_extension_is_there_where_it_was_built() -> None:
    assert extension.available() == (Path(sys.prefix) / ".engine").exists()
    assert extension.available() == bool(extension.version())


def test_without_the_extension_the_reader_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    body = _file(3)
    before = made(body, "auto")
    monkeypatch.setattr(compiled, "ENGINE", None)
    after = made(body, "auto")
    assert after == before
    assert len(after.events) == 3


REMITTANCE = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240131*1430*^*00501*000000001*0*T*:~"
    "GS*HP*SENDER*RECEIVER*20240131*1430*1*X*005010X221A1~ST*835*0001~BPR*I*0*C*NON************20240131~TRN*1*T1*1234567890~DTM*405*20240131~"
    "N1*PR*PLAN~N3*1 MAIN ST~N4*DAYTON*OH*45402~PER*BL*HELP*TE*5555550142~N1*PE*CLINIC*XX*1234567893~LX*1~"
)


CAS = "CAS*{}*{}*{}~"
PLACES = (("", CAS), ("", CAS + "LQ*HE*N130~"), (CAS, ""), (CAS, "LQ*HE*N1~"), ("", CAS + "LQ*HE*N1~"))
"""Segments of a claim and of its line: an adjustment at one of them, with a remark, without, with one that is only an alert."""


@pytest.mark.parametrize("amount", [50, 100])
def test_every_reason_under_every_group(amount: int) -> None:
    """Adjustments of the whole charge and of half of it, at the claim and at the line; seven groups a reason, five places in turn."""
    parts = [REMITTANCE]
    cases = [(group, reason) for reason in sorted(CARCS) for group in ("CO", "PR", "OA", "PI", "CR", "CO", "PR")]
    for number, (group, reason) in enumerate(cases):
        claim, line = (text.format(group, reason, amount) for text in PLACES[number % len(PLACES)])
        patient, paid = amount if group == "PR" else 0, 100 if claim else 100 - amount
        parts.append(f"CLP*P{number}*1*100*{100 - amount}*{patient}*12*ICN*11*1~{claim}NM1*QC*1*DOE*JANE****MI*W1~")
        parts.append(f"SVC*HC:99213*100*{paid}**1~DTM*472*20240115~{line}")
    found = assert_equal(("".join(parts) + "SE*1*0001~GE*1*1~IEA*1*000000001~").encode("ascii"))
    assert len(found.events) == len(cases) + 1
    said = {"CARC_GROUP", "CARC_PLACE", "CARC_NEEDS_REMARK"} | ({"CARC_WHOLE_CHARGE"} if amount == 100 else set())
    assert said <= {finding.code for finding in found.findings}


class _Fed:
    """Counts the segments that the reader is fed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.segments = 0
        feed = SetReader.feed

        def counted(reader: SetReader, segments: list[str], offsets: Any) -> None:
            self.segments += len(segments)
            feed(reader, segments, offsets)

        monkeypatch.setattr(SetReader, "feed", counted)

    def by(self, body: bytes, engine: str) -> tuple[Made, int]:
        self.segments = 0
        found = made(body, engine)
        return found, self.segments


class TestLane:
    """What only the extension can show."""

    __test__ = extension.available()

    @pytest.mark.parametrize("name", CLAIMS)
    def test_it_knows_every_line_of_the_claims_and_remittances(self, name: str) -> None:
        program = compiled._program(machine_for(program_for(name), Style(":")))
        lines, unknown = program.readers()
        assert lines >= len(program_for(name)["segments"])
        assert unknown == 0

    def test_what_is_well_never_reaches_the_reader(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """But for the trailer: the set's own check of it is the reader's."""
        found, segments = _Fed(monkeypatch).by(_file(50), "auto")
        assert [finding.code for finding in found.findings] == ["SE_COUNT"]
        assert len(found.events) == 50
        assert segments == 0

    def test_a_claim_with_a_finding_costs_no_other(self, monkeypatch: pytest.MonkeyPatch) -> None:
        fed = _Fed(monkeypatch)
        body = _file(50, "LX*2~SV1*HC:99213*7*UN*1***1~DTP*472*D8*20240115~")
        found, segments = fed.by(body, "auto")
        assert "CHARGE_BALANCE" in [finding.code for finding in found.findings]
        assert 0 < segments < 20
        assert (found, len(found.events)) == (fed.by(body, "python")[0], 50)

    def test_python_leaves_it_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        body = _file(2)
        assert _Fed(monkeypatch).by(body, "python")[1] == body.count(b"~") - 4

    def test_after_a_fault_the_reader_goes_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        body, give = _file(200), compiled.Lane._first

        class Broken:
            """The native lane, which fails from its second run on."""

            def __init__(self, native: Any) -> None:
                self.native = native

            def __getattr__(self, name: str) -> Any:
                return getattr(self.native, name)

            def run(self, *_: Any) -> Any:
                raise RuntimeError("the compiled engine failed")

        def first(lane: compiled.Lane) -> Any:
            event = give(lane)
            lane.native = Broken(lane.native)
            return event

        monkeypatch.setattr(compiled.Lane, "_first", first)
        assert made(body, "auto") == made(body, "python")

    def test_an_item_longer_than_what_is_held(self) -> None:
        """More than a megabyte of one claim; the claims behind it are read all the same."""
        found = assert_equal(_file(3, ("NTE*ADD*" + "LONG " * 15 + "~") * 15_000))
        assert len(found.events) == 3

    @pytest.mark.parametrize("text", ['SAY "AH"', "BACK\\SLASH", "CAFÉ", "\x7f"])
    def test_texts_that_json_writes_otherwise(self, text: str) -> None:
        body = _file(3).replace(b"DOE", text.encode())
        assert len(assert_equal(body).events) == 3

    @pytest.mark.parametrize("end", ["\t", " ", "\x07", "\r\n", "*É"])
    def test_a_level_that_ends_oddly_behind_a_broken_claim(self, end: str) -> None:
        """What is said of such a segment is said before it ends the claim."""
        body = _file(3, "LX*2~SV1*HC:99213*7*UN*1***1~DTP*472*D8*20240115~")
        level = b"HL*3*1*22*0~"
        assert level in body
        assert_equal(body.replace(level, level[:-1] + end.encode() + b"~"))

    @pytest.mark.parametrize(
        "change",
        [
            lambda program: program.update(format=2),
            lambda program: program["loops"][3].update(news="something"),
            lambda program: program["segments"][3].update(news=1),
            lambda program: program["emits"][0].update(holds=["EB"]),
            lambda program: program["emits"][0].update(lane="member"),
            lambda program: program["emits"][0].update(event="claim.withdrawn", checks=["unheard_of"]),
        ],
    )
    def test_a_program_that_asks_for_more_is_not_taken(self, change: Any) -> None:
        program = orjson.loads(program_bytes(program_for("837P")))
        change(program)
        assert compiled._made(machine_for(program_for("837P"), Style(":"))) is not None
        with pytest.raises(ValueError, match=r"\w"):
            compiled.ENGINE.Machine(orjson.dumps(program), ord(":"), False, compiled._facts())

    def test_rules_by_another_name_are_not_taken(self) -> None:
        facts = orjson.loads(compiled._facts())
        facts["rules"]["claim.submitted"].append("a_new_rule")
        with pytest.raises(ValueError, match="rules"):
            compiled.ENGINE.Machine(program_bytes(program_for("837P")), ord(":"), False, orjson.dumps(facts))
