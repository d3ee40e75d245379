"""The first pass: what it finds, counts and refuses does not depend on block sizes, and no byte is read as what it is not."""

import pytest

from parsers.x12.plan import LooseItem, ScanLimits, SetPlan
from parsers.x12.scan import Scanned, scan
from tests.conftest import converted, reader_of
from tests.golden.cases import cases

CONTENT = {case.name: case.content for case in cases()}
SIMPLE = CONTENT["837p_simple"]


def _scanned(content: bytes, **limits: int) -> list[Scanned]:
    return list(scan(reader_of(content), len(content), ScanLimits(**limits)))


def _plans(content: bytes, **limits: int) -> list[SetPlan]:
    return [found for found in _scanned(content, **limits) if isinstance(found, SetPlan)]


def test_a_plan() -> None:
    (plan,) = _plans(SIMPLE)
    assert (plan.guide, plan.use, plan.partial, plan.refusal) == ("837P", "", False, "")
    assert (plan.segments, plan.items, len(plan.chunks)) == (27, 1, 1)
    assert SIMPLE[plan.span.start :].startswith(b"ST*837*")
    assert SIMPLE[: plan.span.end].endswith(b"SE*27*0001~")
    assert plan.isa is not None
    assert plan.isa.get(6) == "SENDER         "


@pytest.mark.parametrize("name", CONTENT)
def test_block_sizes_change_nothing(name: str) -> None:
    content = CONTENT[name]
    whole = _scanned(content)
    for block in (512, 600, 701, 1024):
        assert _scanned(content, block=block) == whole


@pytest.mark.parametrize("before", [*range(430, 520, 7), 1000, 1024, 1500])
def test_an_interchange_after_junk_is_found_wherever_blocks_end(before: int) -> None:
    (plan,) = _plans(b"x" * before + b"\n" + SIMPLE, block=512)
    assert plan.span.start == before + 1 + SIMPLE.index(b"ST*")


NO_ITEM = (b"CLM2*1", b"XCLM*1", b"NTE*ADD*CLM*1", b"CLM\nX*1", b"CLM X*1", b"REF*D9*~", b"clm*1")
ITEM = (b"CLM*1", b"CLM", b"\r\n CLM *1", b"CLM\n*1", b"CLM\t")


@pytest.mark.parametrize("segment", [*NO_ITEM, *ITEM])
def test_what_is_an_item(segment: bytes) -> None:
    """As the engine sees it: blanks around the tag do not matter, anything else does."""
    content = SIMPLE.replace(b"SE*27*", segment + b"~SE*27*")
    (plan,) = _plans(content)
    assert plan.items == 1 + (segment in ITEM)
    found = converted(content)
    assert sum(found.summary.counts) == found.summary.items == plan.items


def test_blank_segments_are_not_counted() -> None:
    assert [plan.segments for plan in _plans(SIMPLE.replace(b"~\n", b"~\n~ ~"))] == [27]


def test_large_sets_are_cut_and_every_chunk_reads_alone() -> None:
    claims = b"".join(b"CLM*P%d*1***11:B:1*Y*A*Y*Y~HI*ABK:J029~LX*1~SV1*HC:1*1*UN*1***1~DTP*472*D8*20240101~" % n for n in range(50))
    content = SIMPLE.replace(b"SE*27*0001", claims + b"SE*277*0001")
    (plan,) = _plans(content, chunk=1000)
    assert len(plan.chunks) > 3
    assert [chunk.body.start for chunk in plan.chunks[1:]] == [chunk.body.end for chunk in plan.chunks[:-1]]
    assert all(content[chunk.body.start :].startswith(b"CLM*") for chunk in plan.chunks[1:])
    assert (plan.segments, plan.items) == (277, 51)
    for chunk in plan.chunks:
        assert chunk.body.ordinal == 1 + content.count(b"~", plan.span.start, chunk.body.start)


def test_the_guide_says_what_an_item_is() -> None:
    """ST01 names another transaction than the guide of GS08: the guide is read, so a CLM in a remittance guide stands outside."""
    content = CONTENT["835_paid_denied"].replace(b"ST*835*", b"ST**").replace(b"LX*1~", b"CLM*1~LX*1~", 1)
    found = _scanned(content)
    assert [one.tag for one in found if isinstance(one, LooseItem)] == ["CLM"]
    assert [one.items for one in found if isinstance(one, SetPlan)] == [2]


def test_a_group_of_another_function_is_reported_once() -> None:
    content = CONTENT["second_set_bad"].replace(b"GS*HC*", b"GS*HP*")
    assert converted(content).codes().count("GS_FUNCTION") == 1
