"""Torture of the embedded log: kills, flipped bits, cut files, full disks.  `python -m tests.fault.log_torture --kills 1000 --flips 2000`

The checks read the file with sqlite3, struct and zstandard alone, so that a fault of the log's own reader cannot hide one of its writer.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import zstandard

from gateway.log import SqliteLog
from gateway.seams import Committed, LogError, LogUnavailable, NewRecord, TopicPartition, TopicSpec

PARTITIONS = 3
TOPICS = [TopicSpec("in", PARTITIONS), TopicSpec("out", PARTITIONS)]
PRODUCERS = 4
LIVES_PER_FILE = 25
HEAD = struct.Struct("<4sIqqqqI8s")
ROW = struct.Struct("<IIII8s")


class ViolationError(AssertionError):
    """A promise of the log is broken."""


def require(holds, text):
    if not holds:
        raise ViolationError(text)


# An independent reader.


def raw_records(path):
    """{(topic, partition): [(offset, key, value)]} in stored order, and {partition: next offset} of group g on topic in."""
    records, positions = defaultdict(list), {}
    with contextlib.closing(sqlite3.connect(path)) as db:
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            return records, positions
        for name, number, data in db.execute("SELECT t.name, b.number, b.data FROM batch b JOIN topic t ON t.id = b.topic ORDER BY b.id"):
            _, count, first, *_, size, _ = HEAD.unpack_from(data)
            body = zstandard.ZstdDecompressor().decompress(data[HEAD.size :], max_output_size=size)
            at = count * ROW.size
            for step, key_size, headers_size, value_size, _ in ROW.iter_unpack(body[:at]):
                value_at = at + key_size + headers_size
                records[name, number].append((first + step, body[at : at + key_size], body[value_at : value_at + value_size]))
                at = value_at + value_size
        for number, offset in db.execute(
            "SELECT p.number, p.next FROM position p JOIN topic t ON t.id = p.topic WHERE p.team = 'g' AND t.name = 'in'"
        ):
            positions[number] = offset
    return records, positions


def check_content(path):
    """Promises that hold whatever was killed. Returns ({producer: calls there}, positions)."""
    records, positions = raw_records(path)
    calls = defaultdict(lambda: defaultdict(set))
    for (topic, number), found in records.items():
        offsets = [offset for offset, _, _ in found]
        require(offsets == sorted(set(offsets)), f"{topic}/{number}: offsets do not rise")
        if topic == "in":
            check_lane(found, calls)
    for producer, by_call in calls.items():
        require(sorted(by_call) == list(range(len(by_call))), f"producer {producer}: a call is missing before a later one")
        for call, parts in by_call.items():
            sizes = {size for _, size in parts}
            require(sizes == {len(parts)}, f"producer {producer} call {call}: only a part of it is there")
    check_results(records, positions)
    return {producer: len(by_call) for producer, by_call in calls.items()}, positions


def check_lane(found, calls):
    latest = {}
    for _, key, value in found:
        producer, call, part, size, _ = json.loads(value)
        require(latest.get(key, (-1, -1)) < (call, part), "records of a key are out of order or twice there")
        latest[key] = (call, part)
        calls[producer][call].add((part, size))


def check_results(records, positions):
    done = [(number, offset) for number in range(PARTITIONS) for offset, _, _ in records["in", number] if offset < positions.get(number, 0)]
    results = [tuple(json.loads(value)) for number in range(PARTITIONS) for _, _, value in records["out", number]]
    require(len(results) == len(set(results)), "a result is there twice")
    require(set(results) == set(done), "results and read positions do not belong together")


# The program that is killed.


async def produce(log, producer, call, seed, say):
    rng = random.Random(f"{seed} {producer} {call}")
    while True:
        size = rng.choice((1, 1, 2, 7, 20))
        records = []
        for part in range(size):
            key = f"{producer}.{rng.randrange(3)}".encode()
            records.append(NewRecord("in", key, json.dumps([producer, call, part, size, "x" * rng.randrange(3000)]).encode()))
        await log.append(records)
        say(f"A {producer} {call}\n")
        call += 1


async def consume(log, say):
    consumer = await log.consumer("g", ["in"])
    while True:
        async for number, following in commit_lanes(consumer, await consumer.poll(50, 1.0)):
            say(f"C {number} {following}\n")


async def commit_lanes(consumer, records, metadata=""):
    """Commit what was polled, lane by lane: a result per record, and the position after them. Gives (lane, position) of each commit."""
    lanes = defaultdict(list)
    for record in records:
        lanes[record.partition].append(record)
    for number, some in lanes.items():
        results = [NewRecord("out", record.key, json.dumps([number, record.offset]).encode()) for record in some]
        following = some[-1].offset + 1
        await consumer.commit({TopicPartition("in", number): Committed(following, metadata)}, results)
        yield number, following


async def live(path, state, life, seed, pipe):
    """Work until killed. Each life's clock is a minute on, so that the leases of the dead are over."""
    say = lambda line: os.write(pipe, line.encode())  # noqa: E731
    log = await SqliteLog.open(path, clock=lambda: time.time_ns() // 1_000_000 + life * 60_000, gap=life % 3, checkpoint_pages=100)
    await log.create_topics(TOPICS)
    problems = await log.verify()
    if problems:
        say(f"V {problems[0].text}\n")
        return
    say("R\n")
    jobs = [produce(log, producer, state.get(producer, 0), f"{seed}.{life}", say) for producer in range(PRODUCERS)]
    await asyncio.gather(*jobs, consume(log, say))


def fork(work):
    """Run `work(pipe)` in a child; returns (process id, reading end of the pipe). The parent has no threads."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.close(reading)
    try:
        work(writing)
    except BaseException as error:
        os.write(writing, f"E {type(error).__name__}: {error}\n".encode())
    os._exit(0)


def read_lines(reading, text=b""):
    with os.fdopen(reading, "rb") as pipe:
        return (text + pipe.read()).decode().split("\n")[:-1]


def one_life(path, state, life, seed, rng):
    """Start, let live for a random while, kill. Returns the lines it said."""
    child, reading = fork(lambda pipe: asyncio.run(live(path, state, life, seed, pipe)))
    heard = os.read(reading, 1 << 16) if rng.random() < 0.9 else b""
    time.sleep(rng.random() ** 2 * 0.15)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return read_lines(reading, heard)


def kills(count, seed, folder):
    """Kill a working log `count` times. Returns how many acknowledged calls and commits were looked for."""
    rng = random.Random(f"kills {seed}")
    acknowledged = commits = 0
    path, state = folder / "none", {}
    for life in range(count):
        if life % LIVES_PER_FILE == 0:
            path, state = folder / f"log{life}.db", {}
        lines = one_life(path, state, life, seed, rng)
        require(not [line for line in lines if line[0] in "EV"], f"life {life}: {[line for line in lines if line[0] in 'EV'][:1]}")
        state, positions = check_content(path) if path.exists() else ({}, {})
        for kind, name, number in (line.split() for line in lines if line[0] in "AC"):
            there = state.get(int(name), 0) > int(number) if kind == "A" else positions.get(int(name), 0) >= int(number)
            require(there, f"life {life}: acknowledged and not there: {kind} {name} {number}")
            acknowledged += kind == "A"
            commits += kind == "C"
    return acknowledged, commits


# Flipped bits and cut files.


async def write_sample(path, calls, checkpoint_pages, kill=False):
    """One producer and one consumer in turn, so that commits have one order; value = number of the call."""
    log = await SqliteLog.open(path, clock=lambda: 1_700_000_000_000, gap=1, checkpoint_pages=checkpoint_pages)
    await log.create_topics(TOPICS)
    consumer = await log.consumer("g", ["in"], session_timeout=600)
    rng = random.Random(calls)
    for call in range(calls):
        await log.append(
            [NewRecord("in", b"%d" % part, b"[0, %d, %d, 2, %d]" % (call, part, rng.getrandbits(1600)), (("h", b"%d" % call),)) for part in range(2)]
        )
        if call % 5 == 4:
            async for _ in commit_lanes(consumer, await consumer.poll(500, 0), "m"):
                pass
    if kill:
        os.kill(os.getpid(), signal.SIGKILL)
    await log.close()


async def read_everything(path):
    """({partition: records}, positions, the error that ended it). Any exception but LogError goes through: it is a fault."""
    found, positions, error, log = {}, {}, None, None
    try:
        log = await SqliteLog.open(path)
        for spec in TOPICS:
            for number in range(spec.partitions):
                partition = TopicPartition(spec.name, number)
                found[partition] = []
                offset = (await log.offsets(partition))[0]
                while part := await log.read(partition, offset, max_records=37):
                    found[partition] += part
                    offset = part[-1].offset + 1
        positions = await log.group_positions("g")
    except LogError as caught:
        error = caught
        if log is not None and not isinstance(caught, LogUnavailable):
            await verify_sees_it(log)
    finally:
        if log is not None:
            await log.close()
    return found, positions, error


async def verify_sees_it(log):
    try:
        problems = await log.verify()
    except LogError:
        return
    named = await log.topics()
    require(problems or set(named) != {spec.name for spec in TOPICS}, "reading failed, and verify finds nothing")


def damage(data, rng):
    """One to three flipped bits, or a cut; says which."""
    if rng.random() < 0.15:
        return data[: rng.randrange(len(data))], "cut"
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = rng.randrange(len(changed)) if rng.random() < 0.7 else rng.randrange(min(len(changed), 16_384))
        changed[at] ^= 1 << rng.randrange(8)
    return bytes(changed), "flip"


def flips(count, seed, folder):
    """Damage a closed log's file `count` times. Returns {what came of it: how often}."""
    original = folder / "sample.db"
    asyncio.run(write_sample(original, 120, 1000))
    data = original.read_bytes()
    wanted, positions, error = asyncio.run(read_everything(original))
    require(error is None and sum(map(len, wanted.values())) == 480, "the sample itself cannot be read")
    rng = random.Random(f"flips {seed}")
    outcomes = defaultdict(int)
    for turn in range(count):
        path = folder / "flip.db"
        changed, kind = damage(data, rng)
        path.write_bytes(changed)
        found, at, error = asyncio.run(read_everything(path))
        for partition, records in found.items():
            require(records == wanted[partition][: len(records)], f"flip {turn}: a wrong record in {partition}")
        if error is None and not (kind == "cut" and not changed):
            require(found == wanted and at == positions, f"flip {turn}: records or positions went missing without an error")
        outcomes[f"{kind}: {'equal' if error is None else type(error).__name__}"] += 1
        remove(path)
    return dict(outcomes)


def wal_tails(count, seed, folder):
    """Cut or flip the write-ahead log that a killed process left. What is left must be an exact prefix of the commits."""
    original = folder / "wal.db"
    child, reading = fork(lambda _: asyncio.run(write_sample(original, 60, 0, kill=True)))
    lines = read_lines(reading)
    os.waitpid(child, 0)
    require(not lines, f"the sample could not be written: {lines}")
    main, tail = original.read_bytes(), Path(f"{original}-wal").read_bytes()
    wanted, _ = raw_records(original)
    rng = random.Random(f"tails {seed}")
    lengths = set()
    for turn in range(count):
        path = folder / "tail.db"
        path.write_bytes(main)
        at = rng.randrange(len(tail))
        Path(f"{path}-wal").write_bytes(tail[:at] if turn % 2 else tail[:at] + bytes([tail[at] ^ 1 << rng.randrange(8)]) + tail[at + 1 :])
        _, _, error = asyncio.run(read_everything(path))
        require(error is None or "no topic" in str(error), f"tail {turn}: {error}")
        state, _ = check_content(path)
        found, _ = raw_records(path)
        for lane, records in found.items():
            require(records == wanted[lane][: len(records)], f"tail {turn}: not a prefix")
        lengths.add(state.get(0, 0))
        remove(path)
    return len(lengths)


def remove(path):
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


# Disks that take no more.


async def fill(path, limit, pipe):
    """Append until the disk is full. With `limit`, files may grow by so many bytes; then the limit goes and the log must go on."""
    log = await SqliteLog.open(path, checkpoint_pages=50)
    await log.create_topics(TOPICS)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file(path) + limit, hard))
    call = 0
    while True:
        value = json.dumps([0, call, 0, 1, random.Random(call).randbytes(4000).hex()]).encode()
        try:
            await log.append([NewRecord("in", b"k", value)])
        except LogUnavailable as error:
            os.write(pipe, f"U {error}\n".encode())
            break
        os.write(pipe, f"A 0 {call}\n".encode())
        call += 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    if limit:
        await log.append([NewRecord("in", b"k", json.dumps([0, call, 0, 1, ""]).encode())])
        os.write(pipe, f"A 0 {call}\n".encode())
    await log.close()


def largest_file(path):
    return max(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))


def full_disks(count, seed, folder, limits=True):
    """Returns the sentences the log gave. Without `limits` the folder is on a small file system of its own."""
    rng = random.Random(f"full {seed}")
    said = set()
    for turn in range(count):
        path = folder / f"full{turn}.db"
        limit = rng.randrange(1, 600_000) if limits else 0
        child, reading = fork(lambda pipe, path=path, limit=limit: asyncio.run(fill(path, limit, pipe)))
        lines = read_lines(reading)
        os.waitpid(child, 0)
        require(not [line for line in lines if line.startswith("E")], f"full {turn}: {lines[-1:]}")
        require([line for line in lines if line.startswith("U")], f"full {turn}: the disk never filled")
        state, _ = check_content(path)
        acknowledged = sum(line.startswith("A") for line in lines)
        require(state.get(0, 0) == acknowledged, f"full {turn}: {acknowledged} acknowledged, {state.get(0, 0)} there")
        said |= {line[2:] for line in lines if line.startswith("U")}
        remove(path)
    return said


def small_file_system(folder):
    """Really no space left: a file system of 2 MB in a mount name space of its own, where the machine lets us make one."""
    command = 'mount -t tmpfs -o size=2m tmpfs "$1" && exec "$2" -m tests.fault.log_torture --fill "$1"'
    run = subprocess.run(
        [shutil.which("unshare") or "unshare", "-m", "sh", "-c", command, "sh", str(folder), sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode == 2 or "ViolationError" in run.stderr:
        raise ViolationError(run.stderr.strip().splitlines()[-1])
    return run.stdout.strip() if run.returncode == 0 else "not permitted on this machine, not run"


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Torture of the embedded log.")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--flips", type=int, default=2000)
    parser.add_argument("--tails", type=int, default=300)
    parser.add_argument("--full", type=int, default=30)
    parser.add_argument("--seed", default=str(time.time_ns()))
    parser.add_argument("--fill", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.fill:
        try:
            print(*full_disks(1, options.seed, options.fill, limits=False))
        except ViolationError as error:
            print(f"ViolationError: {error}", file=sys.stderr)
            sys.exit(2)
        return
    print(f"seed {options.seed}")
    folder = Path(tempfile.mkdtemp(prefix="log-torture-"))
    acknowledged, commits = kills(options.kills, options.seed, folder)
    print(f"kills: {options.kills}, {acknowledged} acknowledged appends and {commits} commits all there")
    print(f"damaged files: {options.flips}, {flips(options.flips, options.seed, folder)}")
    print(f"damaged write-ahead logs: {options.tails}, always a prefix, {wal_tails(options.tails, options.seed, folder)} different lengths")
    print(f"full disks by file size limit: {options.full}, {full_disks(options.full, options.seed, folder)}")
    (folder / "small").mkdir()
    print(f"full disk, small file system: {small_file_system(folder / 'small')}")
    shutil.rmtree(folder)  # kept when a check above failed


if __name__ == "__main__":
    main()
