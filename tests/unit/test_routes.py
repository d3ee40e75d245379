"""What a site hands on: which messages, in which order, and what becomes of them when the receiver is away or says no."""

import asyncio
import hashlib
from datetime import timedelta

import httpx
import pytest

from connectors.sinks.mllp import Outcome
from gateway.answers import delivery
from gateway.answers.settings import AnswerSettings
from gateway.api.app import create_app
from gateway.api.keys import create_key
from gateway.cli.main import main
from gateway.config import LimitSettings
from gateway.routes.contents import Bodies, Contents, GoneError
from gateway.routes.desk import Desk, NotParkedError
from gateway.routes.judge import asks_for_none, judge_of
from gateway.seams import Record
from gateway.site_tls import ServerTls
from gateway.sites import Feed
from gateway.state.deliveries import Delivery
from parsers.hl7v2.acknowledgement import header
from tests.fault.gateway_kill import interchange
from tests.servers.certificates import make_certificates
from tests.unit.v2_routing import Receiver, Routing, control_ids, message

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch):
    """At what others have put back into the queues."""
    monkeypatch.setattr(delivery, "IDLE_SECONDS", 0.2)


def to_folder(world_folder, name="in"):
    return {"type": "directory", "path": world_folder / "out" / name}


def out_to(receiver):
    return {"id": "out", "to": {"type": "mllp", "host": "127.0.0.1", "port": receiver.port}}


async def test_messages_of_these_types_go_in_order_and_nothing_else(tmp_path):
    routes = ({"id": "lab", "types": ["ADT^A08", "ORU"], "to": to_folder(tmp_path, "lab")}, {"id": "all", "to": to_folder(tmp_path, "all")})
    async with Routing(tmp_path, *routes).running() as world:
        kinds = ["ADT^A01", "ADT^A08", "ORU^R01", "ADT^A08", "ORM^O01"]
        sent = [message(number, kind) for number, kind in enumerate(kinds)]
        sent += [message(5, "ADT").replace(b"EVN||", b"EVN|%s|" % event) for event in (b"A08", b"A01")]  # as versions before 2.3 may say it
        for each in sent:
            await world.send(each, "adt")
        await world.send(interchange(1, range(2), 2), "claims")
        await world.gateway.wait_idle()
        assert [path.read_bytes() for path in world.files("lab")] == [sent[1], sent[2], sent[3], sent[5]]
        assert [path.read_bytes() for path in world.files("all")] == sent
        assert world.value("clearplane_deliveries_total", "lab", outcome="delivered") == 4
        assert world.value("clearplane_routed_total", "all") == 7
        again = await world.send(sent[1], "adt")
        assert again.duplicate
        await world.gateway.wait_idle()
        assert len(world.files("lab")) == 4


async def test_a_batch_is_routed_message_by_message_large_ones_from_their_blob(tmp_path):
    limits = LimitSettings(chunk_bytes=4096, inline_bytes=2048)
    sent = [message(number, text="X" * (5000 if number == 7 else 5)) for number in range(200)]
    async with Routing(tmp_path, {"id": "all", "to": to_folder(tmp_path)}, limits=limits).running() as world:
        await world.pass_through(b"".join(sent), "adt")
        await world.until(lambda: len(world.files("in")) == 200)
        assert [path.read_bytes() for path in world.files("in")] == sent


async def test_an_interrupted_batch_goes_on_where_it_was(tmp_path, monkeypatch):
    """Its lane ends in the middle; what is out already does not go again."""
    sent = [message(number) for number in range(200)]
    world = Routing(tmp_path, {"id": "all", "to": to_folder(tmp_path)}, limits=LimitSettings(chunk_bytes=4096, inline_bytes=2048))
    from gateway.routes import stage

    real, calls = stage.Router._commit, []

    async def stopping(self, lane, position, results):
        calls.append(len(results))
        if len(calls) == 3:
            raise ConnectionError("killed here")
        await real(self, lane, position, results)

    monkeypatch.setattr(stage.Router, "_commit", stopping)
    async with world.running():
        await world.send(b"".join(sent), "adt")
        await world.until(lambda: len(world.files("in")) == 200)
        assert [path.read_bytes() for path in world.files("in")] == sent
        records = [record for record in await world.records("outbound") if dict(record.headers).get("route")]
        assert len(records) == 200
        assert len(calls) > 4


async def test_a_receiver_gets_them_in_order_and_one_it_refuses_is_parked(tmp_path):
    refused = {"C1"}
    receiver = Receiver(lambda control_id: "AE" if control_id in refused else "AA")
    async with receiver.listening(), Routing(tmp_path, out_to(receiver)).running() as world:
        sent = [message(number) for number in range(4)]
        for each in sent:
            await world.send(each, "adt")
        await world.until(lambda: len(receiver.taken) == 3)
        await world.gateway.wait_idle()
        assert receiver.taken == [sent[0], sent[2], sent[3]]
        desk = Desk(world.gateway.state)
        [parked] = await desk.parked()
        assert (parked.route, parked.tries, parked.fault) == ("out", 1, "the receiver refused the message (AE)")
        await world.until(lambda: world.value("clearplane_delivery_parked", "out") == 1)
        refused.clear()
        await desk.retry(parked.id, "anna")
        await world.until(lambda: len(receiver.taken) == 4)
        assert receiver.taken[3] == sent[1]
        with pytest.raises(NotParkedError):
            await desk.drop(parked.id, "anna")
        decided = [each for each in world.gateway.state.audit.page() if each.action.startswith("routes")]
        assert [(each.action, each.actor) for each in decided] == [("routes.retry", "anna")]


async def test_nothing_is_lost_while_the_receiver_is_away_and_over_a_restart(tmp_path):
    receiver = Receiver()
    async with receiver.listening():
        port = receiver.port
    world = Routing(tmp_path, {"id": "out", "to": {"type": "mllp", "host": "127.0.0.1", "port": port}})
    sent = [message(number) for number in range(5)]
    async with world.running():
        for each in sent:
            await world.send(each, "adt")
        await world.gateway.wait_idle()
        [waiting] = world.gateway.state.deliveries.waiting()
        assert (waiting.route, waiting.depth) == ("out", 5)
        assert await Desk(world.gateway.state).first_fault(waiting)
    async with world.running():
        back = Receiver(port=port)
        async with back.listening():
            await world.until(lambda: len(back.taken) == 5)
            assert back.taken == sent


async def test_a_message_that_may_not_be_passed_by_holds_up_its_route_alone(tmp_path):
    codes = iter(["AR", "AE", "AA"])
    first, other = Receiver(lambda control_id: next(codes, "AA")), Receiver()
    async with first.listening(), other.listening():
        to = [{"type": "mllp", "host": "127.0.0.1", "port": each.port} for each in (first, other)]
        routes = ({"id": "strict", "refused": "wait", "to": {**to[0], "retry_on": ["AR"]}}, {"id": "other", "to": to[1]})
        async with Routing(tmp_path, *routes).running() as world:
            sent = [message(number) for number in range(3)]
            for each in sent:
                await world.send(each, "adt")
            await world.until(lambda: len(first.taken) == 3)
            assert first.taken == other.taken == sent
            assert world.value("clearplane_deliveries_total", "strict", outcome="failed") == 2
            assert not world.gateway.state.deliveries.parked()


async def test_a_route_sends_what_comes_after_it_and_what_it_leaves_is_parked(tmp_path):
    world = Routing(tmp_path)
    async with world.running():
        await world.pass_through(message(1), "adt")
    world.clock.now += timedelta(minutes=1)
    world.route({"id": "new", "to": to_folder(tmp_path)})
    (tmp_path / "out").write_bytes(b"no folder")
    async with world.running():
        await world.pass_through(message(2), "adt")
        assert [each.depth for each in world.gateway.state.deliveries.waiting()] == [1]
    world.route({"id": "another", "to": to_folder(tmp_path)})
    async with world.running():
        await world.until(lambda: world.gateway.state.deliveries.parked())
        [parked] = await Desk(world.gateway.state).parked()
        assert (parked.route, parked.fault) == ("new", "the site has no such route any more")


async def test_acknowledgements_go_by_a_route(tmp_path):
    route = {"id": "acks", "what": "acknowledgements", "types": ["ADT^A08"], "to": to_folder(tmp_path)}
    async with Routing(tmp_path, route).running() as world:
        await world.send(message(1), "adt")
        accepted = await world.send(message(2, "ADT^A08"), "adt")
        await world.gateway.wait_idle()
        [path] = world.files("in")
        assert path.name == f"{accepted.receipt}.0.ack.hl7"
        assert b"\rMSA|AA|C2\r" in path.read_bytes()


async def test_acknowledgements_of_x12_go_by_a_route_too(tmp_path):
    world = Routing(tmp_path)
    world.feeds = (Feed(id="claims", kind="x12", answers=AnswerSettings(claims="277CA")), Feed(id="adt"))
    world.route({"id": "acks", "feed": "claims", "what": "acknowledgements", "to": to_folder(tmp_path)})
    async with world.running():
        receipt = await world.pass_through(interchange(1, range(2), 2), "claims")
        await world.send(message(1), "adt")
        await world.until(lambda: len(world.files("in")) == 2)
        answers = world.gateway.state.answers.of([receipt.receipt])[receipt.receipt, "done"]
        assert {path.name for path in world.files("in")} == {answer.name for answer in answers}
        assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in world.files("in")} == {answer.sha256 for answer in answers}


async def test_bytes_that_retention_has_taken_are_told(tmp_path):
    async with Routing(tmp_path, {"id": "out", "to": to_folder(tmp_path)}).running() as world:
        await world.pass_through(message(1), "adt")
        [sent] = world.gateway.state.deliveries.of((await world.send(message(1), "adt")).receipt, "out")
        contents = Contents(world.gateway.log, world.gateway.blobs, Bodies())
        assert await contents.whole(sent) == message(1)
        topic, part, offset = sent.record.split("/")
        for place in (f"{topic}/{part}/{int(offset) + 5}", f"{sent.record}/gone"):
            with pytest.raises(GoneError):
                await contents.whole(sent._replace(record=place))
        with pytest.raises(GoneError):
            await contents.whole(sent._replace(record="", sha256="0" * 64))
        world.gateway.state.deliveries.queue([sent._replace(id="lost", record=f"{sent.record}/gone", delivered_at=None, status="waiting")])
        await world.until(world.gateway.state.deliveries.parked)
        [parked] = await Desk(world.gateway.state).parked()
        assert (parked.id, parked.fault) == ("lost", "its bytes are not kept any more")


async def test_what_is_parked_by_http_and_on_the_command_line(tmp_path, capsys):
    receiver = Receiver(lambda control_id: "AR")
    config = tmp_path / "clearplane.toml"
    config.write_text('data_dir = "data"\n[log]\npartitions = 2\n')
    async with receiver.listening(), Routing(tmp_path, out_to(receiver)).running() as world:
        for number in range(3):
            await world.send(message(number), "adt")
        await world.until(lambda: sum(each.depth for each in world.gateway.state.deliveries.parked()) == 3)
        _, token = create_key(world.gateway.state, "keeper", {"held:write"}, {"river"})
        _, blind = create_key(world.gateway.state, "other", {"held:write"}, {"lake"})
        client = httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world.gateway)), base_url="http://test")
        async with client:
            keys = [{"Authorization": f"Bearer {each}"} for each in (token, blind)]
            assert (await client.get("/v1/parked")).status_code == 401
            [seen, unseen] = [(await client.get("/v1/parked", headers=key)).json()["parked"] for key in keys]
            assert ([each["route"] for each in seen], unseen) == (["out"] * 3, [])
            page = (await client.get("/v1/parked?limit=2", headers=keys[0])).json()
            rest = (await client.get("/v1/parked", params={"after": page["next"]}, headers=keys[0])).json()
            assert [each["id"] for each in page["parked"] + rest["parked"]] == [each["id"] for each in seen]
            assert (await client.post("/v1/parked/drop", params={"id": seen[0]["id"]}, headers=keys[1])).status_code == 404
            assert (await client.post("/v1/parked/drop", params={"id": seen[0]["id"]}, headers=keys[0])).json()["status"] == "dropped"
            assert (await client.post("/v1/parked/drop", params={"id": seen[0]["id"]}, headers=keys[0])).status_code == 409
            assert (await client.get("/v1/routes", headers=keys[0])).json()["parked"][0]["depth"] == 2
    arguments = ["--config", str(config)]
    assert await asyncio.to_thread(main, ["routes", "list", *arguments]) == 0
    assert "out" in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["routes", "retry", seen[1]["id"], *arguments]) == 0
    assert await asyncio.to_thread(main, ["routes", "drop", "--route", "river/out", *arguments]) == 0
    assert await asyncio.to_thread(main, ["routes", "drop", seen[2]["id"], *arguments]) == 1
    capsys.readouterr()
    assert await asyncio.to_thread(main, ["routes", "parked", *arguments]) == 0
    assert "nothing is parked" in capsys.readouterr().out


async def test_what_never_gets_through_is_put_aside_by_hand_and_those_behind_it_go_on(tmp_path, capsys):
    receiver = Receiver(lambda control_id: "AE" if control_id == "C0" else "AA")
    config = tmp_path / "clearplane.toml"
    config.write_text('data_dir = "data"\n[log]\npartitions = 2\n')
    async with receiver.listening(), Routing(tmp_path, {**out_to(receiver), "refused": "wait"}).running() as world:
        for number in range(3):
            await world.send(message(number), "adt")
        await world.until(lambda: world.value("clearplane_deliveries_total", "out", outcome="failed"))
        assert await asyncio.to_thread(main, ["routes", "park", "river/out", "--config", str(config)]) == 0
        await world.until(lambda: len(receiver.taken) == 2)
        [parked] = await Desk(world.gateway.state).parked()
        assert f"{parked.id} is parked" in capsys.readouterr().out
        assert [(entry.action, entry.target) for entry in world.gateway.state.audit.page()] == [("routes.park", parked.id)]
        assert control_ids(receiver.taken) == ["C1", "C2"]
        await world.gateway.wait_idle()
        assert await asyncio.to_thread(main, ["routes", "park", "river/out", "--config", str(config)]) == 1

        await world.send(message(0, text="AGAIN"), "adt")
        tokens = [create_key(world.gateway.state, name, {"held:write"}, {name})[1] for name in ("lake", "river")]
        async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world.gateway)), base_url="http://test") as client:
            calls = [("/v1/routes/park?site=river&route=out", {"Authorization": f"Bearer {token}"}) for token in tokens]
            await world.until(world.gateway.state.deliveries.waiting)
            told = [await client.post(url, headers=headers) for url, headers in (*calls, calls[1])]
        assert [answer.status_code for answer in told] == [404, 200, 404]
        assert told[1].json()["status"] == "parked"
        assert len(await Desk(world.gateway.state).parked()) == 2


async def test_certificates_that_were_renewed_are_read_without_a_restart(tmp_path):
    made = await asyncio.to_thread(make_certificates, tmp_path)
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(made.client.certificates.read_bytes().partition(b"-----END")[0] + b"-----END CERTIFICATE-----\n")
    receiver = Receiver(tls=ServerTls(certificate=made.server.certificates, key=made.server.key).context())
    async with receiver.listening():
        to = {**out_to(receiver)["to"], "tls": {"ca": trusted}}
        async with Routing(tmp_path, {"id": "out", "to": to}).running() as world:
            await world.send(message(1), "adt")
            await world.until(lambda: world.value("clearplane_deliveries_total", "out", outcome="failed"))
            trusted.write_bytes(made.authority.read_bytes())
            await world.until(lambda: receiver.taken)


async def test_what_is_put_aside_while_it_is_tried_stays_aside(tmp_path):
    async with Routing(tmp_path).running() as world:
        deliveries = world.gateway.state.deliveries
        deliveries.queue([Delivery("one", "river", "adt", "r", "n", "", 1, 0, 0, route="out")])
        assert deliveries.decide("one", "parked")
        deliveries.fail("one", "no answer in time")
        assert deliveries.get("one").status == "parked"


async def test_an_answer_is_believed_only_when_it_is_to_this_message():
    judge, sent = judge_of(application=True, retry_on=("AR",)), message(7)

    def of(code, control_id="C7"):
        return judge(sent, f"MSH|^~\\&|A|B|C|D|2026||ACK|1|P|2.5\rMSA|{code}|{control_id}\r".encode()).outcome

    outcomes = [of("AA"), of("CA"), of("AR"), of("AE"), of("XX"), of("AA", "C8"), of("AA", ""), judge(sent, b"nonsense").outcome]
    expected = [Outcome.ACCEPTED, Outcome.WAIT, Outcome.AGAIN, Outcome.REFUSED, Outcome.REFUSED, Outcome.OTHER, Outcome.OTHER, Outcome.OTHER]
    assert outcomes == expected
    assert [of("AE", ""), of("AR", ""), of("AE", "C8")] == [Outcome.REFUSED, Outcome.AGAIN, Outcome.OTHER]  # one is on its way at a time
    assert judge_of(False, ())(sent, b"MSH|^~\\&|A|B|C|D|2026||ACK|1|P|2.5\rMSA|CA|C7").outcome is Outcome.ACCEPTED
    long = "C" * 30
    sent = message(7).replace(b"|C7|", f"|{long}|".encode())
    assert [of("AA", long), of("AA", long[:20]), of("AA", long[:19])] == [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.OTHER]


@pytest.mark.parametrize(
    ("accept", "application", "kind", "none"),
    [("", "", "ADT^A01", False), ("NE", "NE", "ADT^A01", True), ("NE", "", "ADT^A01", True), ("ER", "ER", "ADT^A01", True),
     ("AL", "NE", "ADT^A01", False), ("NE", "SU", "ADT^A01", False), ("", "", "ACK^A01", True), ("AL", "", "ACK^A01", False)],
)  # fmt: skip
async def test_which_messages_ask_for_no_answer(accept, application, kind, none):
    assert asks_for_none(message(1, kind).replace(b"|T|2.5.1\r", f"|T|2.5.1|||{accept}|{application}\r".encode())) is none


async def test_a_receiver_that_never_answers_is_waited_for_or_not_as_the_site_says(tmp_path, caplog):
    silent = Receiver(lambda control_id: None)
    async with silent.listening():
        to = {"type": "mllp", "host": "127.0.0.1", "port": silent.port, "answer_seconds": 0.05}
        routes = {"id": "waits", "to": to}, {"id": "goes-on", "to": {**to, "answer": "none"}}
        async with Routing(tmp_path, *routes).running() as world:
            for number in (1, 2):
                await world.send(message(number).replace(b"|T|2.5.1\r", b"|T|2.5.1|||NE|NE\r"), "adt")
            await world.until(lambda: world.value("clearplane_deliveries_total", "goes-on", outcome="delivered") == 2)
            await world.until(lambda: world.value("clearplane_deliveries_total", "waits", outcome="failed"))
    assert set(control_ids(silent.taken)) >= {"C1", "C2"}
    assert 'waits: no answer in time; by its MSH-15 and MSH-16 it asks for none, and answer = "none" does without' in caplog.text


async def test_acknowledgements_by_mllp_ask_to_be_answered_and_none_is_written_to_an_acknowledgement(tmp_path):
    receiver = Receiver()
    async with receiver.listening(), Routing(tmp_path, {**out_to(receiver), "what": "acknowledgements"}).running() as world:
        await world.send(message(1, "ACK^A01"), "adt")
        await world.send(message(2), "adt")
        await world.until(lambda: receiver.taken)
        await world.gateway.wait_idle()
    [body] = receiver.taken
    assert b"\rMSA|AA|C2\r" in body
    assert header(body).accept == "AL"


async def test_bodies_that_are_kept_are_bounded():
    bodies = Bodies(most=100)
    records = [Record("outbound", 0, number, 0, b"", b"x" * 40, ()) for number in range(5)]
    bodies.remember(records)
    assert [bodies.take(f"outbound/0/{number}") for number in range(5)] == [None, None, None, b"x" * 40, b"x" * 40]
    assert bodies.take("outbound/0/4") is None
    bodies.remember(records[:2])
    assert bodies.take("outbound/0/1") == b"x" * 40
