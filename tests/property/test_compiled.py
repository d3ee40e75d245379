"""The compiled lane and the reader alone give the same events, findings, counts and sums, byte for byte, whatever the bytes and however they are cut.

Without the extension both sides are the reader, and these are tests of cuts only.
"""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.x12.convert import Settings
from parsers.x12.delimiters import Delimiters
from parsers.x12.frames import Limits
from parsers.x12.instance import Chances, instance
from parsers.x12.plan import ScanLimits
from parsers.x12.writer import USUAL, Group, Interchange, Set, write
from schemas.x12 import guide, guide_names
from tests.engines import assert_equal
from tests.property.test_mutations import MUTATIONS, SEEDS, world

ENVELOPE = Interchange("SENDER", "RECEIVER", "240131", "1405", 1)
CLAIMS = ("837P", "837I", "837D", "835")
KINDS = st.sampled_from(["837p", "837i", "837d", "835"])
GUIDES = st.sampled_from([*CLAIMS, *CLAIMS, *(name for name in guide_names() if guide(name).versions)])
LAYOUTS = st.sampled_from([
    (USUAL, ""), (USUAL, "\n"), (USUAL, "\r\n"), (USUAL, " "), (Delimiters("|", ">", "!", "\n"), ""), (Delimiters("|", ">", "!", "\r"), "\n"),
    (Delimiters("*", ">", "^", "$%"), ""), (Delimiters("\x1d", "\x1f", "\x1e", "\x1c"), ""),
])  # fmt: skip
CUTS = st.one_of(
    st.just(ScanLimits()),
    st.tuples(st.integers(120, 3000), st.integers(5, 3000), st.integers(100, 9000)).map(lambda n: ScanLimits(block=n[0], read=n[1], chunk=n[2])),
)
POLICIES = st.dictionaries(
    st.sampled_from(["NPI_CHECK_DIGIT", "SEGMENT_UNEXPECTED", "ELEMENT_CODE", "CHARGE_BALANCE", "CODE_FORM", "DIAGNOSIS_POINTER"]),
    st.sampled_from(["ignore", "report", "reject", "reject_set"]),
)
LIMITS = st.sampled_from([Limits(), Limits(item_segments=30), Limits(item_findings=2)])
SETTINGS = st.tuples(POLICIES, CUTS, LIMITS).map(lambda parts: Settings(policy=parts[0], scan=parts[1], item=parts[2]))
BYTES = (
    b"~",
    b"*",
    b":",
    b" ",
    b"\n",
    b"\x07",
    b"\xe9",
    b"\xc3\xa9",
    b'"',
    b"\\",
    b"HL22~",
    b"HL*9**22*1~",
    b"~~",
    b"~ \n",
    b"ZZ*1~",
    b"CLM~",
    b"LX*~",
)


@settings(max_examples=100, deadline=None)
@given(GUIDES, SEEDS, LAYOUTS, SETTINGS, st.integers(0, 6))
def test_generated_sets(name: str, seed: int, layout: tuple[Delimiters, str], how: Settings, damages: int) -> None:
    """Sets generated from the guide tables, with bytes put in and left out."""
    rng, source = Random(seed), guide(name)
    sets = [Set(f"{number:04d}", instance(source, rng, chances)) for number, chances in ((1, Chances(0.1, 0.2, 2)), (2, Chances(0)))]
    body = b"".join(write(ENVELOPE, [Group(source, "APP", "OTHER", "20240131", "1405", 1, sets)], *layout))
    for _ in range(damages):
        at = rng.randrange(min(110, len(body)), len(body) + 1)
        body = body[:at] + rng.choice((*BYTES, b"")) + body[at + rng.choice((0, 0, 1, 30)) :]
    assert_equal(body, how)


@settings(max_examples=150, deadline=None)
@given(KINDS, SEEDS, SETTINGS, st.lists(st.sampled_from(sorted(MUTATIONS)), max_size=5))
def test_a_world_of_claims(kind: str, seed: int, how: Settings, mutations: list[str]) -> None:
    """Claims of everyday, most of them without a finding, next to broken ones."""
    rng, segments = Random(seed), world()[kind].split(b"~")
    for name in mutations:
        if len(segments) > 1:
            segments = MUTATIONS[name](segments, rng.randrange(1, len(segments)), rng)
    assert_equal(b"~".join(segments), how)


VALUES = (
    "", "0", "1", "2", "-1", ".5", "007", "12.345", "99", "20150930", "20260101", "A", "AA", "OA", "US", "CA", "ON", "XX", "11", "18",
    "21", "41", "99213", "A0225", "D0120", "J3420", "Z00", "00123", "902101234", "123456789", "M16", "N130", "45", "97", "253", "PR", "CO", "22",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(KINDS, SEEDS, st.integers(1, 4))
def test_other_values(kind: str, seed: int, times: int) -> None:
    """One element or component after another says something else: amounts that no longer add up, codes of other sets, dates in another order."""
    rng, segments = Random(seed), world()[kind].decode("ascii").split("~")
    pool = [element for segment in segments for element in segment.strip().split("*")[1:]]
    places: dict[str, list[int]] = {}
    for at, segment in enumerate(segments[3:], 3):
        places.setdefault(segment.strip()[:6], []).append(at)
    for _ in range(times):
        at = rng.choice(rng.choice(list(places.values())))  # rare segments as often as others
        elements = segments[at].split("*")
        number = rng.randrange(len(elements))
        parts = elements[number].split(":")
        parts[rng.randrange(len(parts))] = rng.choice((rng.choice(VALUES), rng.choice(pool)))
        elements[number] = ":".join(parts)
        if number:
            segments[at] = "*".join(elements)
    assert_equal("~".join(segments).encode("ascii"))
