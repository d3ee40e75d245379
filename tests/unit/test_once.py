"""Readers see each event once, also on a log that holds some twice."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.api.cursor import encode_cursor
from gateway.api.reader import EventFilter, EventReader
from gateway.cli.main import main
from gateway.log import SqliteLog, once
from gateway.log.once import Known, OnceReader, Stretch
from gateway.pipeline.events import event_id_of
from gateway.seams import CorruptRecord, NewRecord, Record, TopicPartition, TopicSpec
from gateway.state.rows import OffsetRun
from tests.unit.api_plane import client, plane_in, served, streaming

LANE = TopicPartition("claims", 0)
WINDOW = 6


class RepeatingLog(SqliteLog):
    """A log of which a commit may be seen twice."""

    @property
    def may_repeat(self) -> bool:
        return True


class CountingLog(RepeatingLog):
    """Counts the records it gave out."""

    given = 0

    async def read(self, partition: TopicPartition, offset: int, max_records: int = 500, max_bytes: int = 8 << 20) -> list[Record]:
        records = await super().read(partition, offset, max_records, max_bytes)
        self.given += len(records)
        return records


@asynccontextmanager
async def opened(folder: Path, kind: type[SqliteLog] = RepeatingLog, gap: int = 0) -> AsyncIterator[SqliteLog]:
    log = await kind.open(folder / "log.db", gap=gap)
    await log.create_topics([TopicSpec("claims", 1)])
    yield log
    await log.close()


def event(number: int) -> NewRecord:
    return NewRecord("claims", b"key", b"{}", (("ce_id", b"%d" % number), ("content-type", b"application/json")), 0)


async def append(log: SqliteLog, numbers: Sequence[int]) -> None:
    for number in numbers:
        await log.append([event(number)])


def numbers_of(records: Sequence[Record]) -> list[int]:
    return [int(event_id_of(record)) for record in records]


async def read_all(reader: once.Readable, size: int = 500, start: int = 0) -> list[int]:
    found: list[int] = []
    while records := await reader.read(LANE, start, size):
        found += numbers_of(records)
        start = records[-1].offset + 1
    return found


def shown(numbers: Sequence[int], start: int = 0, window: int = WINDOW) -> list[int]:
    """What a reader from place `start` on shall see, from the sequence alone."""
    return [number for at, number in enumerate(numbers) if at >= start and number not in numbers[max(0, at - window) : at]]


@pytest.mark.asyncio
async def test_a_log_that_repeats_nothing_is_read_as_it_is(tmp_path: Path) -> None:
    async with opened(tmp_path, SqliteLog) as log:
        assert once.once(log, WINDOW) is log
    async with opened(tmp_path, RepeatingLog) as log:
        assert once.once(log, 0) is log


@pytest.mark.asyncio
@pytest.mark.parametrize("gap", [0, 2])
async def test_a_transaction_that_came_twice_is_seen_once(tmp_path: Path, gap: int) -> None:
    async with opened(tmp_path, gap=gap) as log:
        for _ in range(2):
            await log.append([event(number) for number in range(20)])
        await log.append([event(20)])
        assert await read_all(once.once(log, 1000), 7) == list(range(21))
        assert await read_all(log) == [*range(20), *range(20), 20]


@pytest.mark.asyncio
async def test_behind_the_window_an_id_is_seen_again(tmp_path: Path) -> None:
    numbers = [0, 1, 2, 3, 4, 5, 0, 6, 7, 8, 9, 10, 11, 6]
    async with opened(tmp_path) as log:
        await append(log, numbers)
        assert await read_all(once.once(log, 6)) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
        assert await read_all(once.once(log, 5)) == [0, 1, 2, 3, 4, 5, 0, 6, 7, 8, 9, 10, 11, 6]


@pytest.mark.asyncio
async def test_every_start_and_every_cut_see_the_same_records(tmp_path: Path) -> None:
    numbers = [0, 1, 1, 2, 0, 3, 1, 4, 5, 4, 6, 7, 8, 9, 0, 9, 9, 1]
    async with opened(tmp_path) as log:
        await append(log, numbers)
        for start in reversed(range(len(numbers) + 1)):
            for size in (1, 2, 5, 100):
                assert await read_all(once.once(log, WINDOW), size, start) == shown(numbers, start), (start, size)
            assert numbers_of(await OnceReader(log, Known(WINDOW)).read(LANE, start, 100)) == shown(numbers, start)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_one_stretch_judges_alike_however_it_is_cut(data: st.DataObject) -> None:
    """Any sequence with repeats, offsets with gaps, several readers taking turns from any places the stretch holds."""
    numbers = data.draw(st.lists(st.integers(0, 8), max_size=40))
    offsets = [sum(steps) for steps in _running(data.draw(st.lists(st.integers(1, 3), min_size=len(numbers), max_size=len(numbers))))]
    window = data.draw(st.integers(1, 12))
    records = [Record("claims", 0, offset, 0, b"", b"", (("ce_id", b"%d" % number),)) for offset, number in zip(offsets, numbers, strict=True)]
    wanted = {
        record.offset
        for record in records
        if not any(record.headers == other.headers and record.offset - window <= other.offset < record.offset for other in records)
    }
    first = data.draw(st.integers(0, len(records)))
    start = records[first].offset if first < len(records) else (records[-1].offset + 1 if records else 0)
    stretch = Stretch(start, window)
    stretch.prime(record for record in records if start - window <= record.offset < start)
    reached = first
    while reached < len(records):
        begin = data.draw(st.integers(first, reached))
        end = data.draw(st.integers(begin + 1, len(records)))
        seen = [record.offset for record in stretch.once(records[begin:end])]
        assert seen == [record.offset for record in records[begin:end] if record.offset in wanted]
        reached = max(reached, end)


def _running(steps: list[int]) -> list[list[int]]:
    return [steps[: count + 1] for count in range(len(steps))]


@pytest.mark.asyncio
async def test_readers_that_follow_the_end_read_the_window_once(tmp_path: Path) -> None:
    async with opened(tmp_path, CountingLog) as log:
        assert isinstance(log, CountingLog)
        await log.append([event(number) for number in range(100)])
        for _ in range(10):
            assert await once.once(log, 50).read(LANE, 100) == []
        assert log.given == 50
        await append(log, [99, 100])
        for _ in range(10):
            assert numbers_of(await once.once(log, 50).read(LANE, 100)) == [100]
        assert log.given == 50 + 10 * 2


@pytest.mark.asyncio
async def test_a_reader_does_not_spin_on_repeats_at_the_end(tmp_path: Path) -> None:
    async with opened(tmp_path) as log:
        await append(log, [0, 1, 0, 1])
        reader = EventReader(once.once(log, WINDOW), {LANE: 0})
        page = await reader.page(EventFilter(), 10, 100)
        assert [found.attributes["id"] for found in page.events] == ["0", "1"]
        assert page.at_end
        assert not await reader.wait(0.05)
        await append(log, [1])
        assert await reader.wait(5)
        assert (await reader.page(EventFilter(), 10, 100)).events == []
        assert not await reader.wait(0.05)
        waiting = asyncio.create_task(reader.wait(20))
        await append(log, [2])
        assert await waiting
        assert [found.attributes["id"] for found in (await reader.page(EventFilter(), 10, 100)).events] == ["2"]


@pytest.mark.asyncio
async def test_records_that_retention_took_are_not_missed_by_the_window(tmp_path: Path) -> None:
    async with opened(tmp_path) as log:
        await append(log, range(10))
        await log.create_topics([TopicSpec("claims", 1, retention_ms=1)])
        await log.prune(4_000_000_000_000)
        await append(log, [9, 10, 9])
        assert await read_all(once.once(log, WINDOW), start=11) == [10]
        assert await read_all(once.once(log, WINDOW), start=10) == [9, 10]


@pytest.mark.asyncio
async def test_damage_within_the_window_keeps_nobody_from_reading_on(tmp_path: Path) -> None:
    async with opened(tmp_path) as log:
        await append(log, [0, 1, 2, 3, 4, 3, 5])
        connection = sqlite3.connect(tmp_path / "log.db")
        (data,) = connection.execute("SELECT data FROM batch WHERE last = 1").fetchone()
        connection.execute("UPDATE batch SET data = ? WHERE last = 1", (data[:-1] + bytes([data[-1] ^ 1]),))
        connection.commit()
        connection.close()
        assert await read_all(once.once(log, WINDOW), start=4) == [4, 5]
        with pytest.raises(CorruptRecord):
            await read_all(once.once(log, WINDOW))


@pytest.mark.asyncio
async def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "KNOWN_IDS", 40)
    monkeypatch.setattr(once, "KNOWN_STRETCHES", 3)
    monkeypatch.setattr(once, "KNOWN_REPEATS", 2)
    numbers = [number // 2 for number in range(120)]
    async with opened(tmp_path) as log:
        await log.append([event(number) for number in numbers])
        known = Known(20)
        reader = OnceReader(log, known)
        for start in (100, 0, 60, 30, 90):
            assert numbers_of(await reader.read(LANE, start, 3)) == [start // 2, start // 2 + 1]
            assert len(known._stretches) <= 3
            assert sum(map(len, known._stretches.values())) <= 40 + 23
        assert await read_all(reader, 5) == list(range(60))
        assert await read_all(reader, 500) == list(range(60))


@pytest.mark.asyncio
async def test_pages_streams_and_the_command_leave_out_repeats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(SqliteLog, "may_repeat", True)
    async with plane_in(tmp_path) as plane:
        wanted = {(await plane.publish(number))[0] for number in (0, 1, 1, 2, 0)}
        async with client(plane, "events:read") as api:
            found = (await api.get("/v1/events", params={"limit": 2})).json()
            more = (await api.get("/v1/events", params={"cursor": found["next"]})).json()
        assert sorted(event["id"] for event in found["events"] + more["events"]) == sorted(wanted)
        async with served(plane) as server, streaming(server, plane.token("events:read")) as stream:
            assert sorted(await stream.take(3)) == [0, 1, 2]
            await plane.publish(1)
            await plane.publish(3)
            assert await stream.take(1) == [3]
    (tmp_path / "clearplane.toml").write_text("[log]\npartitions = 3\n")
    assert await asyncio.to_thread(main, ["events", "--config", str(tmp_path / "clearplane.toml")]) == 0
    assert len(capfdbinary.readouterr().out.splitlines()) == 4


@pytest.mark.asyncio
async def test_a_cursor_of_the_log_this_one_was_copied_from_reads_on(tmp_path: Path) -> None:
    async with plane_in(tmp_path) as plane:
        for number in range(3):
            _, lane, offset = await plane.publish(number, receipt="b" * 26)
        runs = [OffsetRun("earlier", plane.log.log_id, topic, number, 100, 0, 50) for topic in ("claims", "batches") for number in range(3)]
        plane.state.offsets.add(runs)
        known = {TopicPartition(run.topic, run.partition): 100 for run in runs}
        async with client(plane, "events:read") as api:
            for log_id, positions, status, count in (
                ("earlier", known, 200, 3),
                ("earlier", {**known, lane: 100 + offset + 1}, 200, None),
                ("earlier", {**known, lane: 99}, 410, None),
                ("unknown", known, 410, None),
                ("earlier", {**known, lane: (1 << 63) - 1}, 410, None),
            ):
                answer = await api.get("/v1/events", params={"cursor": encode_cursor(log_id, positions)})
                assert answer.status_code == status, answer.text
                assert count is None or len(answer.json()["events"]) == count
            answer = await api.get("/v1/events", params={"cursor": encode_cursor("earlier", {**known, lane: 1 << 63})})
            assert answer.status_code == 400
