"""Interchanges to acknowledge, and their acknowledgements as segments. Two groups; the first has two sets, its first set two claims."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from parsers.x12.acknowledgements import Numbers, Profile, Wanted, wanted, write
from parsers.x12.convert import Origin, Settings, convert
from parsers.x12.plan import ReadAt
from schemas.envelope import Finding

EVERYTHING = Profile(ta1="always", claims="277CA")
AT = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
NUMBERS = Numbers(700, 70, 1)

_ISA = "ISA*00*          *00*          *ZZ*SENDER         *30*RECEIVER       *240115*0930*^*00501*000000905*1*T*:"
_HEAD = """BHT*0019*00*{batch}*20240115*0930*CH
NM1*41*2*BILLING SERVICE*****46*S100
PER*IC*ANN DESK*TE*5550100
NM1*40*2*PAYER HUB*****46*R200
HL*1**20*1
NM1*85*2*CLINIC ONE*****XX*1234567893
N3*1 MAIN ST
N4*SPRINGFIELD*OH*455010000
REF*EI*990000001
HL*2*1*22*0
SBR*P*18*GRP7******CI
NM1*IL*1*ROE*JANE*Q***MI*M1001
N3*2 OAK AVE
N4*SPRINGFIELD*OH*45501
DMG*D8*19800102*F
NM1*PR*2*ALPHA HEALTH*****PI*A100"""
_CLAIM = """CLM*{number}*{charge}***11:B:1*Y*A*Y*Y
REF*D9*TRACE-{number}
HI*ABK:J45909
LX*1
SV1*HC:99213*{charge}*UN*1***1
DTP*472*D8*20240110
REF*6R*LINE-{number}"""


def claims(number: str, *patients: str) -> list[str]:
    """One 837P set, ST to SE, with a claim for each patient control number; 100 is charged for the first, 101 for the next."""
    body = _HEAD.format(batch=f"BATCH{number}").split("\n")
    for at, patient in enumerate(patients):
        body += _CLAIM.format(number=patient, charge=100 + at).split("\n")
    return [f"ST*837*{number}*005010X222A1", *body, f"SE*{len(body) + 2}*{number}"]


_REMITTANCE = """ST*835*0009
BPR*I*60*C*CHK************20240120
TRN*1*CHECK77*1999999999
DTM*405*20240120
N1*PR*ALPHA HEALTH
N3*9 PAYER WAY
N4*SPRINGFIELD*OH*45501
PER*BL*HELP*TE*5550199
N1*PE*CLINIC ONE*XX*1234567893
LX*1
CLP*PCN-A*1*100*60*40*MC*ICN1
CAS*PR*1*40
NM1*QC*1*ROE*JANE
DTM*232*20240110
SE*15*0009"""
REMITTANCE = _REMITTANCE.splitlines()


def interchange() -> list[str]:
    """All segments: sets 0001 (claims PCN-A, PCN-B) and 0002 (PCN-C) in one group, the 835 set 0009 in another."""
    first, second = claims("0001", "PCN-A", "PCN-B"), claims("0002", "PCN-C")
    return [
        _ISA,
        "GS*HC*APPSEND*APPRECV*20240115*0930*31*X*005010X222A1",
        *first,
        *second,
        "GE*2*31",
        "GS*HP*APPSEND*APPRECV*20240115*0930*32*X*005010X221A1",
        *REMITTANCE,
        "GE*1*32",
        "IEA*2*000000905",
    ]


def to_bytes(segments: list[str]) -> bytes:
    return "".join(f"{segment}~\n" for segment in segments).encode("latin-1")


class Answers(NamedTuple):
    """The findings of a file, and its acknowledgements in order with their bytes."""

    findings: list[Finding]
    written: list[tuple[Wanted, bytes]]

    def segments(self, kind: str) -> list[str]:
        """Segments of all acknowledgements of this kind, one after the other."""
        return [text for one, data in self.written if one.kind == kind for text in data.decode("latin-1").split("~") if text]


def findings_of(data: bytes, policy: Mapping[str, str] | None = None, settings: Settings | None = None) -> list[Finding]:
    settings = settings or Settings(policy=dict(policy or {}))
    return [found for found in convert(reader(data), len(data), Origin(), settings) if isinstance(found, Finding)]


def reader(data: bytes) -> ReadAt:
    return lambda offset, length: data[offset : offset + length]


def answers(data: bytes, profile: Profile = EVERYTHING, policy: Mapping[str, str] | None = None) -> Answers:
    return answers_to(data, findings_of(data, policy), profile)


def answers_to(data: bytes, findings: list[Finding], profile: Profile = EVERYTHING, **how: bool) -> Answers:
    """`how`: complete, held."""
    read_at = reader(data)
    lines = wanted(read_at, len(data), findings, profile, **how)
    return Answers(findings, [(one, b"".join(write(one, read_at, len(data), findings, profile, NUMBERS, AT))) for one in lines])
