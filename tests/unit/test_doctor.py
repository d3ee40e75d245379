"""`clearplane doctor`: each check says what is wrong and what to do, and the others go on."""

import asyncio
import json
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.main import main
from gateway.config import ApiSettings, Config, KafkaSettings, LogSettings, StateSettings, TopicSettings
from gateway.doctor import check as check_module
from gateway.doctor.check import Check, Found, Line, all_checks, check, run_checks
from gateway.doctor.checks import api, data
from gateway.doctor.topics import inner_topics, kept_positions, own_topics
from gateway.log.kafka.admin import TopicFacts
from gateway.log.kafka.batches import topic_bytes
from gateway.seams import LogError
from gateway.state.schema import MIGRATIONS
from tests.servers import certificates as made
from tests.unit.pipeline_world import World
from tests.unit.test_move import FILES

SITE = """id = "north"
[[feeds]]
id = "claims"
[[feeds.sources]]
type = "directory"
path = "inbox"
"""


def config_in(folder: Path, **settings: Any) -> Config:
    (folder / "sites").mkdir(exist_ok=True)
    (folder / "sites" / "north.toml").write_text(SITE)
    (folder / "inbox").mkdir(exist_ok=True)
    return Config(**{"api": ApiSettings(port=0), **settings}).rooted(folder)


async def lines_of(config: Config) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in await run_checks(config):
        found.setdefault(line.check, []).append(line)
    return found


@pytest.mark.asyncio
async def test_a_fresh_configuration_has_no_problem_and_nothing_is_made(tmp_path: Path) -> None:
    found = await lines_of(config_in(tmp_path))
    assert {line.verdict for lines in found.values() for line in lines} == {"ok"}, found
    assert not (tmp_path / "data").exists()
    assert found["sites"][0].text == "1 sites with 1 feeds"


def test_every_check_has_advice_and_a_name_of_its_own() -> None:
    names = [one.name for one in all_checks()]
    assert len(set(names)) == len(names) > 10
    assert all(one.do for one in all_checks())
    assert all(not one.needs or names.index(one.needs) < names.index(one.name) for one in all_checks())


@pytest.mark.asyncio
async def test_a_check_that_fails_keeps_no_other_from_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(error: Exception) -> Check:
        @check(type(error).__name__, do="do this")
        async def failing(_config: Config) -> list[Found]:
            raise error

        return failing

    @check("slow", do="wait")
    async def slow(_config: Config) -> list[Found]:
        await asyncio.Event().wait()
        return []

    @check("after", do="", needs="LogError")
    async def after(_config: Config) -> list[Found]:
        raise AssertionError

    tried = [raising(LogError("a sentence")), raising(ValueError("DOE*JOHN")), slow, after]
    monkeypatch.setattr(check_module, "all_checks", lambda: tried)
    monkeypatch.setattr(check_module, "SECONDS", 0.05)
    one, two, three, four = await run_checks(config_in(tmp_path))
    assert one == Line("LogError", "problem", "a sentence", "do this")
    assert two.text.startswith("a bug of ours: ValueError at test_doctor.py:")
    assert three == Line("slow", "problem", "no answer within 0.05 seconds", "wait")
    assert four == Line("after", "warning", "not checked", "mend first: LogError")


def open_folder(folder: Path) -> Config:
    (folder / "data").mkdir()
    (folder / "data").chmod(0o755)
    return config_in(folder)


def bad_site(folder: Path) -> Config:
    config = config_in(folder)
    (folder / "sites" / "south.toml").write_text('id = "south"\nzone = "Nowhere"\n')
    return config


def no_inbox(folder: Path) -> Config:
    config = config_in(folder)
    (folder / "inbox").rmdir()
    return config


def no_secret(folder: Path) -> Config:
    kafka = KafkaSettings(security="sasl", username="gateway", password="env:NO_SUCH_VARIABLE_IS_SET", servers=("127.0.0.1:1",), request_seconds=0.5)  # noqa: S106
    return config_in(folder, log=LogSettings(kind="kafka", kafka=kafka))


def newer_state(folder: Path) -> Config:
    (folder / "data").mkdir(mode=0o700)
    with closing(sqlite3.connect(folder / "data" / "state.db")) as connection:
        connection.execute("CREATE TABLE schema_version (number BIGINT NOT NULL)")
        connection.execute("INSERT INTO schema_version VALUES (?)", (len(MIGRATIONS) + 1,))
        connection.commit()
    return config_in(folder)


def away(folder: Path) -> Config:
    state = StateSettings(url=f"postgresql://gateway@127.0.0.1:{_free_port()}/gateway")
    return config_in(folder, state=state)


def no_brokers(folder: Path) -> Config:
    return config_in(folder, log=LogSettings(kind="kafka", kafka=KafkaSettings(servers=(f"127.0.0.1:{_free_port()}",), request_seconds=0.5)))


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("made_by", "where", "text", "do"),
    [
        (open_folder, "data folder", "can be entered by others", "name another data_dir"),
        (bad_site, "sites", "no IANA time zone 'Nowhere'", "clearplane check"),
        (no_inbox, "sites", "does not exist", "mkdir -p"),
        (no_secret, "secrets", "the environment variable NO_SUCH_VARIABLE_IS_SET is not set", "put the secret there"),
        (newer_state, "State", f"version {len(MIGRATIONS) + 1}, this one knows {len(MIGRATIONS)}", "upgrade Clearplane"),
        (away, "State", "cannot be used now", "check [state] url"),
        (no_brokers, "brokers", "no broker answers at 127.0.0.1:", "check log.kafka.servers"),
    ],
)
async def test_what_is_wrong_is_said_with_what_to_do(tmp_path: Path, made_by: Callable[[Path], Config], where: str, text: str, do: str) -> None:
    lines = (await lines_of(made_by(tmp_path)))[where]
    assert any(line.verdict == "problem" and text in line.text and do in line.do for line in lines), lines


@pytest.mark.asyncio
async def test_checks_that_need_brokers_wait_for_them(tmp_path: Path) -> None:
    found = await lines_of(no_brokers(tmp_path))
    for name in ("topics", "transactions", "lag"):
        assert found[name] == [Line(name, "warning", "not checked", "mend first: brokers")]


@pytest.mark.asyncio
async def test_little_space_and_a_slow_disk_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "LITTLE_BYTES", 1 << 60)
    monkeypatch.setattr(data, "SLOW_SECONDS", 0.0)
    found = await lines_of(config_in(tmp_path))
    assert found["disk space"][0].verdict == found["disk writes"][0].verdict == "warning"


@pytest.mark.asyncio
async def test_a_port_in_use_is_seen(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        [line] = (await lines_of(config_in(tmp_path, api=ApiSettings(port=port))))["API address"]
    assert (line.verdict, line.text) == ("warning", f"127.0.0.1:{port} is in use")


@pytest.mark.asyncio
async def test_certificates_are_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = made.make_certificates(tmp_path / "good")
    monkeypatch.setattr(made, "ISSUED", [*made.ISSUED, "-startdate", "-40d"])
    ended = made.make_certificates(tmp_path / "ended")

    async def said(certificate: Path, key: Path) -> tuple[str, str]:
        settings = ApiSettings(port=0, tls_cert=certificate, tls_key=key)
        [line] = (await lines_of(config_in(tmp_path, api=settings)))["certificates"]
        return line.verdict, line.text

    pair = good.server
    assert (await said(pair.certificates, pair.key))[0] == "warning"
    monkeypatch.setattr(api, "SOON", api.timedelta(days=1))
    assert (await said(pair.certificates, pair.key))[0] == "ok"
    verdict, text = await said(pair.certificates, good.client.key)
    assert (verdict, "MISMATCH" in text) == ("problem", True)
    assert await said(ended.server.certificates, ended.server.key) == ("problem", f"{ended.server.certificates}: certificate has expired")
    verdict, text = await said(pair.certificates, tmp_path / "none.pem")
    assert (verdict, "No such file" in text) == ("problem", True)


@pytest.mark.asyncio
async def test_beside_a_gateway_its_log_and_groups_are_looked_at(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.config = world.config.model_copy(update={"api": ApiSettings(port=0), "sites_dir": tmp_path / "sites"})
    (tmp_path / "data").mkdir(mode=0o700)
    await world.start()
    await world.pass_through(FILES["remittance"][0])
    found = await lines_of(world.config)
    assert found["gateways"][0].verdict == found["lag"][0].verdict == found["embedded log"][0].verdict == "ok"
    assert found["lag"][0].text == "records not yet read: normalise 0, publish 0"
    await world.stop()
    found = await lines_of(world.config.model_copy(update={"topics": {"held": TopicSettings(partitions=3)}}))
    assert found["gateways"][0].verdict == "warning"
    assert found["embedded log"][0].text == "held has 2 partitions, not 3"


# -- topics, as pure functions

CONFIG = Config(log=LogSettings(kind="kafka", partitions=6, kafka=KafkaSettings(replication=3)))
GOOD = {
    "cleanup.policy": "delete", "min.insync.replicas": "2", "compression.type": "zstd", "message.timestamp.type": "LogAppendTime",
    "max.message.bytes": str(topic_bytes(CONFIG.log.kafka)),
}  # fmt: skip
FACTS = TopicFacts(6, 3, 0, 0)


@pytest.mark.parametrize(
    ("facts", "settings", "verdict", "text"),
    [
        (FACTS, {}, "ok", "1 of 13 topics are there"),
        (FACTS._replace(partitions=4), {}, "problem", "claims has 4 partitions, not 6"),
        (FACTS._replace(offline=2), {}, "problem", "2 partitions have no leader"),
        (FACTS._replace(behind=1), {}, "warning", "1 partitions have replicas that are behind"),
        (FACTS._replace(replicas=2), {}, "warning", "claims has 2 replicas, not 3"),
        (FACTS, {"min.insync.replicas": "4"}, "problem", "4 of 3 replicas: nothing can be written"),
        (FACTS, {"min.insync.replicas": "3"}, "warning", "3 of 3: writing stops"),
        (FACTS, {"min.insync.replicas": "1"}, "warning", "may be on one disk only"),
        (FACTS, {"cleanup.policy": "compact,delete"}, "problem", "earlier events of a claim are deleted"),
        (FACTS, {"max.message.bytes": "1000"}, "problem", "max.message.bytes is 1000"),
        (FACTS, {"message.timestamp.type": "CreateTime"}, "warning", "not LogAppendTime"),
        (FACTS, {"compression.type": "gzip"}, "warning", "compression.type is gzip, not zstd"),
        (FACTS, {"compression.type": "producer"}, "ok", "1 of 13 topics are there"),
    ],
)
def test_a_topic_is_judged(facts: TopicFacts, settings: dict[str, str], verdict: str, text: str) -> None:
    found = own_topics(CONFIG, {"claims": facts}, {"claims": {**GOOD, **settings}})
    assert any(one.verdict == verdict and text in one.text for one in found), found
    assert {one.verdict for one in found} <= {"ok", verdict}


def test_the_brokers_own_topics_are_judged() -> None:
    facts = {"__consumer_offsets": TopicFacts(50, 1, 0, 0)}
    assert inner_topics(facts, 1) == []
    [found] = inner_topics(facts, 3)
    assert found.verdict == "warning"


@pytest.mark.parametrize(("intake_days", "kept_days", "warned"), [(30, 7, True), (7, 7, False), (6.5, 7, False), (0, 365, True)])
def test_brokers_that_forget_positions_before_files_are_gone_are_noticed(intake_days: float, kept_days: int, warned: bool) -> None:
    config = Config(topics={"intake": TopicSettings(retention_days=intake_days)})
    assert [found.verdict for found in kept_positions(config, kept_days * 1440)] == ["warning"] * warned


# -- the command


def test_the_command_says_it_in_lines_of_json_and_by_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    config_in(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clearplane.toml").write_text("[api]\nport = 0\n")
    assert main(["doctor", "--json"]) == 0
    lines = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert {line["verdict"] for line in lines} == {"ok"}
    assert lines[0]["check"] == "configuration"
    (tmp_path / "sites" / "south.toml").write_text("id = 7\n")
    assert main(["doctor"]) == 1
    assert b"-> mend the lines named here" in capfdbinary.readouterr().out
    (tmp_path / "clearplane.toml").write_text("[api]\nprot = 0\n")
    assert main(["doctor", "--json"]) == 1
    [line] = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert (line["check"], line["verdict"]) == ("configuration", "problem")
