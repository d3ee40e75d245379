"""Kills a gateway that acknowledges what it receives, again and again, and then proves that every sender was answered once and rightly.

`python -m tests.fault.answers_kill --kills 50 --files 1000 [--log kafka]`. A kill counts when the gateway had published a file's events
but not its acknowledgements. Acknowledgements of others come in too, before or after what they speak of, and are linked. What is checked
afterwards is computed from the raw files, and from the events and acknowledgements as they are on the log and in the folders, with plain string
splitting; of the gateway only the readers of log and blobs are used.
"""

import argparse
import asyncio
import hashlib
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

from gateway.log import SqliteLog
from gateway.seams import Log, Record, TopicPartition
from tests.fault.brokers import LOGS, servers_of
from tests.fault.gateway_kill import Child, interchange, pieces, processes_below, receipt_of, say

SITE = "river"
FEEDS = ("alpha", "beta")
BACK = "back"
"""Feed of the acknowledgements that come in."""
PARTITIONS = 3
IN_HAND = 8
LOOK_SECONDS = 2.0
"""How long a file is waited for whose events are published and whose acknowledgements are not."""
ROUNDS = 4
"""Kills tried for each one that has to count."""
MIXES = ("whole", "refused set", "refused claim", "asks for TA1")


class Sent(NamedTuple):
    feed: str
    path: Path


class Plane(NamedTuple):
    """Where the gateway under test keeps things. `servers`: of Kafka, none: the embedded log."""

    folder: Path
    servers: tuple[str, ...]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def outbox(self, feed: str) -> Path:
        return self.folder / "out" / feed


# -- files


def content_of(number: int, mix: str) -> bytes:
    """Six claims in three sets. Control numbers and claim numbers are unique by `number`."""
    content = interchange(number, range(number * 10, number * 10 + 6), 2)
    if mix == "refused set":
        return content.replace(b"*0002~ST", b"*9999~ST")  # SE02 of the second set
    if mix == "refused claim":
        return content.replace(b"CLM*K%08d*" % (number * 10 + 3), b"CLM**")
    return content.replace(b"*0*T*:", b"*1*T*:") if mix == "asks for TA1" else content


def note_of(number: int) -> bytes:
    """A TA1 for the interchange of that number, by its receiver."""
    isa = f"ISA*00*          *00*          *ZZ*RECEIVER       *ZZ*SENDER         *250101*1200*^*00501*{number:09d}*0*T*:"
    return f"{isa}~TA1*{number:09d}*250101*1200*A*000~IEA*0*{number:09d}~".encode()


def write_files(folder: Path, count: int, chance: random.Random) -> tuple[list[Sent], list[Sent]]:
    """Files that are answered, and answers to some of them."""
    folder.mkdir()
    files, notes = [], []
    for number in range(1, count + 1):
        path = folder / f"{number:05d}.x12"
        path.write_bytes(content_of(number, MIXES[number % len(MIXES)]))
        files.append(Sent(chance.choice(FEEDS), path))
        if number % 2 == 0:
            note = folder / f"{number:05d}.ta1"
            note.write_bytes(note_of(number))
            notes.append(Sent(BACK, note))
    return files, notes


# -- the child: a real gateway, fed over a pipe


def run_child(plane: Plane) -> None:
    from gateway.answers.settings import AnswerSettings, DirectorySink
    from gateway.config import Config, KafkaSettings, LogSettings
    from gateway.runtime import Gateway
    from gateway.sites import Feed, Site

    def feed_of(name: str) -> Feed:
        folder = DirectorySink(type="directory", path=plane.outbox(name))
        return Feed(id=name, answers=AnswerSettings(claims="277CA", sinks=(folder,)))

    async def serve() -> None:
        kafka = KafkaSettings(servers=plane.servers or ("127.0.0.1:9092",), session_seconds=1.0)
        log = LogSettings(kind="kafka" if plane.servers else "embedded", prefix=prefix_of(plane), partitions=PARTITIONS, kafka=kafka)
        site = Site(id=SITE, links=True, feeds=(*map(feed_of, FEEDS), Feed(id=BACK)))
        async with Gateway(Config(data_dir=plane.data, workers=1, log=log), {SITE: site}) as gateway:
            await gateway.preparation.succeeded()
            say("ready")
            while line := await asyncio.to_thread(sys.stdin.readline):
                if line.strip() == "idle":
                    await gateway.wait_idle()
                    say("idle")
                    continue
                feed, path = json.loads(line)
                accepted = await gateway.intake.accept(SITE, feed, pieces(Path(path)), Path(path).name)
                say(json.dumps([feed, path, accepted.receipt, accepted.duplicate]))

    asyncio.run(serve())


def prefix_of(plane: Plane) -> str:
    return f"{plane.folder.name}-" if plane.servers else ""


class AnsweringChild(Child):
    def __init__(self, plane: Plane) -> None:
        quiet = "-Wignore::UserWarning:multiprocessing.resource_tracker"  # says after each kill that it has cleaned up
        command = [sys.executable, quiet, "-m", "tests.fault.answers_kill", "--child", str(plane.folder), "--servers", ",".join(plane.servers)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self.process = subprocess.Popen(command, cwd=Path(__file__).parents[2], **pipes)  # type: ignore[call-overload]
        assert self.out.readline().strip() == "ready"
        self.children = processes_below(self.process.pid)

    def hand_over(self, files: list[Sent]) -> None:
        """Returns when all of them are acknowledged, a few at a time unanswered."""
        waiting = 0
        for sent in files:
            self.send(json.dumps([sent.feed, str(sent.path)]))
            waiting += 1
            if waiting == IN_HAND:
                self.out.readline()
                waiting -= 1
        for _ in range(waiting):
            self.out.readline()


# -- the parent: feeds, kills, starts again


def run(kills: int, files: int, seed: str, folder: Path, servers: tuple[str, ...] = ()) -> dict[str, int]:
    """Kill until `kills` have counted while `files` files pass; returns what was counted. Raises AssertionError when a promise is broken."""
    chance = random.Random(seed)
    plane = Plane(folder, servers)
    answered, notes = write_files(folder / "files", files, chance)
    sent = chance.sample([*answered, *notes], len(answered) + len(notes))
    share = max(1, len(sent) // (kills + 1))
    child, at, counted, tried = AnsweringChild(plane), 0, 0, 0
    while counted < kills and tried < kills * ROUNDS:
        some = sent[at : at + share] or chance.sample(sent, min(share, len(sent)))  # at the end resends keep it busy
        at += len(some)
        child.hand_over(some)
        asyncio.run(seen_between(plane))
        child.kill()
        tried += 1
        counted += asyncio.run(between(plane)) > 0
        child = AnsweringChild(plane)
    child.hand_over(sent[at:])
    child.hand_over(chance.sample(sent, min(20, len(sent))))
    child.send("idle")
    assert child.out.readline().strip() == "idle"
    child.stop()
    return {"kills": tried, "between": counted, "files": files, **asyncio.run(check(plane, answered, notes))}


class Watch:
    """Reads on where it was, so that a look costs little however long the log is."""

    def __init__(self, log: Log, plane: Plane) -> None:
        self._log, self._plane = log, plane
        self._at: dict[TopicPartition, int] = {}
        self._notes, self._done, self._answered = set[str](), set[str](), set[str]()

    async def between(self) -> int:
        """Files whose events are published and whose acknowledgements are not."""
        self._notes |= {header(record, "receipt") for record in await self._more("intake") if header(record, "feed") == BACK}
        self._done |= {record.key.decode() for record in await self._more("outcomes") if json.loads(record.value)["kind"] == "done"}
        self._answered |= {header(record, "receipt") for record in await self._more("outbound")}
        return len(self._done - self._answered - self._notes)

    async def _more(self, topic: str) -> list[Record]:
        return await records(self._log, self._plane, topic, at=self._at)


async def between(plane: Plane) -> int:
    """As a killed gateway has left it."""
    log = await open_log(plane)
    try:
        return await Watch(log, plane).between()
    finally:
        await log.close()


async def seen_between(plane: Plane) -> None:
    """Returns when there is one, or after a while: everything handed over may be answered already."""
    log = await open_log(plane)
    try:
        watch, deadline = Watch(log, plane), time.monotonic() + LOOK_SECONDS
        while not await watch.between() and time.monotonic() < deadline:
            pass
    finally:
        await log.close()


async def open_log(plane: Plane) -> Log:
    if not plane.servers:
        return await SqliteLog.open(plane.data / "log.db")
    from gateway.blobs import DirectoryBlobs
    from gateway.config import KafkaSettings
    from gateway.log.kafka import KafkaLog

    return await KafkaLog.open(KafkaSettings(servers=plane.servers), prefix_of(plane), DirectoryBlobs(plane.data / "values"))


async def records(log: Log, plane: Plane, topic: str, at: dict[TopicPartition, int] | None = None) -> list[Record]:
    """All of a topic, or what came since the offsets of `at`, which move on."""
    found: list[Record] = []
    offsets = {} if at is None else at
    for number in range(PARTITIONS):
        partition = TopicPartition(prefix_of(plane) + topic, number)
        if partition not in offsets:
            offsets[partition] = (await log.offsets(partition))[0]
        while some := await log.read(partition, offsets[partition]):
            found += some
            offsets[partition] = some[-1].offset + 1
    return found


def header(record: Record, name: str) -> str:
    return dict(record.headers)[name].decode()


# -- the checker


class Said(NamedTuple):
    """What the acknowledgements of a file say: sets by how they ended, claims by how they ended."""

    sets: dict[str, str]
    accepted: set[str]
    rejected: set[str]


async def check(plane: Plane, files: list[Sent], notes: list[Sent]) -> dict[str, int]:
    """Every file has exactly the acknowledgements it asks for; they are in the folder, agree with the events, and no control number repeats.

    Every note is linked once, to the file it speaks of.
    """
    log = await open_log(plane)
    try:
        published = claims_by_receipt(await records(log, plane, "claims.test"))
        outbound = await records(log, plane, "outbound")
        check_links(await records(log, plane, "batches.test"), plane, files, notes)
        assert not await log.verify()
    finally:
        await log.close()
    sent = by_name(outbound, plane)
    wanted: set[str] = set()
    for each in files:
        content = each.path.read_bytes()
        receipt = receipt_of(each.feed, content)
        names = {kind: f"{receipt}.0.{kind}.x12" for kind in kinds_of(content)}
        wanted |= set(names.values())
        answers = {kind: (plane.outbox(each.feed) / name).read_bytes() for kind, name in names.items()}
        for kind, name in names.items():
            assert hashlib.sha256(answers[kind]).hexdigest() == sent[name], "the folder holds other bytes than the topic names"
        agree(content, said_of(answers), published[receipt])
    # what begins with a dot was being written when its gateway was killed; no partner takes it
    shown = [path for feed in FEEDS for path in plane.outbox(feed).iterdir() if not path.name.startswith(".")]
    in_folders = {path.name for path in shown}
    assert in_folders == wanted == set(sent), f"{len(wanted - in_folders)} acknowledgements are missing, {len(in_folders - wanted)} nobody asked for"
    numbers = Counter(control_number(path.read_bytes()) for path in shown)
    assert set(numbers.values()) == {1}, "a control number was used twice"
    return {"acknowledgements": len(wanted), "records": len(outbound)}


def check_links(events: list[Record], plane: Plane, files: list[Sent], notes: list[Sent]) -> None:
    links = [event for event in events if ".answer.linked~" in header(event, "ce_id")]
    ids = Counter(header(event, "ce_id") for event in links)
    assert plane.servers or set(ids.values()) == {1}, "a link stands on the log twice"
    made = {json.loads(event.value)["answer"]: json.loads(event.value)["request"] for event in links}
    receipts = {sent.path.stem: receipt_of(sent.feed, sent.path.read_bytes()) for sent in files}
    expected = {receipt_of(BACK, note.path.read_bytes()): f"{receipts[note.path.stem]}.0" for note in notes}
    assert {answer.split(".")[0]: request for answer, request in made.items()} == expected, "a note is not linked to its file"
    assert len(ids) == len(notes), "a note is linked twice"


def claims_by_receipt(events: list[Record]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for event in events:
        found[header(event, "ce_id").split(".")[0]].add(json.loads(event.value)["patient_control_number"])
    return found


def by_name(outbound: list[Record], plane: Plane) -> dict[str, str]:
    """Hash of the bytes by name. One delivery each for the file and for every resend; on the embedded log each stands once."""
    ids = Counter(header(record, "id") for record in outbound)
    assert plane.servers or set(ids.values()) == {1}, "a delivery stands on the log twice"
    found: dict[str, str] = {}
    for record in outbound:
        name, sha256 = header(record, "name"), header(record, "sha256")
        assert found.setdefault(name, sha256) == sha256, "an acknowledgement was said in two ways"
        assert hashlib.sha256(record.value).hexdigest() == sha256
    assert set(found) == {each.split("/")[1] for each in ids if each.count("/") == 1}, "only a resend was answered"
    return found


def kinds_of(content: bytes) -> tuple[str, ...]:
    return ("ta1", "999", "277ca") if b"*1*T*:" in content else ("999", "277ca")


def segments(content: bytes) -> list[list[str]]:
    return [segment.split("*") for segment in content.decode().replace("\n", "").split("~") if segment]


def said_of(answers: dict[str, bytes]) -> Said:
    sets, number = {}, ""
    for segment in segments(answers["999"]):
        if segment[0] == "AK2":
            number = segment[2]
        elif segment[0] == "IK5":
            sets[number] = segment[1]
    accepted: set[str] = set()
    rejected: set[str] = set()
    level = claim = ""
    for segment in segments(answers["277ca"]):
        if segment[0] == "HL":
            level, claim = segment[3], ""
        elif segment[0] == "TRN" and level == "PT":
            claim = segment[2]
        elif segment[0] == "STC" and claim:
            (accepted if segment[3] == "WQ" else rejected).add(claim)
    return Said(sets, accepted, rejected)


def agree(content: bytes, said: Said, published: set[str]) -> None:
    """R is said of a set exactly when nothing of it was published; a claim is accepted exactly when its event is there."""
    for found in re.finditer(rb"ST\*837\*(\d+)\*.*?SE\*\d+\*\d+~", content):
        claims = {claim.decode() for claim in re.findall(rb"CLM\*(\w+)\*", found[0])}
        assert (said.sets[found[1].decode()] == "R") == claims.isdisjoint(published), "the 999 and the events disagree about a set"
    assert said.accepted == published, "the 277CA and the events disagree"
    assert not said.accepted & said.rejected


def control_number(content: bytes) -> tuple[str, ...]:
    """Sender, receiver and ISA13."""
    isa = segments(content)[0]
    return isa[6], isa[8], isa[13]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="kills that have to count")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", default="answers")
    parser.add_argument("--log", choices=LOGS, default="embedded")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--servers", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        run_child(Plane(options.child, tuple(filter(None, options.servers.split(",")))))
        return
    with tempfile.TemporaryDirectory() as folder, servers_of(options.log, Path(folder)) as servers:
        plane = Path(folder) / "plane"
        plane.mkdir()
        print(json.dumps(run(options.kills, options.files, options.seed, plane, servers)))


if __name__ == "__main__":
    main()
