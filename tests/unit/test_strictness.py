"""What a site's strictness per finding code does: report, ignore, reject a claim, reject a whole set."""

import pytest

from parsers.x12.convert import Event, Origin, Settings, Summary, convert
from parsers.x12.frames import Limits
from schemas.envelope import Finding

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240131*1405*^*00501*000000001*0*T*:~"


def remittance(*sets: str) -> bytes:
    return (ISA + "GS*HP*APP*OTHER*20240131*1405*1*X*005010X221A1~" + "".join(sets) + f"GE*{len(sets)}*1~IEA*1*000000001~").encode()


def one_set(number: str = "0001", paid: str = "60", count: int | None = None, charge: str = "100") -> str:
    """An 835 of one claim: 100 charged, 40 contractual, 60 paid, when nothing is said."""
    body = [
        f"ST*835*{number}", f"BPR*I*{paid}*C*CHK************20240131", "TRN*1*CHECK1*1123456789", "DTM*405*20240131", "N1*PR*PAYER", "N3*1 ROAD",
        "N4*TOWN*PA*17111", "PER*BL*DESK*TE*5555550100", "N1*PE*PAYEE*XX*1234567893", "LX*1", f"CLP*PCN1*1*{charge}*60**12*PAYERNO1", "CAS*CO*45*40",
        "NM1*QC*1*DOE*JANE", "DTM*050*20240130",
    ]  # fmt: skip
    return "~".join([*body, f"SE*{count or len(body) + 1}*{number}"]) + "~"


def read(content: bytes, limits: Limits | None = None, **policy: str) -> tuple[list[Event], list[Finding], Summary]:
    settings = Settings(policy=policy, item=limits or Limits())
    outputs = list(convert(lambda offset, length: content[offset : offset + length], len(content), Origin(), settings))
    summary = outputs[-1]
    assert isinstance(summary, Summary)
    return [o for o in outputs if isinstance(o, Event)], [o for o in outputs if isinstance(o, Finding)], summary


def test_the_sample_has_nothing_wrong():
    events, findings, summary = read(remittance(one_set()))
    assert (len(events), findings, summary.exit_code) == (2, [], 0)


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("SE_COUNT", remittance(one_set(count=99))),
        ("REMIT_PAYMENT_BALANCE", remittance(one_set(paid="61"))),
        ("REMIT_CLAIM_BALANCE", remittance(one_set(charge="101"))),
    ],
)
def test_a_finding_raised_to_the_set_refuses_it_before_its_first_event(code, content):
    events, findings, summary = read(content)
    assert len(events) == 2
    assert code in {finding.code for finding in findings}
    events, findings, summary = read(content, **{code: "reject_set"})
    assert events == []
    assert (summary.counts.published, summary.counts.refused, summary.exit_code) == (0, 1, 1)
    assert code in {finding.code for finding in findings}
    assert [finding.item for finding in findings if finding.code == "ITEM_IN_REFUSED_SET"]


def test_a_refused_set_leaves_its_neighbour_alone():
    _, _, summary = read(remittance(one_set(count=99), one_set("0002")), SE_COUNT="reject_set")
    assert (summary.counts.published, summary.counts.refused) == (1, 1)


def test_a_finding_about_a_set_rejects_the_set_since_there_is_no_less():
    _, _, summary = read(remittance(one_set(count=99)), SE_COUNT="reject")
    assert summary.counts.refused == 1


def test_reject_refuses_the_claim_and_its_set_goes_on():
    events, findings, summary = read(remittance(one_set(charge="101")), REMIT_CLAIM_BALANCE="reject")
    assert [event.attributes["type"] for event in events] == ["clearplane.remittance.received.v1"]
    assert summary.counts.refused == 1
    assert [finding.outcome for finding in findings if finding.code == "REMIT_CLAIM_BALANCE"] == ["refused"]


def test_report_takes_a_set_that_would_be_refused():
    twice = remittance(one_set(), one_set())
    assert read(twice)[2].counts.refused == 1
    events, findings, summary = read(twice, ST_DUPLICATE="report")
    assert (len(events), summary.counts.refused) == (4, 0)
    assert [finding.outcome for finding in findings if finding.code == "ST_DUPLICATE"] == ["reported"]


def test_an_unknown_guide_stays_refused():
    content = remittance(one_set()).replace(b"005010X221A1", b"004010X091A1")
    assert read(content, GUIDE_UNKNOWN="report")[2].counts.refused == 1


def test_ignore_lists_nothing_and_does_not_count_towards_the_exit_code():
    for content, code in ((remittance(one_set(count=99)), "SE_COUNT"), (remittance(one_set(paid="61")), "REMIT_PAYMENT_BALANCE")):
        _, findings, summary = read(content, **{code: "ignore"})
        assert (findings, summary.exit_code) == ([], 0)


def test_what_refuses_a_set_is_seen_behind_the_limit_of_listed_findings():
    content = remittance(one_set(count=18)).replace(b"DTM*405*20240131~", b"QQQ*1~QQQ*1~QQQ*1~DTM*405*20241331~")
    assert read(content)[2].counts.published == 1
    assert read(content, Limits(item_findings=2), ELEMENT_DATE="reject_set")[2].counts.refused == 1
