"""What the SQLite side promises beyond the contract: its file, its errors, its group commit, its background heartbeat."""

import asyncio
import gc
import sqlite3
import subprocess
import sys
import weakref

import pytest

from gateway.log import SqliteLog, schema
from gateway.log.engine import wall_clock
from gateway.log.store import BATCH_RECORDS
from gateway.log.wake import Hub
from gateway.log.writer import Writer
from gateway.seams import Committed, CorruptRecord, Fenced, LogError, LogUnavailable, NewRecord, TopicPartition, TopicSpec

pytestmark = pytest.mark.asyncio
T0 = TopicPartition("t", 0)
FILL_THE_DISK = """
import asyncio, os, resource, signal, sys
from gateway.log import SqliteLog
from gateway.seams import LogUnavailable, NewRecord, TopicPartition, TopicSpec

async def main():
    path = sys.argv[1]
    log = await SqliteLog.open(path)
    await log.create_topics([TopicSpec("t", 1)])
    acknowledged = 0
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path + "-wal") + 200_000, hard))
    try:
        while True:
            await log.append([NewRecord("t", b"k", os.urandom(20_000))])
            acknowledged += 1
    except LogUnavailable as error:
        print(error.retryable, path in str(error))
    count = len(await log.read(TopicPartition("t", 0), 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await log.append([NewRecord("t", b"k", b"after")])
    print(acknowledged, count, len(await log.read(TopicPartition("t", 0), 0)), await log.verify())
    await log.close()

asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.db"


async def test_the_files_are_private(path):
    log = await SqliteLog.open(path)
    await log.create_topics([TopicSpec("t", 1)])
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    await log.close()
    assert modes == {"log.db": 0o600, "log.db-wal": 0o600, "log.db-shm": 0o600}


async def test_every_commit_is_flushed(path):
    connection = schema.connect(path, reader=False)
    schema.prepare(connection)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("CREATE TABLE x (y)", "not a Clearplane log"),
        (f"PRAGMA application_id={schema.APPLICATION_ID}; PRAGMA user_version=99; CREATE TABLE x (y)", "newer program"),
    ],
)
async def test_a_foreign_or_newer_file_is_refused_and_left_alone(path, statement, words):
    connection = sqlite3.connect(path)
    connection.executescript(statement)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LogError, match=words):
        await SqliteLog.open(path)
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_is_refused(path):
    path.write_bytes(b"ISA*00*" * 1000)
    with pytest.raises(LogError):
        await SqliteLog.open(path)


async def test_a_folder_that_is_not_there_is_a_retryable_error(tmp_path):
    with pytest.raises(LogUnavailable):
        await SqliteLog.open(tmp_path / "no" / "log.db")


async def test_many_handles_may_open_a_new_log_at_once(path):
    logs = await asyncio.gather(*(SqliteLog.open(path) for _ in range(8)))
    assert len({log.log_id for log in logs}) == 1
    for log in logs:
        await log.close()


async def test_appends_made_together_share_a_commit_and_a_batch(path):
    log = await SqliteLog.open(path, gap=1)
    await log.create_topics([TopicSpec("t", 1)])
    await asyncio.gather(*(log.append([NewRecord("t", b"k", b"%d" % n)]) for n in range(500)))
    records = await log.read(T0, 0, max_records=1000)
    await log.close()
    assert [record.value for record in records] == [b"%d" % n for n in range(500)]
    assert [record.offset for record in records] == list(range(0, 1000, 2)), "the option leaves gaps inside a batch too"
    connection = sqlite3.connect(path)
    batches = connection.execute("SELECT count(*) FROM batch").fetchone()[0]
    connection.close()
    assert batches < 50


async def test_a_large_append_is_cut_into_batches(path):
    log = await SqliteLog.open(path)
    await log.create_topics([TopicSpec("t", 1)])
    await log.append([NewRecord("t", b"k", b"%d" % n) for n in range(3 * BATCH_RECORDS + 1)])
    assert [record.value for record in await log.read(T0, 0, max_records=10_000)] == [b"%d" % n for n in range(3 * BATCH_RECORDS + 1)]
    assert await log.verify() == []
    await log.close()


async def test_one_bad_append_does_not_spoil_those_it_shares_a_commit_with(path):
    log = await SqliteLog.open(path)
    await log.create_topics([TopicSpec("t", 2)])
    consumer = await log.consumer("g", ["t"], session_timeout=60)
    other = await log.consumer("g", ["t"], session_timeout=60)
    [moved] = other.assignment
    calls = [log.append([NewRecord("t", b"k", b"good", partition=0)]) for _ in range(20)]
    calls.insert(10, consumer.commit({moved: Committed(1)}, [NewRecord("t", b"k", b"fenced", partition=0)]))
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes if isinstance(outcome, Exception)] == ["Fenced"]
    assert {record.value for record in await log.read(T0, 0)} == {b"good"}
    await log.close()


async def test_the_heartbeat_renews_the_lease_in_the_background(path):
    now = [1000]
    log = await SqliteLog.open(path, clock=lambda: now[0])
    await log.create_topics([TopicSpec("t", 1)])
    consumer = await log.consumer("g", ["t"], session_timeout=0.15)
    connection = sqlite3.connect(path)
    now[0] += 100
    for _ in range(200):
        if connection.execute("SELECT lease FROM member").fetchone()[0] == 1250:
            break
        assert await log.wait({T0: 0}, 0.05) is False
    connection.close()
    now[0] += 100
    await consumer.commit({T0: Committed(1)})
    await log.close()


async def test_a_clock_set_back_does_not_leave_partitions_with_a_member_that_was_killed(path):
    """Its lease would be over only when the clock has caught up, perhaps in hours, and until then nobody would read them."""
    now = [100_000_000]
    log = await SqliteLog.open(path, clock=lambda: now[0])
    await log.create_topics([TopicSpec("t", 2)])
    killed = await log.consumer("g", ["t"], session_timeout=60)
    now[0] -= 3_600_000
    following = await log.consumer("g", ["t"], session_timeout=60)
    assert following.assignment == {T0, TopicPartition("t", 1)}
    with pytest.raises(Fenced):
        await killed.commit({T0: Committed(1)})
    now[0] -= 5_000
    await following.commit({T0: Committed(1)})
    await log.close()


async def test_pruning_gives_space_back(path):
    now = [1000]
    log = await SqliteLog.open(path, clock=lambda: now[0])
    await log.create_topics([TopicSpec("t", 1, retention_ms=1000)])
    noise = [bytes((n * 7919 + m * m * 31 + (m >> 3) * n) % 251 for m in range(20_000)) for n in range(50)]
    await log.append([NewRecord("t", b"k", value) for value in noise * 4])
    now[0] += 5000
    assert await log.prune() == {T0: 200}
    await log.close()
    assert path.stat().st_size < 300_000


async def test_a_flipped_time_makes_retention_delete_nothing_that_is_young(path):
    log = await SqliteLog.open(path, clock=lambda: 50_000)
    await log.create_topics([TopicSpec("t", 1, retention_ms=10_000)])
    for n in range(3):
        await log.append([NewRecord("t", b"k", b"%d" % n)])
    connection = sqlite3.connect(path)
    connection.execute("UPDATE batch SET timestamp = 1 WHERE last = 1")
    connection.commit()
    connection.close()
    assert await log.prune() == {}
    assert await log.prune(now=70_000) == {T0: 3}
    await log.close()


async def test_retention_by_size_keeps_the_newest(path):
    log = await SqliteLog.open(path, gap=2)
    await log.create_topics([TopicSpec("t", 1, retention_bytes=20_000)])
    noise = [bytes((n * 7919 + m * m * 31 + (m >> 3) * n) % 251 for m in range(4000)) for n in range(12)]
    for value in noise:
        await log.append([NewRecord("t", b"k", value)])
    gone = (await log.prune())[T0]
    assert 0 < gone < 12
    start, _ = await log.offsets(T0)
    assert [record.value for record in await log.read(T0, start)] == noise[gone:]
    assert await log.prune() == {}
    await log.close()


async def test_time_never_goes_back_within_a_partition(path):
    now = [50_000]
    log = await SqliteLog.open(path, clock=lambda: now[0])
    await log.create_topics([TopicSpec("t", 1)])
    await log.append([NewRecord("t", b"k", b"a")])
    now[0] -= 5000
    await log.append([NewRecord("t", b"k", b"b")])
    assert [record.timestamp for record in await log.read(T0, 0)] == [50_000, 50_000]
    await log.close()


@pytest.mark.parametrize("table", ["lane", "topic", "position", "meta"])
async def test_the_small_rows_have_checksums_too(path, table):
    log = await SqliteLog.open(path)
    await log.create_topics([TopicSpec("t", 1)])
    await log.append([NewRecord("t", b"k", b"v")])
    consumer = await log.consumer("g", ["t"])
    await consumer.commit({T0: Committed(1)})
    await log.close()
    change = {"lane": "last = 0, next = 0, first = 1", "topic": "partitions = 2", "position": "next = 2", "meta": "value = 'x'"}[table]
    connection = sqlite3.connect(path)
    connection.execute(f"UPDATE {table} SET {change}")  # noqa: S608 names of this test
    connection.commit()
    connection.close()
    with pytest.raises(CorruptRecord):
        await open_and_read(path)


async def open_and_read(path):
    log = await SqliteLog.open(path)
    try:
        await log.read(T0, 0)
        await log.group_positions("g")
    finally:
        await log.close()


@pytest.mark.parametrize("change", ["DELETE FROM position", "UPDATE position SET team = 'h'", "DELETE FROM team"])
async def test_a_read_position_that_is_gone_is_noticed(path, change):
    log = await SqliteLog.open(path)
    await log.create_topics([TopicSpec("t", 1)])
    consumer = await log.consumer("g", ["t"])
    await consumer.commit({T0: Committed(0, "m")})
    connection = sqlite3.connect(path)
    connection.execute(change)
    connection.commit()
    connection.close()
    with pytest.raises(CorruptRecord):
        await log.group_positions("g")
    assert await log.verify()
    await log.close()


async def test_a_batch_that_is_gone_is_noticed(path):
    log = await SqliteLog.open(path)
    await log.create_topics([TopicSpec("t", 1)])
    for n in range(5):
        await log.append([NewRecord("t", b"k", b"%d" % n)])
    for gone in (2, 4, 0):
        connection = sqlite3.connect(path)
        connection.execute("DELETE FROM batch WHERE last = ?", (gone,))
        connection.commit()
        connection.close()
        with pytest.raises(CorruptRecord):
            await log.read(T0, gone)
        assert await log.verify()
    await log.close()


async def test_a_full_disk_is_a_retryable_error_and_the_log_goes_on_afterwards(path):
    command = [sys.executable, "-c", FILL_THE_DISK, str(path)]
    run = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    first, second = run.stdout.splitlines()
    assert first == "True False"
    acknowledged, there, after, problems = second.split(maxsplit=3)
    assert int(acknowledged) > 0
    assert (there, after, problems) == (acknowledged, str(int(acknowledged) + 1), "[]")


async def test_a_writer_that_lost_its_connection_refuses_until_it_can_have_another(path):
    """Whoever waits for a write always hears of it: a thread that ends while it opens the file again would leave all of them waiting."""
    schema.create_file(path)
    connection = schema.connect(path, reader=False)
    schema.prepare(connection)
    writer = Writer(path, connection, Hub(), wall_clock, 0, schema.CHECKPOINT_PAGES)
    connection.close()
    away = path.parent.rename(path.parent.with_name("away"))
    async with asyncio.timeout(5):
        for _ in range(2):
            with pytest.raises(LogUnavailable):
                await writer.submit(lambda transaction: "kept")
        with pytest.raises(LogUnavailable):
            await writer.submit(lambda transaction: "kept", alone=True)
        away.rename(path.parent)
        assert await writer.submit(lambda transaction: "kept") == "kept"
        await asyncio.to_thread(writer.close)


async def test_members_that_have_left_are_forgotten(path):
    """A stage that cannot work joins again every few seconds, perhaps for days."""
    log = await SqliteLog.open(path)
    await log.create_topics([TopicSpec("t", 1)])
    left = weakref.WeakSet[object]()
    for _ in range(5):
        member = await log.consumer("g", ["t"])
        left.add(member)
        await member.close()
    staying = await log.consumer("g", ["t"])
    del member
    gc.collect()
    assert len(left) == 0
    assert staying.assignment == {T0}
    await log.close()
