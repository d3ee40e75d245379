"""`clearplane doctor` against real brokers, a real database and a real object store."""

import secrets
from pathlib import Path

import pytest

from gateway.config import ApiSettings, BlobSettings, Config, KafkaSettings, StateSettings
from gateway.doctor.check import Line, run_checks
from gateway.log.kafka.admin import admin_of
from gateway.seams import TopicSpec
from gateway.stores import open_log
from tests.kafka.test_move import brokers, cluster_world
from tests.servers.certificates import make_certificates
from tests.servers.kafka import KafkaCluster, Security
from tests.servers.postgres import Postgres
from tests.servers.s3 import S3
from tests.unit.test_move import FILES


async def lines_of(config: Config) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in await run_checks(config.model_copy(update={"api": ApiSettings(port=0)})):
        found.setdefault(line.check, []).append(line)
    return found


@pytest.mark.asyncio
async def test_a_cluster_that_works_has_no_problem(tmp_path: Path, kafka_servers: tuple[str, ...], postgres: Postgres, s3: S3) -> None:
    world = cluster_world(tmp_path / "gateway", kafka_servers, postgres, s3)
    before = await lines_of(world.config)
    await world.start()
    await world.pass_through(FILES["small"][0])
    found = await lines_of(world.config)
    await world.stop()
    for lines in (before, found):
        assert not [line for of in lines.values() for line in of if line.verdict == "problem"], lines
    assert before["topics"][0].text.startswith("0 of 13 topics are there")
    assert before["State"][0].text.startswith("reachable; its tables will be brought from version 0")
    assert found["topics"][0].text == "13 of 13 topics are there"
    assert any("brokers forget read positions after 7 days" in line.text for line in found["topics"])
    assert [line.verdict for line in found["transactions"]] == ["ok", "ok"]
    assert found["gateways"][0].verdict == "ok"
    assert [line.text.split(":")[0] for line in found["stored files"]] == ["blobs", "values"]
    assert any("clock of the database server" in line.text for line in found["State"])
    async with admin_of(world.config.log.kafka) as admin:
        left = set(await admin._client.list_topics())
    assert not [name for name in left if name.startswith(f"{world.config.log.prefix}doctor")]


@pytest.mark.asyncio
async def test_what_servers_have_otherwise_is_said(tmp_path: Path, kafka_servers: tuple[str, ...], postgres: Postgres, s3: S3) -> None:
    world = cluster_world(tmp_path / "gateway", kafka_servers, postgres, s3)
    config = world.config
    log = await open_log(config)
    await log.create_topics([TopicSpec(config.topic("claims"), 3)])
    await log.close()
    assert config.blobs.s3 is not None
    kafka = config.log.kafka.model_copy(update={"record_bytes": 2_000_000})
    update = {
        "log": config.log.model_copy(update={"kafka": kafka}),
        "blobs": BlobSettings(s3=config.blobs.s3.model_copy(update={"bucket": "no-such-bucket", "retry_seconds": 0.0})),
        "state": StateSettings(url=f"{postgres.url.rpartition('/')[0]}/no_such_database"),
    }
    found = await lines_of(config.model_copy(update=update))
    problems = {name: [line.text for line in lines if line.verdict == "problem"] for name, lines in found.items()}
    topic = config.topic("claims")
    assert f"{topic} has 3 partitions, not 2" in problems["topics"]
    assert any(f"{topic}: max.message.bytes is " in text for text in problems["topics"])
    assert problems["stored files"]
    assert problems["State"]
    assert not problems["transactions"]


@pytest.mark.asyncio
async def test_tls_and_passwords_are_tried(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path / "certificates")
    password = secrets.token_hex(8)
    (tmp_path / "password").write_text(password)
    (tmp_path / "wrong").write_text("wrong")
    with KafkaCluster(tmp_path / "kafka", security=Security(certificates, {"gateway": password})) as cluster:
        good = KafkaSettings(
            servers=cluster.servers, security="sasl_tls", username="gateway", password=f"file:{tmp_path}/password",
            ca_file=certificates.authority, replication=1,
        )  # fmt: skip
        log = brokers(cluster.servers).model_copy(update={"kafka": good})
        config = Config(log=log, data_dir=tmp_path / "data", sites_dir=tmp_path / "sites")
        found = await lines_of(config)
        assert not [line for of in found.values() for line in of if line.verdict == "problem"], found

        async def brokers_said(**changes: object) -> str:
            kafka = good.model_copy(update={"request_seconds": 3.0, **changes})
            lines = (await lines_of(config.model_copy(update={"log": log.model_copy(update={"kafka": kafka})})))["brokers"]
            assert lines[0].verdict == "problem"
            return lines[0].text

        assert "does not accept the user name and password" in await brokers_said(password=f"file:{tmp_path}/wrong")
        assert "is not trusted" in await brokers_said(ca_file=None)
        assert "cannot be used" in await brokers_said(ca_file=tmp_path / "none.pem")
        cluster.stop()
        assert "no broker answers" in await brokers_said()
