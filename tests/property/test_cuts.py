"""Reading does not depend on how bytes arrive: blocks, reads and chunks of any size give the same events, findings and counts."""

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.x12.convert import Event, Origin, Settings, Summary, convert
from parsers.x12.delimiters import Delimiters
from parsers.x12.instance import Chances, instance
from parsers.x12.plan import ScanLimits
from parsers.x12.writer import USUAL, Group, Interchange, Set, write
from schemas.envelope import Finding
from schemas.x12 import guide, guide_names
from tests.corpus.tokens import items

ENVELOPE = Interchange("SENDER", "RECEIVER", "240131", "1405", 1)
LAYOUTS = st.sampled_from([(USUAL, ""), (USUAL, "\n"), (USUAL, "\r\n"), (Delimiters("|", ">", "!", "\n"), ""), (Delimiters("*", ">", "^", "$%"), "")])
GUIDES = st.sampled_from([name for name in guide_names() if name != "TA1"])
SEEDS = st.integers(0, 2**32)
READS = st.tuples(st.integers(120, 3000), st.integers(5, 700)).map(lambda sizes: ScanLimits(block=sizes[0], read=sizes[1]))
CUTS = st.tuples(READS, st.integers(100, 6000)).map(lambda sizes: sizes[0]._replace(chunk=sizes[1]))
DAMAGES = ("~", "*", ":", " ", "\n", "\x07", "\xe9", "HL22~", "HL*9**22*1~", "~~", "~ \n", "ZZ*1~", "CLM~", "LX*~", "9")


def _file(name: str, seed: int, layout: tuple[Delimiters, str]) -> bytes:
    """Two sets of one guide, the first of them the longer one."""
    rng, source = Random(seed), guide(name)
    sets = [Set(f"{number:04d}", instance(source, rng, chances)) for number, chances in ((1, Chances(0.1, 0.3, 3)), (2, Chances(0)))]
    delimiters, newline = layout
    return b"".join(write(ENVELOPE, [Group(source, "APP", "OTHER", "20240131", "1405", 1, sets)], delimiters, newline))


def _damaged(body: bytes, seed: int, times: int) -> bytes:
    """Bytes put in or left out behind the ISA."""
    rng, text = Random(seed), body.decode("latin-1")
    for _ in range(times):
        at = rng.randrange(min(110, len(text)), len(text) + 1)
        text = text[:at] + rng.choice((*DAMAGES, "")) + text[at + rng.choice((0, 0, 1, 30)) :]
    return text.encode("latin-1")


def _outputs(body: bytes, limits: ScanLimits) -> tuple[list[bytes], list[Finding], list[dict[str, Any]]]:
    events: list[bytes] = []
    findings: list[Finding] = []
    summaries: list[dict[str, Any]] = []
    for output in convert(lambda at, length: body[at : at + length], len(body), Origin(sha256="0" * 64), Settings(scan=limits)):
        if isinstance(output, Event):
            events.append(output.to_json())
        elif isinstance(output, Summary):
            summaries.append(output.to_json())
        else:
            findings.append(output)
    return events, findings, summaries


@settings(max_examples=120, deadline=None)
@given(GUIDES, SEEDS, LAYOUTS, CUTS)
def test_chunks_blocks_and_reads_change_nothing(name: str, seed: int, layout: tuple[Delimiters, str], limits: ScanLimits) -> None:
    body = _file(name, seed, layout)
    whole = _outputs(body, ScanLimits())
    assert whole[2][0]["summary"]["items"] == whole[2][0]["summary"]["published"] == len(items(body))
    assert _outputs(body, limits) == whole


@settings(max_examples=200, deadline=None)
@given(GUIDES, SEEDS, LAYOUTS, READS, st.integers(1, 8))
def test_reads_change_nothing_in_damaged_files(name: str, seed: int, layout: tuple[Delimiters, str], limits: ScanLimits, times: int) -> None:
    body = _damaged(_file(name, seed, layout), seed, times)
    assert _outputs(body, limits) == _outputs(body, ScanLimits())


def test_an_unknown_tag_never_passes_for_a_tag_and_its_qualifier() -> None:
    """HL22 is no HL whose third element is 22, also when one of those came before."""
    body = _file("837P", 1, (USUAL, ""))
    first = body.index(b"~HL*", body.index(b"~HL*") + 1)
    after = body.index(b"~", first + 1)
    odd = body[: after + 1] + b"HL22~" + body[after + 1 :]
    found = [finding for finding in _outputs(odd, ScanLimits())[1] if finding.location.offset == after + 1]
    assert [finding.code for finding in found] == ["SEGMENT_UNKNOWN"]


def test_a_segment_starts_behind_the_blanks_before_it() -> None:
    """Offsets name the first character of the tag, however the segments around are laid out."""
    for newline in ("", "\n"):
        body = _file("837P", 2, (USUAL, newline))
        at = body.index(b"~" + newline.encode() + b"HL*") + 1 + len(newline)
        odd = body[:at] + b"  ZZ9*1~" + newline.encode() + body[at:]
        offsets = [finding.location.offset for finding in _outputs(odd, ScanLimits())[1] if finding.code == "SEGMENT_UNKNOWN"]
        assert offsets == [at + 2]
