"""Kills a running gateway again and again, and then proves that every claim is on the log exactly once.

`python -m tests.fault.gateway_kill --kills 20 --claims 50000`. The child process runs the real gateway and says on a pipe what it has
acknowledged; the parent kills it with SIGKILL at random moments. What is checked afterwards is computed here, from the raw files with plain
regular expressions; of the gateway only the reader of the log is used.
"""

import argparse
import asyncio
import base64
import hashlib
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from gateway.log import SqliteLog
from gateway.seams import TopicPartition

SITE = "river"
FEEDS = ("alpha", "beta", "gamma")
CLM = re.compile(rb"(?<=~)CLM\*([^*~]*)\*")
WAIT_SECONDS = 60.0
LOOK_SECONDS = 0.005


class Sent(NamedTuple):
    feed: str
    path: Path


# -- files: fixed text, one number put in per claim


def interchange(number: int, claims: range, per_set: int) -> bytes:
    """One 837P with as many transaction sets as `per_set` asks for; control numbers and claim numbers are unique by `number` and `claims`."""
    sets: list[list[str]] = []
    for start in range(claims.start, claims.stop, per_set):
        body = [
            f"ST*837*{len(sets) + 1:04d}*005010X222A1", f"BHT*0019*00*{number}*20250101*1200*CH",
            "NM1*41*2*SENDING HOUSE*****46*SENDER1", "PER*IC*DESK*TE*5550100000", "NM1*40*2*RECEIVING PLAN*****46*PLAN1",
            "HL*1**20*1", "NM1*85*2*INVENTED CLINIC*****XX*1234567893", "N3*1 MAIN STREET", "N4*ANYTOWN*NY*100011234", "REF*EI*123456789",
        ]  # fmt: skip
        for level, claim in enumerate(range(start, min(start + per_set, claims.stop)), 2):
            body += [
                f"HL*{level}*1*22*0", "SBR*P*18*******CI", f"NM1*IL*1*SAMPLE*PERSON****MI*M{claim:08d}", "N3*2 ELM STREET",
                "N4*ANYTOWN*NY*100011234", "DMG*D8*19800101*U", "NM1*PR*2*INVENTED PAYER*****PI*PAYER1",
                f"CLM*K{claim:08d}*100***11:B:1*Y*A*Y*Y", "HI*ABK:J069", "LX*1", "SV1*HC:99213*100*UN*1***1", "DTP*472*D8*20250101",
            ]  # fmt: skip
        sets.append([*body, f"SE*{len(body) + 1}*{len(sets) + 1:04d}"])
    isa = f"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *250101*1200*^*00501*{number:09d}*0*T*:"
    gs = f"GS*HC*SENDER*RECEIVER*20250101*1200*{number}*X*005010X222A1"
    lines = [isa, gs, *(segment for body in sets for segment in body), f"GE*{len(sets)}*{number}", f"IEA*1*{number:09d}"]
    return ("~".join(lines) + "~").encode()


def write_files(folder: Path, claims: int, chance: random.Random) -> list[Sent]:
    """Small, middling and large files (one set or many) over several feeds, `claims` in all."""
    files: list[Sent] = []
    done = 0
    while done < claims:
        wanted = chance.choice((1, 3, 20, 20, 150, 400, 900))
        numbers = range(done, min(done + wanted, claims))
        done = numbers.stop
        path = folder / f"{len(files):05d}.x12"
        path.write_bytes(interchange(len(files) + 1, numbers, chance.choice((1, 7, 10_000))))
        files.append(Sent(chance.choice(FEEDS), path))
    return files


# -- the child: a real gateway, fed over a pipe


def run_child(data: Path, chunk_bytes: int) -> None:
    # imported here: the parent and the checker do without the gateway
    from gateway.config import Config, LimitSettings, LogSettings
    from gateway.runtime import Gateway
    from gateway.sites import Feed, Site

    async def serve() -> None:
        limits = LimitSettings(chunk_bytes=chunk_bytes, inline_bytes=4096)
        config = Config(data_dir=data, workers=2, limits=limits, log=LogSettings(partitions=3))
        site = Site(id=SITE, feeds=tuple(Feed(id=feed) for feed in FEEDS))
        async with Gateway(config, {SITE: site}) as gateway:
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


async def pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 16):
            yield piece


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


# -- the parent: feeds, kills, starts again


class Child:
    """A gateway in a process of its own. `acknowledged` are the lines it has said."""

    def __init__(self, data: Path, chunk_bytes: int) -> None:
        quiet = "-Wignore::UserWarning:multiprocessing.resource_tracker"  # says after each kill that it has cleaned up
        command = [sys.executable, quiet, "-m", "tests.fault.gateway_kill", "--child", str(data), "--chunk", str(chunk_bytes)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self.process = subprocess.Popen(command, cwd=Path(__file__).parents[2], **pipes)  # type: ignore[call-overload]
        assert self.out.readline().strip() == "ready"
        self.children = processes_below(self.process.pid)

    @property
    def out(self) -> TextIO:
        return self.process.stdout

    def send(self, line: str) -> None:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def kill(self) -> list[str]:
        """SIGKILL to this one process; what it had still said, and its children, which must end by themselves."""
        self.process.send_signal(signal.SIGKILL)
        rest = self.out.read()
        self.process.wait()
        wait_for_end(self.children)
        return [line for line in rest.split("\n")[:-1] if line]

    def stop(self) -> None:
        self.process.stdin.close()
        assert self.process.wait(WAIT_SECONDS) == 0


def processes_below(pid: int) -> list[int]:
    """Children and theirs, from /proc."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, pending = [], [pid]
    while pending:
        below = parents.get(pending.pop(), [])
        found += below
        pending += below
    return found


def wait_for_end(pids: list[int]) -> None:
    """Workers of a killed gateway end by themselves; one that stays fails the proof."""
    deadline = time.monotonic() + WAIT_SECONDS
    for pid in pids:
        while alive(pid):
            assert time.monotonic() < deadline, f"process {pid} has outlived its gateway"
            time.sleep(LOOK_SECONDS)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def run(kills: int, claims: int, seed: str, folder: Path, chunk_bytes: int = 64 << 10) -> dict[str, int]:
    """Kill `kills` times while `claims` claims pass; returns what was counted. Raises AssertionError when a promise is broken."""
    chance = random.Random(seed)
    inbox, data = folder / "files", folder / "data"
    inbox.mkdir()
    files = write_files(inbox, claims, chance)
    pending, acknowledged = list(reversed(files)), dict[Sent, str]()
    share = max(1, len(files) // (kills + 1))
    child = Child(data, chunk_bytes)
    interrupted = 0
    for number in range(kills):
        goal = len(acknowledged) + chance.randint(1, share)
        under_way = feed_some(child, pending, acknowledged, goal, chance)
        STRIKES[number % len(STRIKES)](data, chance)
        for line in child.kill():
            note(line, acknowledged)
        interrupted += asyncio.run(unfinished(data, acknowledged)) > 0
        pending += [sent for sent in reversed(under_way) if sent not in acknowledged]
        child = Child(data, chunk_bytes)
    feed_some(child, pending, acknowledged, len(files), chance)
    again = resend(child, chance.sample(sorted(acknowledged), min(20, len(acknowledged))), acknowledged)
    child.send("idle")
    assert child.out.readline().strip() == "idle"
    child.stop()
    return {"kills": kills, "interrupted": interrupted, "files": len(files), "resent": again, **asyncio.run(check(data, files, acknowledged))}


def feed_some(child: Child, pending: list[Sent], acknowledged: dict[Sent, str], goal: int, chance: random.Random) -> list[Sent]:
    """Send files, up to four at a time unanswered, until `goal` are acknowledged in all; those still under way."""
    under_way: list[Sent] = []
    while len(acknowledged) < goal and (pending or under_way):
        while pending and len(under_way) < 4:
            sent = pending.pop()
            under_way.append(sent)
            child.send(json.dumps([sent.feed, str(sent.path)]))
        note(child.out.readline(), acknowledged)
        under_way = [sent for sent in under_way if sent not in acknowledged]
    return under_way


def resend(child: Child, some: list[Sent], acknowledged: dict[Sent, str]) -> int:
    """The same bytes again on the same feed: the same receipt, and known as a duplicate."""
    for sent in some:
        child.send(json.dumps([sent.feed, str(sent.path)]))
        _, _, receipt, duplicate = json.loads(child.out.readline())
        assert duplicate, "an exact resend was taken as new"
        assert receipt == acknowledged[sent], "an exact resend got another receipt"
    return len(some)


def note(line: str, acknowledged: dict[Sent, str]) -> None:
    feed, path, receipt, _ = json.loads(line)
    known = acknowledged.setdefault(Sent(feed, Path(path)), receipt)
    assert known == receipt, "the same bytes got two receipts"


def strike_at_once(data: Path, chance: random.Random) -> None:
    """Right after an acknowledgement: what was said must be on disk."""


def strike_after_a_commit(data: Path, chance: random.Random) -> None:
    """Right after one of the next transactions of the log: what belongs together must be in one of them."""
    wal = data / "log.db-wal"
    wanted, deadline = chance.randint(1, 25), time.monotonic() + 1.0
    size = wal.stat().st_size
    while wanted and time.monotonic() < deadline:
        now = wal.stat().st_size
        wanted -= now != size
        size = now


def strike_some_time(data: Path, chance: random.Random) -> None:
    """Anywhere, sooner rather than later."""
    time.sleep(chance.random() ** 2 * 0.6)


STRIKES = (strike_after_a_commit, strike_at_once, strike_after_a_commit, strike_some_time)


# -- the checker


def receipt_of(feed: str, content: bytes) -> str:
    """As the design says: base32 of the SHA-256 over site, feed and the file's SHA-256."""
    name = "\0".join((SITE, feed, hashlib.sha256(content).hexdigest()))
    return base64.b32encode(hashlib.sha256(name.encode()).digest()).decode()[:26].lower()


def expected_ids(files: list[Sent], acknowledged: dict[Sent, str]) -> Iterator[tuple[str, str]]:
    """(event id, patient control number) of every CLM, from the bytes."""
    for sent in files:
        content = sent.path.read_bytes()
        receipt = receipt_of(sent.feed, content)
        assert acknowledged[sent] == receipt, "an acknowledged receipt is not that of the bytes"
        for found in CLM.finditer(content):
            yield f"{receipt}.{found.start()}.claim.submitted", found[1].decode()


async def check(data: Path, files: list[Sent], acknowledged: dict[Sent, str]) -> dict[str, int]:
    """Every CLM of every acknowledged file once on the log, nothing else there, each feed's claims in order, every record whole."""
    expected = dict(expected_ids(files, acknowledged))
    log = await SqliteLog.open(data / "log.db")
    try:
        seen: Counter[str] = Counter()
        for topic, spec in (await log.topics()).items():
            if topic in ("claims", "claims.test", "batches", "batches.test"):
                for number in range(spec.partitions):
                    await read_partition(log, TopicPartition(topic, number), expected, seen)
        assert not await log.verify()
        done = await finished(log)
    finally:
        await log.close()
    twice = [event for event, count in seen.items() if count > 1]
    assert not twice, f"{len(twice)} events are on the log more than once"
    missing = expected.keys() - seen.keys()
    assert not missing, f"{len(missing)} of {len(expected)} claims are missing"
    assert done == set(acknowledged.values()), "an acknowledged file was not finished"
    return {"claims": len(expected), "events": sum(seen.values())}


async def read_partition(log: SqliteLog, partition: TopicPartition, expected: dict[str, str], seen: Counter[str]) -> None:
    at = (await log.offsets(partition))[0]
    last: dict[str, int] = {}
    while records := await log.read(partition, at):
        at = records[-1].offset + 1
        for record in records:
            headers = dict(record.headers)
            event = headers["ce_id"].decode()
            assert event in expected, "an event that no claim of a file accounts for"
            assert json.loads(record.value)["patient_control_number"] == expected[event], "an event has another claim's content"
            assert partition.topic == "claims.test", "test traffic is on a topic of production"
            receipt, offset = event.split(".")[:2]
            assert int(offset) >= last.get(receipt, 0), "claims of a file are out of order"
            last[receipt] = int(offset)
            seen[event] += 1


async def unfinished(data: Path, acknowledged: dict[Sent, str]) -> int:
    """How many acknowledged files a killed gateway had not finished: a kill that finds none proves little."""
    log = await SqliteLog.open(data / "log.db")
    try:
        return len(set(acknowledged.values()) - await finished(log))
    finally:
        await log.close()


async def finished(log: SqliteLog) -> set[str]:
    """Receipts whose end is on the topic `outcomes`; each ends once."""
    ends: Counter[str] = Counter()
    for number in range((await log.topics())["outcomes"].partitions):
        partition = TopicPartition("outcomes", number)
        at = 0
        while records := await log.read(partition, at):
            at = records[-1].offset + 1
            ends.update(record.key.decode() for record in records if json.loads(record.value)["kind"] == "done")
    assert set(ends.values()) <= {1}, "a file was finished twice"
    return set(ends)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--claims", type=int, default=50_000)
    parser.add_argument("--seed", default="gateway")
    parser.add_argument("--chunk", type=int, default=64 << 10)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        run_child(options.child, options.chunk)
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(run(options.kills, options.claims, options.seed, Path(folder), options.chunk)))


if __name__ == "__main__":
    main()
