"""The whole of a gateway from the embedded log to real brokers, a real database and a real object store, and back."""

import asyncio
import secrets
from pathlib import Path

import confluent_kafka
import pytest

from gateway.config import BlobSettings, BucketSettings, Config, KafkaSettings, LogSettings, StateSettings
from gateway.move import copy as copy_module
from gateway.move import records
from gateway.move.copy import Copy, CopyRefusedError, opened
from gateway.seams import NewRecord
from gateway.stores import open_log
from tests.fault.test_move_kill import killed_at, written
from tests.servers.kafka import KafkaCluster
from tests.servers.postgres import Postgres
from tests.servers.s3 import S3
from tests.unit.pipeline_world import World
from tests.unit.test_move import FILES, SPREAD, copied, events_in, finished, finished_after_start, ids_in, stopped_half_way, world_in


def brokers(servers: tuple[str, ...], spread_bytes: int | None = 0) -> LogSettings:
    kafka = KafkaSettings(servers=servers, replication=1, session_seconds=6)
    return LogSettings(kind="kafka", prefix=f"{secrets.token_hex(4)}.", partitions=2, spread_bytes=spread_bytes, kafka=kafka)


def cluster_world(folder: Path, servers: tuple[str, ...], postgres: Postgres, s3: S3) -> World:
    """Everything on servers."""
    folder.mkdir()
    (folder / "access").write_text(s3.access_key)
    (folder / "secret").write_text(s3.secret_key)
    keys = {"access_key": f"file:{folder}/access", "secret_key": f"file:{folder}/secret"}
    bucket = BucketSettings(bucket=s3.new_bucket(), endpoint=s3.endpoint, **keys)
    state = StateSettings(url=postgres.new_database())
    return world_in(folder, log=brokers(servers), state=state, blobs=BlobSettings(s3=bucket))


@pytest.mark.asyncio
async def test_from_the_embedded_log_to_servers_and_back(tmp_path: Path, kafka_servers: tuple[str, ...], postgres: Postgres, s3: S3) -> None:
    still = world_in(tmp_path / "still")
    await still.start()
    wanted = await finished_after_start(still)

    source = world_in(tmp_path / "source")
    receipts = await stopped_half_way(source)
    target = cluster_world(tmp_path / "target", kafka_servers, postgres, s3)
    there = await copied(source.config, target.config)
    assert there.blobs is not None
    assert await finished(target, receipts) == wanted

    back = world_in(tmp_path / "back")
    await copied(target.config, back.config)
    assert await finished(back, receipts) == wanted


@pytest.mark.asyncio
async def test_from_brokers_stopped_half_way_to_the_embedded_log(tmp_path: Path, kafka_servers: tuple[str, ...]) -> None:
    """Also a file that all machines were reading."""
    still = world_in(tmp_path / "still")
    await still.start()
    wanted = await finished_after_start(still)
    source = world_in(tmp_path / "source", log=brokers(kafka_servers, spread_bytes=50_000))
    receipts = await stopped_half_way(source)
    target = world_in(tmp_path / "target", log=SPREAD)
    await copied(source.config, target.config)
    assert await finished(target, receipts) == wanted


@pytest.mark.asyncio
async def test_a_copy_to_brokers_killed_again_and_again_is_complete(tmp_path: Path, kafka_servers: tuple[str, ...]) -> None:
    world = world_in(tmp_path / "source")
    receipts = await stopped_half_way(world)
    source = written(tmp_path / "source", "[log]\npartitions = 2\n")
    kafka = f'[log]\nkind = "kafka"\npartitions = 2\nprefix = "{secrets.token_hex(4)}."\nspread_bytes = 0\n'
    target = written(tmp_path / "target", f'{kafka}[log.kafka]\nservers = ["{kafka_servers[0]}"]\nreplication = 1\nsession_seconds = 1\n')
    for what, count in (("records copied", 1), ("records compared", 20), ("parts of State", 1)):
        await killed_at(source, target, what, count)
    config = Config.load(target)
    await copied(world.config, config)
    moved = world_in(tmp_path / "target", data_dir=config.data_dir, log=config.log)
    assert await finished(moved, receipts) == await finished(world, receipts)


@pytest.mark.asyncio
async def test_a_copy_outlives_its_broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while a transaction is on its way, and back a moment later."""
    monkeypatch.setattr(records, "CHUNK_RECORDS", 5)
    source = world_in(tmp_path / "source")
    await source.start()
    done = await source.pass_through(FILES["remittance"][0])
    await source.stop()
    with KafkaCluster(tmp_path / "kafka") as cluster:
        target = world_in(tmp_path / "target", log=brokers(cluster.servers))
        killed: list[asyncio.Task[None]] = []

        async def restarted() -> None:
            await asyncio.to_thread(cluster.kill, 1)
            cluster.restart(1)
            await asyncio.to_thread(cluster.wait_ready, 1)

        def progress(what: str, done: int, total: int) -> None:
            if what == "records copied" and done > 20 and not killed:
                killed.append(asyncio.create_task(restarted()))

        async with opened(source.config) as old, opened(target.config) as new:
            await Copy(old, new, progress).run()
            await killed[0]
            ids = await ids_in(new.log, target.config)
    assert ids.total() == len(ids) == done.events


@pytest.mark.asyncio
async def test_what_a_killed_gateway_left_open_hides_nothing(tmp_path: Path, kafka_servers: tuple[str, ...]) -> None:
    source, target = world_in(tmp_path / "source", log=brokers(kafka_servers)), world_in(tmp_path / "target")
    prefix = source.config.log.prefix
    await source.start()
    done = await source.pass_through(FILES["remittance"][0])
    killed = confluent_kafka.Producer({"bootstrap.servers": kafka_servers[0], "transactional.id": f"{prefix}publish-0"})
    killed.init_transactions(30)
    killed.begin_transaction()
    for number in range(2):
        killed.produce(f"{prefix}claims.test", b"lost", b"key", partition=number, headers={"ce_id": b"lost"})
    assert killed.flush(30) == 0
    log = await open_log(source.config)
    hidden = [NewRecord(f"{prefix}claims.test", b"key", b"{}", (("ce_id", b"behind"),), number) for number in range(2)]
    await log.append(hidden)
    await log.close()
    await source.stop()
    await copied(source.config, target.config)
    ids = await events_in(target.config)
    assert ids.total() == done.events + 2
    assert ids["behind"] == 2
    assert ids["lost"] == 0


@pytest.mark.asyncio
async def test_a_gateway_that_runs_on_the_brokers_is_seen(tmp_path: Path, kafka_servers: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_module, "QUIET_SECONDS", 0.2)
    source, target = world_in(tmp_path / "source", log=brokers(kafka_servers)), world_in(tmp_path / "target")
    await source.start()
    await source.pass_through(FILES["small"][0])
    with pytest.raises(CopyRefusedError, match="a gateway runs on the source"):
        await copied(source.config, target.config)
    await source.stop()
    await copied(source.config, target.config)
