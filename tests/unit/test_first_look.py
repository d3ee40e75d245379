"""What the README shows of `make run` is what the demo says of its sample."""

import re
from collections import Counter, defaultdict
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from gateway.cli.demo import SEED
from gateway.cli.demo_rows import Event, kind_of, number_of, outcome_of, row_of, said
from gateway.synth import write_world
from parsers.formats import convert
from parsers.outputs import Event as Made
from parsers.outputs import Origin
from tests.unit.documents import ROOT

CLAIMS, ZONE = 40, ZoneInfo("America/New_York")
"""As `clearplane demo` has them."""
FEEDS = ("visits", "eligibility", "authorizations", "claims", "acknowledgements", "remits")
"""Of which the README shows something."""
COUNT = re.compile(r"^([a-z]+\.\S+) +(\d+)  (.+)$", re.MULTILINE)
LIFE = re.compile(r"^(\d{4}-\d\d-\d\d)  (\S+) +(\S+) +(.+?)(?:  .*)?$", re.MULTILINE)
PLACE = re.compile(r"^(?:file (\S+)|message) of (\S+), bytes (\d+) to (\d+), segment \d+, \S+:\n  (.+?)(?: \.\.\.)?$", re.MULTILINE)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("first") / "look"
    write_world(CLAIMS, SEED, out, visits="single")
    return out


@pytest.fixture(scope="module")
def events(world: Path) -> list[Event]:
    found: list[Event] = []
    for path in (path for feed in FEEDS for path in world.glob(f"*/{feed}/*")):
        content = path.read_bytes()
        origin = Origin("s", "f", sha256(content).hexdigest(), zone=ZONE)
        made = convert(lambda at, size, content=content: content[at : at + size], len(content), origin)
        found += [{**one.attributes, "data": orjson.loads(one.data)} for one in made if isinstance(one, Made)]
    return found


@pytest.fixture(scope="module")
def shown() -> str:
    return (ROOT / "README.md").read_text("utf-8").split("What `make run` prints, shortened:", 1)[1].split("```")[1]


def test_counts_and_outcomes(shown: str, events: list[Event]) -> None:
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for event in events:
        outcomes[row_of(event)][outcome_of(event)] += 1
    rows = COUNT.findall(shown)
    assert len(rows) > 4
    for row, count, words in rows:
        assert int(count) == outcomes[row].total()
        assert {part for part in words.split(", ") if part} == {f"{number} {word}" for word, number in outcomes[row].items()}


def test_the_life_of_the_claim(shown: str, events: list[Event]) -> None:
    said_of = defaultdict(list)
    for event in events:
        said_of[event.get("time", "")[:10], kind_of(event), number_of(event)].append(said(event))
    rows = LIFE.findall(shown)
    assert len(rows) > 6
    for day, kind, number, words in rows:
        assert any(one.startswith(words) for one in said_of[day, kind, number]), words


def test_places_and_values_in_the_bytes(shown: str, world: Path, events: list[Event]) -> None:
    places = PLACE.findall(shown)
    assert len(places) == shown.count(", bytes ") > 1
    for name, feed, start, end, segment in places:
        paths = [world / feed / name] if name else sorted((world / feed).iterdir())
        value = re.search(rf"^/\S+ = (.+)\n.*bytes {start} to {end},", shown, re.MULTILINE)
        assert value is not None
        holding = [content for content in (path.read_bytes() for path in paths) if segment.encode() in content]
        assert [content[int(start) : int(end)].decode() for content in holding] == [value[1]]
    assert re.search(rf"answered: {len(list(world.rglob('*.hl7')))} AA", shown)


def test_the_last_message_is_one_of_the_sample(shown: str, world: Path) -> None:
    head = re.search(r"> (MSH\S+ \S+ ?\S*)\n  < MSA\|AA\|(\S+)\n", shown)
    assert head is not None
    (content,) = [one for one in (path.read_bytes() for path in world.rglob("*.hl7")) if f"|{head[2]}|".encode() in one]
    assert content.startswith(f"{head[1]}\r".encode())
