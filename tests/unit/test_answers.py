"""The gateway answers its senders: what a feed's settings lead to, a resend, a held file, folders that are away."""

import asyncio
import hashlib
import json
import os
import re
import time
from collections import Counter
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from connectors.sinks.directory import LEFT_SECONDS
from connectors.sinks.directory import DirectorySink as Folder
from gateway.answers import delivery, findings
from gateway.answers.outbound import outbound_of
from gateway.answers.profile import answered_at, profile_of
from gateway.answers.settings import AnswerSettings, DirectorySink, HttpSink
from gateway.api.app import create_app
from gateway.api.keys import create_key
from gateway.cli.main import main
from gateway.config import LimitSettings, LogSettings
from gateway.pipeline.messages import read_outcome
from gateway.sites import Feed, Site, lint_site, load_site
from parsers.x12.acknowledgements import Numbers, Profile, wanted, write
from parsers.x12.scan import scan
from tests.conftest import converted, reader_of
from tests.fault.answers_kill import said_of
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_world import FILES, World, production, remittance
from tests.unit.test_move import copied

CLAIMS = interchange(1, range(6), 2)
REFUSED_SET = interchange(2, range(6), 2).replace(b"*0002~ST", b"*9999~ST")


class Answering(World):
    """A world whose feed `claims` is answered into a folder and by HTTP; `quiet` is not answered, `strict` quarantines."""

    def __init__(self, folder: Path, *sinks: DirectorySink | HttpSink, settings: dict[str, object] | None = None, **values: object) -> None:
        super().__init__(folder, **values)
        self.outbox, self.app = folder / "out", None
        both = (DirectorySink(type="directory", path=self.outbox), HttpSink(type="http"))
        answers = AnswerSettings(**{"claims": "277CA", "sinks": sinks or both, **(settings or {})})
        strict = Feed(id="strict", duplicate_control_number="quarantine", answers=AnswerSettings(sinks=both))
        self.feeds = (Feed(id="claims", answers=answers), Feed(id="quiet"), strict)
        self.answer(*self.feeds)

    def answer(self, *feeds: Feed) -> None:
        self.sites = {"river": Site(id="river", zone="America/New_York", feeds=feeds)}

    @asynccontextmanager
    async def running(self):
        await self.start()
        try:
            async with asyncio.timeout(30):
                yield self
        finally:
            await self.stop()

    def folder(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.outbox.iterdir()} if self.outbox.exists() else {}

    def value(self, name: str, **labels: str) -> float | None:
        return self.gateway.metrics.registry.get_sample_value(name, {"site": "river", "feed": "claims", **WAY.get(name, {}), **labels})


WAY = {name: {"route": ""} for name in ("clearplane_deliveries_total", "clearplane_delivery_waiting")}


def kinds(answers: dict[str, bytes]) -> list[str]:
    return sorted(name.split(".")[2] for name in answers)


def readable(content: bytes) -> bool:
    """Whether the first pass finds nothing wrong with it."""
    return all(not hasattr(found, "code") for found in scan(reader_of(content), len(content)))


@pytest.mark.asyncio
async def test_a_feed_that_does_not_ask_is_not_answered(tmp_path):
    async with Answering(tmp_path).running() as world:
        await world.pass_through(CLAIMS, "quiet")
        assert await world.records("outbound") == []
        assert world.folder() == {}


@pytest.mark.asyncio
async def test_acknowledgements_are_in_the_folder_and_on_the_topic(tmp_path):
    async with Answering(tmp_path, limits=LimitSettings(chunk_bytes=4096)).running() as world:
        receipt = (await world.pass_through(REFUSED_SET)).receipt
        answers = world.folder()
        assert set(answers) == {f"{receipt}.0.999.x12", f"{receipt}.0.277ca.x12"}
        assert all(map(readable, answers.values()))
        said = said_of({kind: answers[f"{receipt}.0.{kind}.x12"] for kind in ("999", "277ca")})
        assert said.sets == {"0001": "A", "0002": "R", "0003": "A"}
        assert said.accepted == {f"K{number:08d}" for number in (0, 1, 4, 5)}
        records = await world.records("outbound")
        assert {outbound_of(record).name: record.value for record in records} == answers
        assert [outbound_of(record).kind for record in records] == ["999", "277CA"]
        assert world.value("clearplane_answers_total", kind="999") == world.value("clearplane_answers_total", kind="277CA") == 1
        assert world.value("clearplane_deliveries_total", outcome="delivered") == 2


def _faulty(number: int) -> bytes:
    """One set of many chunks, with findings in each."""
    return interchange(number, range(300), 1000).replace(b"XX*1234567893", b"XX*1234567890").replace(b"*U~", b"*Q~")


SEVERAL = {
    "a set of many chunks, with findings": _faulty(11),
    "a refused set of many chunks": re.sub(rb"SE\*(\d+)\*0001", rb"SE*\1*0009", _faulty(12)),
    "one set refused, and a claim without a number": REFUSED_SET.replace(b"CLM*K00000005", b"CLM*"),
    "two interchanges with junk between": FILES["junk and items outside a set"] + _faulty(13),
    "unknown guide": FILES["unknown guide"],
    "a remittance of many chunks": FILES["a remittance of many chunks"],
}


@pytest.mark.asyncio
async def test_cut_into_units_a_file_is_answered_as_when_it_is_read_at_once(tmp_path):
    """The gateway keeps findings of chunks that were read apart; one pass over the file gives the same acknowledgements."""
    async with Answering(tmp_path, settings={"ta1": "always"}).running() as world:
        for name, content in SEVERAL.items():
            found = await world.pass_through(content)
            rows = world.gateway.state.answers.of([found.receipt])[found.receipt, "done"]
            kept = profile_of(rows[0].profile)
            profile, at = Profile(**kept["profile"]), answered_at(found.received_at, "America/New_York")
            read_at, all_findings = reader_of(content), converted(content).findings
            expected = [
                b"".join(write(each, read_at, len(content), all_findings, profile, Numbers(*row[7:10]), at))
                for each, row in zip(wanted(read_at, len(content), all_findings, profile), rows, strict=True)
            ]
            assert [world.gateway.blobs.read(row.sha256) for row in rows] == expected, name


@pytest.mark.asyncio
async def test_a_remittance_is_acknowledged_too(tmp_path):
    async with Answering(tmp_path).running() as world:
        await world.pass_through(remittance(3, 2))
        assert kinds(world.folder()) == ["999"]


@pytest.mark.asyncio
async def test_a_large_acknowledgement_goes_as_its_hash(tmp_path):
    async with Answering(tmp_path).running() as world:
        await world.pass_through(interchange(4, range(200), 1000))
        records = {outbound_of(record).kind: record for record in await world.records("outbound")}
        found = outbound_of(records["277CA"])
        assert records["277CA"].value == b""
        assert found.size > world.config.limits.inline_bytes
        content = world.folder()[found.name]
        assert (len(content), hashlib.sha256(content).hexdigest()) == (found.size, found.sha256)


@pytest.mark.asyncio
async def test_a_resend_gets_the_same_bytes_again(tmp_path):
    async with Answering(tmp_path).running() as world:
        await world.pass_through(CLAIMS)
        first = world.folder()
        for name in first:
            (world.outbox / name).unlink()  # the partner has taken them
        world.clock.now += timedelta(days=3)
        await world.pass_through(CLAIMS)
        assert world.folder() == first
        ids = [outbound_of(record).id for record in await world.records("outbound")]
        assert len(ids) == len(set(ids)) == 4


@pytest.mark.asyncio
async def test_a_resend_before_the_end_of_the_file_waits_for_its_answer(tmp_path):
    async with Answering(tmp_path).running() as world:
        content = interchange(5, range(300), 1000)
        await asyncio.gather(world.send(content), world.send(content))
        await world.gateway.wait_idle()
        [partition] = {record.partition for record in await world.records("outcomes")}
        said = [read_outcome(record.value)[0] for record in await world.records("outcomes") if record.partition == partition]
        assert said.index("duplicate") < said.index("done")
        assert len(await world.records("outbound")) == 2


@pytest.mark.asyncio
async def test_after_a_restart_numbers_go_on_and_nothing_is_said_twice(tmp_path):
    world = Answering(tmp_path)
    async with world.running():
        await world.pass_through(CLAIMS)
    async with world.running():
        await world.pass_through(interchange(6, range(10, 12), 2))
        numbers = [content.split(b"*")[13] for content in world.folder().values()]
        assert sorted(numbers) == [b"%09d" % number for number in (1, 2, 3, 4)]
        assert len(await world.records("outbound")) == 4


@pytest.mark.asyncio
async def test_with_a_state_of_a_backup_no_number_comes_twice(tmp_path):
    world = Answering(tmp_path)
    async with world.running():
        await world.pass_through(CLAIMS)
    backup = (tmp_path / "data" / "state.db").read_bytes()
    async with world.running():
        lost = (await world.pass_through(interchange(6, range(10, 12), 2))).receipt
    for path in (tmp_path / "data").glob("state.db*"):
        path.unlink()
    (tmp_path / "data" / "state.db").write_bytes(backup)
    async with world.running():
        assert [row.number for row in world.gateway.state.answers.of([lost])[lost, "done"]] == [3, 4]
        await world.pass_through(interchange(7, range(20, 22), 2))
        numbers = sorted(int(content.split(b"*")[13]) for content in world.folder().values())
        assert numbers == [1, 2, 3, 4, 5, 6]
        assert len(await world.records("outbound")) == 6


@pytest.mark.asyncio
async def test_on_a_copied_log_nothing_is_said_again_and_numbers_go_on(tmp_path):
    (tmp_path / "old").mkdir()
    source = Answering(tmp_path / "old")
    async with source.running():
        await source.pass_through(CLAIMS)
        first = source.folder()
    target = Answering(tmp_path / "new", log=LogSettings(partitions=2, prefix="new."))
    await copied(source.config, target.config)
    async with target.running():
        await target.pass_through(interchange(6, range(10, 12), 2))
        later = target.folder()
        assert sorted(int(content.split(b"*")[13]) for content in later.values()) == [3, 4]
        await target.pass_through(CLAIMS)
        assert target.folder() == {**later, **first}


@pytest.mark.asyncio
async def test_a_held_file_is_refused_and_answered_again_once_released(tmp_path):
    async with Answering(tmp_path).running() as world:
        await world.pass_through(production(CLAIMS), "strict")
        before = set(world.folder())
        held = await world.pass_through(production(CLAIMS).replace(b"SAMPLE", b"SIMPLE"), "strict")
        [name] = set(world.folder()) - before
        assert (held.status, name) == ("held", f"{held.receipt}.0.ta1-held.x12")
        ta1 = next(segment.split(b"*") for segment in world.folder()[name].split(b"~") if segment.startswith(b"TA1"))
        assert (ta1[1], ta1[4], ta1[5]) == (b"000000001", b"R", b"025")
        await world.gateway.hold.release(held.receipt, "someone")
        await world.gateway.wait_idle()
        assert f"{held.receipt}.0.999.x12" in world.folder()
        assert max(Counter(content.split(b"*")[13] for content in world.folder().values()).values()) == 1


@pytest.mark.asyncio
async def test_answers_only_to_files_with_errors(tmp_path):
    async with Answering(tmp_path, settings={"when": "errors"}).running() as world:
        await world.pass_through(CLAIMS)
        assert world.folder() == {}
        await world.pass_through(REFUSED_SET)
        assert kinds(world.folder()) == ["277ca", "999"]


@pytest.mark.asyncio
async def test_ids_of_the_partner_and_a_997(tmp_path):
    settings = {"functional": "997", "claims": "none", "ta1": "always", "sender": "30:PLAN ONE", "receiver": "ZZ:HOUSE"}
    async with Answering(tmp_path, settings=settings).running() as world:
        await world.pass_through(CLAIMS)
        assert kinds(world.folder()) == ["997", "ta1"]
        for content in world.folder().values():
            isa = [part.strip() for part in content.split(b"*")[:9]]
            assert isa[5:] == [b"30", b"PLAN ONE", b"ZZ", b"HOUSE"]


@pytest.mark.asyncio
async def test_a_feed_that_begins_to_ask_is_answered_from_then_on(tmp_path):
    world = Answering(tmp_path)
    world.answer(Feed(id="claims"))
    async with world.running():
        await world.pass_through(CLAIMS)
    world.answer(*world.feeds)
    world.clock.now += timedelta(seconds=1)
    async with world.running():
        await world.pass_through(REFUSED_SET)
        assert len(await world.records("outbound")) == 2


@pytest.mark.asyncio
async def test_many_findings_go_through_a_file_and_leave_nothing(tmp_path, monkeypatch):
    content = interchange(7, range(40), 40).replace(b"XX*1234567893", b"XX*1234567890")
    async with Answering(tmp_path / "one").running() as world:
        await world.pass_through(content)
        expected = world.folder()
    monkeypatch.setattr(findings, "HELD_IN_MEMORY", 1)
    monkeypatch.setattr(findings, "PAGE", 3)
    other = Answering(tmp_path / "two")
    other.clock.now = world.clock.now
    async with other.running():
        await other.pass_through(content)
        assert other.folder() == expected
        assert list(other.config.spool_path.iterdir()) == []


@pytest.mark.asyncio
async def test_findings_that_were_not_listed_are_known_to_be_missing(tmp_path):
    limits = LimitSettings(chunk_bytes=4096, findings=20)
    async with Answering(tmp_path, limits=limits).running() as world:
        good = await world.pass_through(CLAIMS)
        cut = await world.pass_through(interchange(8, range(60), 2).replace(b"XX*1234567893", b"XX*1234567890"))
        known = world.gateway.state.answers.of([good.receipt, cut.receipt])
        complete = {receipt: {profile_of(row.profile)["complete"] for row in rows} for (receipt, _), rows in known.items()}
        assert complete == {good.receipt: {True}, cut.receipt: {False}}


@pytest.mark.asyncio
async def test_a_folder_that_is_away_holds_up_its_feed_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(delivery, "FIRST_PAUSE", 0.05)
    blocked = tmp_path / "share"
    blocked.write_bytes(b"no folder")
    world = Answering(tmp_path, DirectorySink(type="directory", path=blocked / "in"))
    async with world.running():
        first = (await world.pass_through(CLAIMS)).receipt
        await world.pass_through(REFUSED_SET)
        await world.pass_through(CLAIMS, "strict")
        assert len(world.folder()) == 1
        waiting = world.gateway.state.deliveries.waiting()
        assert [(each.feed, each.depth) for each in waiting] == [("claims", 4)]
        assert world.gateway.state.deliveries.next("river", "claims", 1)[0].name.startswith(first)
        assert world.value("clearplane_delivery_waiting") == 4
        assert world.value("clearplane_deliveries_total", outcome="failed") >= 1
        blocked.unlink()
        while world.gateway.state.deliveries.waiting():  # noqa: ASYNC110 (told by looking)
            await asyncio.sleep(0.02)
        assert len(list((blocked / "in").iterdir())) == 4
        sent = [each.delivered_at for each in world.gateway.state.deliveries.of(first)]
        assert None not in sent


@pytest.mark.asyncio
async def test_a_file_whose_bytes_are_gone_is_counted_and_holds_up_nobody(tmp_path):
    world = Answering(tmp_path)
    async with world.running():
        world.answer(Feed(id="claims"))
    async with world.running():
        gone = await world.send(CLAIMS)
        await world.gateway.wait_idle()
        world.gateway.blobs.delete(gone.sha256)
    world.answer(*world.feeds)
    with world.gateway.state._database.write() as connection:
        connection.exec_driver_sql("INSERT INTO answered_since VALUES ('river', 'claims', '')")
    async with world.running():
        await world.pass_through(REFUSED_SET)
        assert kinds(world.folder()) == ["277ca", "999"]
        assert world.value("clearplane_answers_failed_total") == 1


@pytest.mark.asyncio
async def test_retention_keeps_answers_as_long_as_their_files(tmp_path):
    async with Answering(tmp_path).running() as world:
        found = await world.pass_through(CLAIMS)
        blobs = {row.sha256 for row in world.gateway.state.answers.of([found.receipt])[found.receipt, "done"]} | {found.sha256}
        world.clock.now += timedelta(days=3)
        await world.gateway.prune()
        assert all(map(world.gateway.blobs.exists, blobs))
        world.clock.now += timedelta(days=2000)
        for spec in (await world.gateway.log.topics()).values():
            await world.gateway.log.create_topics([spec._replace(retention_ms=0)])
        await world.gateway.log.prune(round(world.clock.now.timestamp() * 1000))
        await world.gateway.prune()
        assert not any(map(world.gateway.blobs.exists, blobs))


# -- HTTP


@asynccontextmanager
async def client(world: Answering, *scopes: str, sites: tuple[str, ...] = ()):
    _, token = create_key(world.gateway.state, "test", scopes, sites)
    world.app = world.app or create_app(world.gateway)
    transport = httpx.ASGITransport(world.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers={"Authorization": f"Bearer {token}"}) as http:
        yield http


@pytest.mark.asyncio
async def test_acknowledgements_by_http(tmp_path):
    async with Answering(tmp_path).running() as world:
        receipt = (await world.pass_through(CLAIMS)).receipt
        async with client(world, "raw:read") as http:
            listed = (await http.get(f"/v1/receipts/{receipt}/acknowledgements")).json()["acknowledgements"]
            assert [(row["kind"], row["control_number"], row["fault"]) for row in listed] == [("999", "000000001", ""), ("277CA", "000000002", "")]
            assert all(row["delivered_at"] for row in listed)
            for row in listed:
                got = await http.get(f"/v1/receipts/{receipt}/acknowledgements/{row['name']}")
                assert (got.status_code, got.content) == (200, world.folder()[row["name"]])
            assert (await http.get(f"/v1/receipts/{receipt}/acknowledgements/{receipt}.9.999.x12")).status_code == 404
            assert (await http.get(f"/v1/receipts/{'a' * 26}/acknowledgements")).status_code == 404
        audited = [entry.target for entry in world.gateway.state.audit.page() if entry.action == "acknowledgement.read"]
        assert sorted(audited) == sorted(world.folder())


@pytest.mark.asyncio
async def test_acknowledgements_are_for_keys_that_may_read_bytes_of_the_site(tmp_path):
    world = Answering(tmp_path, DirectorySink(type="directory", path=tmp_path / "only"))
    async with world.running():
        receipt = (await world.pass_through(CLAIMS)).receipt
        other = (await world.pass_through(CLAIMS, "strict")).receipt
        async with client(world, "intake:write", "events:read") as http:
            assert (await http.get(f"/v1/receipts/{other}/acknowledgements")).status_code == 403
        async with client(world, "raw:read", sites=("lake",)) as http:
            assert (await http.get(f"/v1/receipts/{other}/acknowledgements")).status_code == 404
        async with client(world, "raw:read") as http:
            assert (await http.get(f"/v1/receipts/{other}/acknowledgements")).status_code == 200
            assert (await http.get(f"/v1/receipts/{receipt}/acknowledgements")).status_code == 404


@pytest.mark.asyncio
async def test_acknowledgements_on_the_command_line(tmp_path, capsysbinary, monkeypatch):
    monkeypatch.setattr(delivery, "FIRST_PAUSE", 60.0)
    (tmp_path / "share").write_bytes(b"no folder")
    world = Answering(tmp_path, DirectorySink(type="directory", path=tmp_path / "share" / "in"), limits=LimitSettings())
    async with world.running():
        receipt = (await world.pass_through(CLAIMS)).receipt
        written = {outbound_of(record).name: record.value for record in await world.records("outbound")}
    (tmp_path / "clearplane.toml").write_text('data_dir = "data"\n')

    async def said(*arguments: str) -> tuple[int, bytes]:
        config = "--config", str(tmp_path / "clearplane.toml")
        code = await asyncio.to_thread(main, ["acknowledgements", *arguments, *config])
        return code, capsysbinary.readouterr().out

    code, out = await said("list", receipt)
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, [line["kind"] for line in lines], {line["delivered_at"] for line in lines}) == (0, ["999", "277CA"], {None})
    name = lines[0]["name"]
    assert await said("show", receipt, name) == (0, written[name])
    code, out = await said("waiting")
    [waiting] = map(json.loads, out.splitlines())
    assert (code, waiting["feed"], waiting["waiting"], waiting["tries"]) == (0, "claims", 2, 1)
    assert "cannot be written" in waiting["fault"]
    assert await said("list", "a" * 26) == await said("show", receipt, "none") == (1, b"")


# -- settings


SITE = """id = "river"
[[feeds]]
id = "claims"
[feeds.answers]
ta1 = "always"
claims = "277CA"
receiver = "ZZ:HOUSE"
sinks = [{type = "http"}, {type = "directory", path = "out/claims"}]
[[feeds]]
id = "paid"
"""


def test_settings_of_a_feed(tmp_path):
    path = tmp_path / "sites" / "river.toml"
    path.parent.mkdir()
    path.write_text(SITE)
    first, second = load_site(path).feeds
    assert second.answers is None
    assert first.answers is not None
    assert first.answers.sinks == (HttpSink(type="http"), DirectorySink(type="directory", path=tmp_path / "out" / "claims"))
    assert (first.answers.ta1, first.answers.functional, first.answers.receiver) == ("always", "999", "ZZ:HOUSE")


@pytest.mark.parametrize(
    ("line", "wrong"),
    [(5, 'ta1 = "sometimes"'), (6, 'claims = "999"'), (7, 'receiver = "HOUSE"'), (7, 'receiver = "ZZ:TO*ME"'), (8, 'sinks = [{type = "fax"}]')],
)
def test_a_faulty_setting_is_named_with_its_line(tmp_path, line, wrong):
    lines = SITE.splitlines()
    lines[line - 1] = wrong
    path = tmp_path / "river.toml"
    path.write_text("\n".join(lines))
    assert [problem.line for problem in lint_site(path)] == [line]


# -- the folder


def test_a_file_appears_whole_and_again_the_same(tmp_path):
    sink = Folder(tmp_path / "made" / "out")
    for _ in range(2):
        sink.put("a.x12", iter([b"one", b"two"]))
        assert {path.name: path.read_bytes() for path in (tmp_path / "made" / "out").iterdir()} == {"a.x12": b"onetwo"}


def test_what_fails_half_way_leaves_nothing(tmp_path):
    sink = Folder(tmp_path)
    sink.put("a.x12", [b"before"])

    def broken():
        yield b"half"
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        sink.put("a.x12", broken())
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.x12", b"before")]


def test_what_a_killed_process_left_long_ago_is_taken_away(tmp_path):
    for name, age in (("a", LEFT_SECONDS + 1), ("b", 0)):
        left = tmp_path / f".{name}.x12.0badf00d.part"
        left.write_bytes(b"half")
        os.utime(left, (time.time() - age,) * 2)
    Folder(tmp_path).put("a.x12", [b"whole"])
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b.x12.0badf00d.part", "a.x12"]


@pytest.mark.parametrize("name", ["", ".hidden", "../up", "a/b", "a\0b"])
def test_only_plain_names(tmp_path, name):
    with pytest.raises(ValueError, match="plain"):
        Folder(tmp_path).put(name, [b"x"])
    assert list(tmp_path.iterdir()) == []
