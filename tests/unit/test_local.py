"""Files that a node acknowledges by itself: kept in order, known again, bounded, forwarded once and never lost by a restart."""

import asyncio
import os
import resource
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.blobs import DirectoryBlobs
from gateway.config import Config, LimitSettings, LogSettings
from gateway.local import Forwarder, LocalStore
from gateway.local.store import GROUP, LANE, ORPHAN_SECONDS, TOPIC
from gateway.log import SqliteLog
from gateway.metrics import Metrics
from gateway.pipeline.intake import Intake
from gateway.pipeline.messages import Received, received
from gateway.pipeline.prepare import Preparation
from gateway.pipeline.refusal import NotNowError
from gateway.seams import BlobError, LogError, LogUnavailable, TopicPartition
from gateway.sites import Feed, Site
from gateway.state import State, StateError
from tests.unit.pipeline_world import chunks

pytestmark = pytest.mark.asyncio
WAIT = 10.0


class Node(NamedTuple):
    """One node: what it keeps by itself, and a log that stands for the brokers."""

    config: Config
    local: LocalStore
    log: SqliteLog
    blobs: DirectoryBlobs
    state: State
    metrics: Metrics
    intake: Intake
    forwarder: Forwarder

    async def send(self, content: bytes, feed: str = "own") -> str:
        return (await self.intake.accept("river", feed, chunks(content), "name.x12")).receipt

    async def arrived(self) -> list[Received]:
        """What the log has, in its order."""
        return [received(record) for record in await self.log.read(TopicPartition("intake", 0), 0)]

    @asynccontextmanager
    async def forwarding(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.forwarder.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def drained(self) -> None:
        async with asyncio.timeout(WAIT), self.forwarding():
            await self.emptied()

    async def emptied(self) -> None:
        while self.local.files:
            await asyncio.sleep(0.01)
            await self.local.look()


def sites(*local: str) -> dict[str, Site]:
    feeds = tuple(Feed(id=name, acknowledge="local" if name in local else "replicated") for name in ("own", "other", "far"))
    return {"river": Site(id="river", feeds=feeds)}


@asynccontextmanager
async def node(
    folder: Path, local_feeds: tuple[str, ...] = ("own", "other"), local_bytes: int = 1 << 20, prepared: bool = True
) -> AsyncIterator[Node]:
    log_settings = LogSettings(kind="kafka", partitions=1, local_bytes=local_bytes)
    config = Config(data_dir=folder, log=log_settings, limits=LimitSettings(inline_bytes=2000))
    preparation = Preparation(())
    if prepared:
        await preparation.run()
    log = await SqliteLog.open(folder / "brokers.db")
    await log.create_topics(config.topic_specs())
    blobs, state, metrics = DirectoryBlobs(folder / "blobs"), State.open(config.state_url), Metrics()
    local = await LocalStore.open(config.local_path, config.log.local_bytes)
    local.measure(metrics)
    intake = Intake(config, sites(*local_feeds), log, blobs, state, metrics, preparation=preparation, local=local)
    try:
        yield Node(config, local, log, blobs, state, metrics, intake, Forwarder(config, local, log, blobs, state))
    finally:
        await local.close()
        await log.close()
        state.close()


def value(metrics: Metrics, name: str) -> float | None:
    return metrics.registry.get_sample_value(name)


async def test_an_answer_needs_this_node_only_and_the_log_gets_it_as_it_came(tmp_path: Path) -> None:
    small, large = b"small " * 10, b"large " * 2000
    async with node(tmp_path, prepared=False) as one:
        before = datetime.now(UTC)
        receipts = [await one.send(small), await one.send(large)]
        after = datetime.now(UTC)
        assert (one.local.files, one.local.bytes) == (2, len(small) + len(large))
        assert await one.arrived() == []
        assert value(one.metrics, "clearplane_local_waiting_files") == 2
        assert value(one.metrics, "clearplane_local_waiting_bytes") == len(small) + len(large)
        assert 0 <= value(one.metrics, "clearplane_local_oldest_seconds") < WAIT
        kept = [await one.local.get(receipt) for receipt in receipts]
        await one.drained()
        found = await one.arrived()
        assert [file.arrival for file in found] == kept
        assert [file.body for file in found] == [small, None]
        assert [one.blobs.read(file.arrival.sha256) for file in found] == [small, large]
        assert all(before <= datetime.fromisoformat(file.arrival.received_at).astimezone(UTC).replace(microsecond=999999) for file in found)
        assert all(datetime.fromisoformat(file.arrival.received_at) <= after for file in found)
        assert [one.state.receipts.get(receipt).status for receipt in receipts] == ["received", "received"]
        assert await one.local.get(receipts[0]) is None
        assert value(one.metrics, "clearplane_local_waiting_files") == value(one.metrics, "clearplane_local_oldest_seconds") == 0
        assert list(one.local.blobs.list()) == []


async def test_order_of_each_feed_over_restarts(tmp_path: Path) -> None:
    sent = []
    for life in range(3):
        async with node(tmp_path) as one:
            assert one.local.files == len(sent)
            sent += [await one.send(b"file %d %d" % (life, number), ("own", "other")[number % 2]) for number in range(5)]
    async with node(tmp_path) as one:
        await one.drained()
        assert [file.arrival.receipt for file in await one.arrived()] == sent


async def test_an_exact_resend_is_known_while_it_waits_and_afterwards(tmp_path: Path) -> None:
    async def again(one: Node) -> bool:
        return (await one.intake.accept("river", "own", chunks(b"twice"))).duplicate

    async with node(tmp_path) as one:
        assert [await again(one), await again(one)] == [False, True]
        assert sorted(await asyncio.gather(*(one.send(b"at once") for _ in range(5)))) == [await one.send(b"at once")] * 5
        assert one.local.files == 2
    async with node(tmp_path) as one:
        assert await again(one)
        await one.drained()
        assert await again(one)
        assert one.local.files == 0
        assert len(await one.arrived()) == 2


async def test_with_state_away_too_it_is_taken_and_known_by_what_waits(tmp_path: Path) -> None:
    async with node(tmp_path) as one:
        with sqlite3.connect(tmp_path / "state.db") as connection:
            connection.execute("ALTER TABLE receipt RENAME TO gone")
        with pytest.raises(StateError):
            one.state.receipts.get("a" * 26)
        accepted = [await one.intake.accept("river", "own", chunks(b"same")) for _ in range(2)]
        assert [each.duplicate for each in accepted] == [False, True]
        await one.drained()
        assert [file.arrival.receipt for file in await one.arrived()] == [accepted[0].receipt]


async def test_a_feed_that_is_no_longer_local_waits_for_what_came_before(tmp_path: Path) -> None:
    async with node(tmp_path) as one:
        first = await one.send(b"first")
    async with node(tmp_path, local_feeds=()) as one:
        with pytest.raises(NotNowError, match="still on their way"):
            await one.send(b"second")
        await one.send(b"elsewhere", "far")
        await one.drained()
        second = await one.send(b"second")
        assert [file.arrival.receipt for file in await one.arrived() if file.arrival.feed == "own"] == [first, second]


async def test_before_the_log_was_reached_other_feeds_are_refused_unread(tmp_path: Path) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    async with node(tmp_path, prepared=False) as one:
        with pytest.raises(NotNowError, match="has not been reached"):
            await one.intake.accept("river", "far", never())


async def test_what_a_node_keeps_is_bounded_and_there_is_room_again_afterwards(tmp_path: Path) -> None:
    async with node(tmp_path, local_bytes=1 << 20) as one:
        half = os.urandom(600_000)
        await one.send(half)
        with pytest.raises(NotNowError, match="used up"):
            await one.send(os.urandom(600_000))
        together = await asyncio.gather(*(one.send(os.urandom(300_000)) for _ in range(4)), return_exceptions=True)
        assert sorted(type(each).__name__ for each in together) == ["NotNowError"] * 3 + ["str"]
        assert one.local.bytes == 900_000
        await one.drained()
        await one.send(os.urandom(600_000))
    few = await LocalStore.open(one.config.local_path, 1 << 20, most_files=1)
    with pytest.raises(NotNowError), few.room() as room:
        room.take(1)
    await few.close()


async def test_on_a_full_disk_nothing_is_acknowledged(tmp_path: Path) -> None:
    async with node(tmp_path) as one:
        first = await one.send(b"first")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
        try:
            with pytest.raises((BlobError, LogUnavailable)):
                await one.send(b"second")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        third = await one.send(b"third")
        await one.drained()
        assert [file.arrival.receipt for file in await one.arrived()] == [first, third]


async def test_killed_between_the_log_and_its_position_it_comes_again_with_the_same_receipt(tmp_path: Path) -> None:
    async with node(tmp_path) as one:
        receipts = [await one.send(b"file %d" % number) for number in range(3)]
        records = await one.local.log.read(LANE, 0)
        await one.forwarder._forward(records)  # and no commit of the position
        for record in records[:2]:
            one.local.blobs.delete(received(record).arrival.sha256)
    async with node(tmp_path) as one:
        await one.drained()
        found = await one.arrived()
        assert [file.arrival.receipt for file in found] == receipts * 2
        assert [file.body for file in found] == [b"file 0", b"file 1", b"file 2"] * 2


async def test_while_the_log_takes_nothing_everything_stays(tmp_path: Path) -> None:
    async with node(tmp_path) as one:
        receipts = [await one.send(b"file %d" % number) for number in range(3)]
        await one.log.close()
        for _ in range(2):
            async with asyncio.timeout(WAIT):
                with pytest.raises(LogError):
                    await one.forwarder.run()
        await one.local.look()
        assert one.local.files == 3
    async with node(tmp_path) as one:
        await one.drained()
        assert [file.arrival.receipt for file in await one.arrived()] == receipts


async def test_a_file_damaged_on_this_node_holds_up_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with node(tmp_path) as one:
        receipts = [await one.send(b"lost"), await one.send(b"flip"), await one.send(b"good")]
        lost, flipped = [received(record).arrival.sha256 for record in await one.local.log.read(LANE, 0)][:2]
        one.local.blobs.delete(lost)
        (one.config.local_path / "blobs" / flipped[:2] / flipped).write_bytes(b"flop")
        await one.drained()
        found = await one.arrived()
        assert [file.arrival.receipt for file in found] == receipts
        assert [file.body for file in found] == [None, None, b"good"]
        assert [one.blobs.exists(sha256) for sha256 in (lost, flipped)] == [False, False]
    assert sum("has lost its bytes" in record.message for record in caplog.records) == 2


async def test_two_processes_of_a_node_share_it(tmp_path: Path) -> None:
    async with node(tmp_path) as one, node(tmp_path) as two:
        first = await one.send(b"by one")
        assert (await two.intake.accept("river", "own", chunks(b"by one"))).duplicate
        second = await two.send(b"by two")
        async with asyncio.timeout(WAIT), one.forwarding(), two.forwarding():
            while one.local.files or two.local.files:  # noqa: ASYNC110 (each is told by its own forwarder)
                await asyncio.sleep(0.01)
        assert [file.arrival.receipt for file in await one.arrived()] == [first, second]


async def test_records_go_once_they_are_forwarded_and_leftovers_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.local.store.PRUNE_SECONDS", 0.0)
    async with node(tmp_path) as one:
        for number in range(4):
            await one.send(b"file %d" % number)
            await one.drained()
        first, end = await one.local.log.offsets(LANE)
        assert first > 0
        assert end == 4
        leftover = one.local.blobs.put(b"never acknowledged")
        assert await one.local.sweep(datetime.now(UTC).timestamp()) == 0
        await one.send(b"waits")
        later = datetime.now(UTC).timestamp() + ORPHAN_SECONDS + 1
        assert await one.local.sweep(later) == 0
        await one.drained()
        assert await one.local.sweep(later) == 1
        assert not one.local.blobs.exists(leftover)


async def test_a_stop_lets_the_batch_in_hand_end(tmp_path: Path) -> None:
    """Cancelled in the middle, the forwarder still writes its position, so that nothing comes again."""
    async with node(tmp_path) as one:
        for number in range(8):
            await one.send(b"file %d" % number)
        task = asyncio.create_task(one.forwarder.run())
        async with asyncio.timeout(WAIT):
            await one.log.wait({TopicPartition("intake", 0): 0}, WAIT)
        task.cancel()
        await asyncio.wait([task])
        await one.drained()
        assert len(await one.arrived()) == 8


async def test_another_topic_or_group_of_that_file_is_not_ours(tmp_path: Path) -> None:
    """What a stock reader of the local log needs to know."""
    async with node(tmp_path) as one:
        await one.send(b"file")
        await one.drained()
        assert set(await one.local.log.topics()) == {TOPIC}
        assert (await one.local.log.group_positions(GROUP))[LANE].offset == 1
        with pytest.raises(LogError):
            await one.local.log.read(TopicPartition("intake", 0), 0)


async def test_messages_are_kept_by_this_node_in_their_records_and_forwarded_so(tmp_path: Path) -> None:
    bodies = [b"MSH|message %d" % number for number in range(50)]
    async with node(tmp_path, prepared=False) as one:
        accepted = await asyncio.gather(*(one.intake.accept_message("river", "own", body) for body in bodies))
        assert (one.local.files, one.local.bytes) == (50, sum(map(len, bodies)))
        with pytest.raises(NotNowError):
            await one.intake.accept_message("river", "far", b"MSH|of a feed that is not acknowledged here")
        assert await one.arrived() == []
    async with node(tmp_path) as one:
        await one.drained()
        found = await one.arrived()
        assert [file.body for file in found] == bodies
        assert [file.arrival.receipt for file in found] == [each.receipt for each in accepted]
        assert not any(file.stored for file in found)
        assert [*one.local.blobs.list(), *one.blobs.list()] == []


async def test_messages_fill_the_room_of_a_node_like_files(tmp_path: Path) -> None:
    async with node(tmp_path, local_bytes=1 << 20, prepared=False) as one:
        taken = [await one.intake.accept_message("river", "own", b"%d" % number + b"x" * 1500) for number in range(650)]
        with pytest.raises(NotNowError):
            await asyncio.gather(*(one.intake.accept_message("river", "own", b"more %d" % number + b"x" * 1500) for number in range(100)))
        assert one.local.files >= len(taken)
        assert one.local.bytes <= 1 << 20
