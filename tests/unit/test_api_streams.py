"""Server-sent events and the server on a real socket, and once everything together."""

import asyncio
import json

import httpx
import pytest
import pytest_asyncio

from gateway.api.keys import create_key
from gateway.api.server import ApiServer, ServerError
from gateway.api.service import Service
from gateway.config import ApiSettings, Config
from gateway.runtime import Gateway
from gateway.sites import DirectorySource, Feed, HttpSource, Site
from tests.unit.api_plane import Stream, app_on, audited, client, intake_records, plane_in, served, streaming


@pytest_asyncio.fixture
async def plane(tmp_path):
    async with plane_in(tmp_path) as made:
        yield made


@pytest.mark.asyncio
async def test_a_stream_gives_what_is_there_then_what_comes_and_resumes_without_loss_or_repeat(plane):
    token = plane.token("events:read")
    for number in range(10):
        await plane.publish(number)
        plane.clock.ms += 1
    async with served(plane) as server:
        async with streaming(server, token) as stream:
            assert await stream.take(4) == [0, 1, 2, 3]
        async with streaming(server, token, Last_Event_ID=stream.id) as stream:
            assert await stream.take(6) == [4, 5, 6, 7, 8, 9]
            await plane.publish(10)
            assert await stream.take(1) == [10]
        for resume in range(10, 13):
            await plane.publish(resume + 1)
            async with streaming(server, token, "/v1/events", Accept="text/event-stream", Last_Event_ID=stream.id) as stream:
                assert await stream.take(1) == [resume + 1]
    assert sum(entry.records for entry in audited(plane, "events.stream")) >= 14


@pytest.mark.asyncio
async def test_heartbeats_come_in_silence_and_move_the_cursor_past_filtered_events(plane):
    token = plane.token("events:read")
    async with (
        served(plane, heartbeat_seconds=0.02) as server,
        streaming(server, token, "/v1/events/stream?type=claim.adjudicated") as stream,
    ):
        for number in range(5):
            await plane.publish(number)
        waiting, stream.beats = asyncio.create_task(stream.next()), 0
        while stream.beats < 3:  # noqa: ASYNC110 nothing rings for a heartbeat
            await asyncio.sleep(0.005)
        silent = stream.id
        await plane.publish(7, type="claim.adjudicated")
        assert (await waiting)["data"]["number"] == 7
    async with client(plane, token=token) as api:
        rest = (await api.get("/v1/events", params={"cursor": silent})).json()["events"]
        assert [event["data"]["number"] for event in rest] == [7]


@pytest.mark.asyncio
async def test_a_slow_reader_slows_nobody_and_is_not_buffered_for(plane):
    slow, fast = plane.token("events:read"), plane.token("events:read")
    count, text = 1200, "x" * 50_000
    async with served(plane) as server, streaming(server, slow) as sleeper, streaming(server, fast) as reader:
        writing = asyncio.create_task(_publish_many(plane, count, text))
        assert sorted(await reader.take(count)) == list(range(count))
        await writing
        sent = sum(entry.records for entry in plane.state.audit.page(limit=1000) if entry.actor == f"key:{slow.split('_')[1]}")
        assert sent < count * 3 / 4
        assert sorted(await sleeper.take(count)) == list(range(count))


async def _publish_many(plane, count, text):
    for number in range(count):
        await plane.publish(number, data={"number": number, "text": text})


@pytest.mark.asyncio
async def test_streams_end_when_the_gateway_stops_when_the_key_is_revoked_and_are_bounded(plane):
    token = plane.token("events:read")
    async with served(plane, recheck_seconds=0.0, heartbeat_seconds=0.01, streams=2) as server:
        async with streaming(server, token) as first, streaming(server, plane.token("events:read")) as second:
            async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as http:
                assert (await http.get("/v1/events/stream")).status_code == 503
            plane.state.keys.revoke(token.split("_")[1])
            with pytest.raises(EOFError):
                await first.next()
            stop = asyncio.create_task(server.__aexit__())
            with pytest.raises(EOFError):
                await second.next()
        await stop


@pytest.mark.asyncio
async def test_a_sender_without_a_key_is_answered_before_it_has_sent_its_body(plane):
    async with served(plane) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /v1/intake/north/claims HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nISA")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 401")
        assert b"connection: close" in head.lower()
        assert b"uvicorn" not in head
        assert json.loads(await reader.read())["status"] == 401
        writer.close()


@pytest.mark.asyncio
async def test_an_upload_cut_by_the_sender_leaves_nothing(plane):
    token = plane.token("intake:write")
    async with served(plane) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head = f"POST /v1/intake/north/claims HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 50000\r\n\r\n"
        writer.write(head.encode() + b"ISA*00")
        await writer.drain()
        incoming = plane.config.blobs_path / "incoming"
        while not list(incoming.iterdir()):  # noqa: ASYNC110 files give no event
            await asyncio.sleep(0.002)
        writer.close()
        while list(incoming.iterdir()):  # noqa: ASYNC110 files give no event
            await asyncio.sleep(0.002)
    assert await intake_records(plane) == []


def test_plain_http_beyond_loopback_is_refused(tmp_path):
    settings = ApiSettings.model_construct(host="192.0.2.1", port=0, tls_cert=None, tls_key=None)
    with pytest.raises(ServerError, match="loopback"):
        ApiServer(None, settings)


@pytest.mark.asyncio
async def test_an_address_in_use_is_said(plane):
    async with served(plane) as server:
        with pytest.raises(ServerError, match=f"port {server.port}"):
            async with ApiServer(app_on(plane), ApiSettings(port=server.port)):
                pass


CLAIM = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *300101*1200*^*00501*000000001*0*T*:~"
    "GS*HC*SENDER*RECEIVER*20300101*1200*1*X*005010X222A1~ST*837*0001*005010X222A1~BHT*0019*00*1*20300101*1200*CH~"
    "NM1*41*2*SUBMITTER*****46*1~PER*IC*NAME*TE*5550100~NM1*40*2*PAYER*****46*2~HL*1**20*1~"
    "NM1*85*2*CLINIC*****XX*1234567893~N3*1 STREET~N4*TOWN*OH*430010000~REF*EI*000000001~HL*2*1*22*0~SBR*P*18*******CI~"
    "NM1*IL*1*NAME*FIRST****MI*MEMBER~N3*2 STREET~N4*TOWN*OH*43001~DMG*D8*19700101*F~NM1*PR*2*PAYER*****PI*2~"
    "CLM*{number}*125.5***11:B:1*Y*A*Y*Y~HI*ABK:R69~LX*1~SV1*HC:99213*125.5*UN*1***1~DTP*472*D8*20300101~SE*22*0001~GE*1*1~IEA*1*000000001~"
)


@pytest.mark.asyncio
async def test_files_from_a_folder_and_by_http_come_out_as_events_that_explain_themselves(tmp_path):
    folder = DirectorySource(type="directory", path=tmp_path / "in", stable_seconds=0, poll_seconds=0.01)
    site = Site(id="north", usage="test", feeds=(Feed(id="claims", sources=(HttpSource(type="http"), folder)),))
    config = Config.model_validate({"data_dir": tmp_path / "data", "workers": 1, "api": {"port": 0}})
    (tmp_path / "in").mkdir()
    (tmp_path / "in/one.837").write_text(CLAIM.format(number="ONE"))
    async with asyncio.timeout(20), Gateway(config, {"north": site}) as gateway, Service(gateway) as service:
        _, token = create_key(gateway.state, "all", ["admin"])
        async with httpx.AsyncClient(base_url=service.url, headers={"Authorization": f"Bearer {token}"}) as api:
            sent = await api.post("/v1/intake/north/claims", content=CLAIM.format(number="TWO"), headers={"content-type": "application/edi-x12"})
            async with api.stream("GET", "/v1/events/stream?usage=test") as response:
                stream = Stream(response)
                events = [await stream.next(), await stream.next()]
            assert sorted(event["data"]["patient_control_number"] for event in events) == ["ONE", "TWO"]
            for event in events:
                assert (await api.get(f"/v1/events/{event['id']}")).json() == event
                found = (await api.get(f"/v1/events/{event['id']}/explain", params={"field": "/total_charge"})).json()
                (field,) = found["fields"]
                assert (field["tag"], field["element"], field["value"], field["text"]) == ("CLM", 2, "125.50", "125.5")
                part = {"Range": f"bytes={field['start']}-{field['end'] - 1}"}
                assert (await api.get(f"/v1/raw/{found['file']['receipt']}", headers=part)).content == b"125.5"
            assert (await api.get(f"/v1/events/{events[0]['id']}/explain", params={"field": "/nothing"})).status_code == 404
            assert (await api.get("/v1/events/x/explain")).status_code == 404
            await gateway.wait_idle()
            assert (await api.get(sent.json()["location"])).json()["counts"]["published"] == 1
            one = (await api.get("/v1/events", params={"usage": "test", "receipt": sent.json()["receipt"]})).json()["events"]
            assert [event["data"]["patient_control_number"] for event in one] == ["TWO"]
        report = tmp_path / "in/done/one.837.report.json"
        while not report.exists():  # noqa: ASYNC110 files give no event
            await asyncio.sleep(0.005)
        assert json.loads(report.read_bytes())["counts"]["published"] == 1
    assert not (tmp_path / "in/one.837").exists()
