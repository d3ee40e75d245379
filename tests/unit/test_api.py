"""The HTTP API over real log, blobs and state; the pipeline's side (events, outcomes) is written by the tests."""

import asyncio
import contextlib
import json
import logging
import sqlite3
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute

from gateway.api import held
from gateway.api.app import create_app
from gateway.api.auth import PUBLIC, SCOPES, create_key, scopes_of, unguarded
from gateway.api.cursor import decode_cursor, encode_cursor
from gateway.api.parts import Options
from gateway.api.raw import asked
from gateway.api.server import ApiServer, ServerError
from gateway.api.service import Service
from gateway.blobs import DirectoryBlobs
from gateway.config import ApiSettings, Config
from gateway.log import SqliteLog
from gateway.metrics import Metrics
from gateway.pipeline.events import headers_of
from gateway.pipeline.hold import Hold
from gateway.pipeline.intake import Intake
from gateway.runtime import Gateway
from gateway.seams import LogUnavailable, NewRecord, TopicPartition
from gateway.sites import DirectorySource, Feed, HttpSource, Site
from gateway.state import Arrival, State
from gateway.state.follow import Progress
from schemas.envelope import claim_key, receipt_id

NOW_MS = 1_800_000_000_000
PATIENT = "DOE*JOHN"


class Clock:
    """One clock for the log (ms) and state (datetime), moved by hand."""

    ms = NOW_MS

    def log(self):
        return self.ms

    def state(self):
        return datetime.fromtimestamp(self.ms / 1000, UTC)

    def iso(self):
        return self.state().isoformat(timespec="milliseconds").replace("+00:00", "Z")


class FragileLog(SqliteLog):
    full = False

    async def append(self, records):
        if self.full:
            raise LogUnavailable("disk full")
        return await super().append(records)


class Plane(Gateway):
    """A gateway whose consumers do not run."""

    async def start(self, clock):
        self.clock = clock
        self.metrics = Metrics()
        self.log = await FragileLog.open(self.config.log_path, clock=clock.log)
        await self.log.create_topics(self.config.topic_specs())
        self.blobs = DirectoryBlobs(self.config.blobs_path)
        self.state = State.open(self.config.state_url, clock=clock.state)
        self.intake = Intake(self.config, self.sites, self.log, self.blobs, self.state, self.metrics, clock.state)
        self.hold = Hold(self.config, self.log, self.state)
        return self

    async def close(self):
        await self.log.close()
        self.state.close()

    def health(self):
        return []

    def token(self, *scopes, sites=()):
        return create_key(self.state, "test", scopes, sites)[1]

    async def publish(self, number, *, site="north", type="claim.submitted", topic="claims", receipt=None, data=None, usage="production"):
        key = claim_key(site, f"PCN{number}")
        attributes = {
            "specversion": "1.0", "id": f"{receipt or receipt_id(site, 'claims', 'x')}.{number}.{type}", "source": f"/sites/{site}/feeds/claims",
            "type": f"clearplane.{type}.v1", "subject": key, "partitionkey": key, "datacontenttype": "application/json",
            "usage": usage, "recordedtime": self.clock.iso(),
        }  # fmt: skip
        value = json.dumps(data or {"number": number}).encode()
        name = topic + (".test" if usage == "test" else "")
        ((where, offset),) = await self.log.append([NewRecord(name, key.encode(), value, headers_of(attributes))])
        return attributes["id"], where, offset

    def outcome(self, body, number=0, site="north", feed="claims", **progress):
        """What the projection would write of a file."""
        digest = self.blobs.put(body)
        receipt = receipt_id(site, feed, digest)
        arrival = Arrival(receipt, site, feed, digest, len(body), "a.x12", "text/plain", self.clock.iso())
        assert self.state.follow.apply("outcomes", {0: number}, {0: number + 1}, [Progress(arrival, **progress)])
        return receipt


SITES = {
    "north": Site(id="north", feeds=(Feed(id="claims", sources=(HttpSource(type="http"),)), Feed(id="folder"))),
    "south": Site(id="south", feeds=(Feed(id="claims", sources=(HttpSource(type="http"),)),)),
}


@pytest_asyncio.fixture
async def plane(tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    config = Config.model_validate({"data_dir": data, "log": {"partitions": 3}, "limits": {"upload_bytes": 100_000, "inline_bytes": 1000}})
    made = await Plane(config, SITES).start(Clock())
    yield made
    await made.close()


@contextlib.asynccontextmanager
async def client(plane, *scopes, sites=(), options=None, token=None):
    app = create_app(plane, options)
    headers = {"Authorization": f"Bearer {token or plane.token(*scopes, sites=sites)}"} if scopes or token else {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://plane", headers=headers) as made:
        made.app = app
        yield made


def calls(app):
    """(method, path with parameters filled in, scopes) of every route."""
    filled = {"site": "north", "feed": "claims", "receipt": "a" * 26, "event_id": f"{'a' * 26}.1.claim.submitted", "name": "x.json"}
    for route in app.routes:
        for method in sorted(route.methods - {"HEAD"}):
            yield method, route.path.format(**filled), scopes_of(route)


def audited(plane, action):
    return [entry for entry in plane.state.audit.page() if entry.action == action]


# who may call


@pytest.mark.asyncio
async def test_every_route_without_a_key_is_denied_but_the_public_ones(plane):
    async with client(plane) as api:
        found = list(calls(api.app))
        assert {path for _, path, scopes in found if not scopes} == set(PUBLIC)
        assert len(found) > len(PUBLIC)
        for method, path, _ in found:
            answer = await api.request(method, path)
            assert (answer.status_code == 401) == (path not in PUBLIC), path
            if answer.status_code == 401:
                assert answer.headers["www-authenticate"] == "Bearer"
                assert answer.headers["content-type"] == "application/problem+json"
        assert (await api.get("/no/such/path")).status_code == 401


@pytest.mark.asyncio
@pytest.mark.parametrize("scope", SCOPES)
async def test_each_scope_opens_its_routes_and_no_other(plane, scope):
    async with client(plane, scope, options=Options(heartbeat_seconds=0.01)) as api:
        for method, path, scopes in calls(api.app):
            if scopes and not path.endswith("/stream"):
                answer = await api.request(method, path)
                assert (answer.status_code == 403) == (scope != "admin" and scope not in scopes), f"{path} {answer.status_code}"
                assert answer.status_code != 500


def _spoiled(token):
    key_id, secret = token.split("_", 2)[1:]
    return [
        f"Bearer cp_{key_id}_{secret[:-1]}", f"Bearer cp_{key_id}_{secret}x", f"Bearer cp_{'0' * 12}_{secret}", f"Bearer cp_{key_id}_",
        f"Basic {token}", token, "Bearer", "Bearer cp__", f"Bearer xx_{key_id}_{secret}", f"Bearer cp_{key_id}_\udcff",
    ]  # fmt: skip


@pytest.mark.asyncio
async def test_a_wrong_or_revoked_key_is_denied(plane):
    token = plane.token("events:read")
    async with client(plane) as api:
        for header in _spoiled(token):
            answer = await api.get("/v1/events", headers={"Authorization": header.encode("utf-8", "surrogateescape")})
            assert answer.status_code == 401, header
        good = {"Authorization": f"Bearer {token}"}
        assert (await api.get("/v1/events", headers=good)).status_code == 200
        plane.state.keys.revoke(token.split("_")[1])
        assert (await api.get("/v1/events", headers=good)).status_code == 401


@pytest.mark.asyncio
async def test_secrets_are_not_stored_and_use_is_noted(plane):
    token = plane.token("events:read")
    async with client(plane, token=token) as api:
        await api.get("/v1/events")
    (key,) = plane.state.keys.all()
    assert key.last_used_at == plane.clock.iso()
    assert key.sha256 == sha256(token.split("_", 2)[2].encode()).hexdigest()
    with sqlite3.connect(plane.config.data_dir / "state.db") as database:
        assert token.split("_", 2)[2] not in "".join(database.iterdump())


@pytest.mark.asyncio
async def test_nothing_of_a_body_is_read_before_the_caller_is_known(plane):
    app, sent = create_app(plane), []

    async def receive():
        pytest.fail("the body was read")

    async def send(message):
        sent.append(message)

    wrong = plane.token("events:read")
    for authorization in (b"Bearer nothing", f"Bearer {wrong}".encode()):
        scope = {
            "type": "http", "method": "POST", "path": "/v1/intake/north/claims", "raw_path": b"", "query_string": b"",
            "root_path": "", "scheme": "http",
            "headers": [(b"authorization", authorization), (b"content-length", b"5"), (b"content-type", b"text/plain")],
            "server": ("plane", 80), "client": ("127.0.0.1", 1), "http_version": "1.1", "asgi": {"version": "3.0"},
        }  # fmt: skip
        sent.clear()
        await app(scope, receive, send)
        assert sent[0]["status"] in (401, 403)
        assert (b"connection", b"close") in sent[0]["headers"]
        plane.metrics = Metrics()
        app = create_app(plane)


@pytest.mark.asyncio
async def test_an_app_with_an_unguarded_route_does_not_start(plane, monkeypatch):
    async def open_door():
        return {}

    assert unguarded(create_app(plane)) == []
    plane.metrics = Metrics()
    monkeypatch.setattr(held.router, "routes", [*held.router.routes, APIRoute("/v1/open", open_door)])
    with pytest.raises(RuntimeError, match="/v1/open"):
        create_app(plane)


# intake


async def intake_records(plane):
    return [record for number in range(3) for record in await plane.log.read(TopicPartition("intake", number), 0)]


@pytest.mark.asyncio
async def test_a_raw_body_is_stored_and_committed_before_it_is_answered(plane):
    body = b"ISA*00*" + b"x" * 5000
    async with client(plane, "intake:write") as api:
        headers = {"content-type": "application/EDI-X12", "content-disposition": 'attachment; filename="a.837"'}
        answer = await api.post("/v1/intake/north/claims", content=body, headers=headers)
        receipt = receipt_id("north", "claims", sha256(body).hexdigest())
        assert answer.status_code == 202
        assert answer.json() == {"receipt": receipt, "status": "received", "location": f"/v1/intake/receipts/{receipt}"}
        assert answer.headers["location"] == f"/v1/intake/receipts/{receipt}"
        assert plane.blobs.read(sha256(body).hexdigest()) == body
        assert len(await intake_records(plane)) == 1
        polled = (await api.get(answer.headers["location"])).json()
    assert {name: polled[name] for name in ("status", "site", "feed", "size", "name")} == {
        "status": "received", "site": "north", "feed": "claims", "size": len(body), "name": "a.837",
    }  # fmt: skip


@pytest.mark.asyncio
async def test_an_exact_resend_is_answered_the_same_and_changes_nothing(plane):
    async with client(plane, "intake:write") as api:
        first = await api.post("/v1/intake/north/claims", content=b"same")
        again = await asyncio.gather(*(api.post("/v1/intake/north/claims", content=b"same") for _ in range(5)))
        other = await api.post("/v1/intake/south/claims", content=b"same")
    assert {answer.content for answer in again} == {first.content}
    assert {answer.status_code for answer in again} == {202}
    assert other.json()["receipt"] != first.json()["receipt"]
    assert len(await intake_records(plane)) == 2


@pytest.mark.asyncio
async def test_each_file_of_a_multipart_body_gets_its_receipt(plane):
    files = {
        "a": ("a.837", b"first" * 1000, "application/edi-x12"),
        "b": ("b.837", b"", "text/plain"),
        "c": ("c.837", b"third", "application/octet-stream"),
    }
    async with client(plane, "intake:write") as api:
        answer = await api.post("/v1/intake/north/claims", files=files, data={"comment": "no file"})
    assert answer.status_code == 202
    wanted = [receipt_id("north", "claims", sha256(body).hexdigest()) for _, body, _ in files.values()]
    assert [line["receipt"] for line in answer.json()["receipts"]] == wanted
    assert [plane.state.receipts.get(receipt).name for receipt in wanted] == ["a.837", "b.837", "c.837"]
    assert len(await intake_records(plane)) == 3


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/intake/nowhere/claims", {}, 404),
        ("/v1/intake/north/nothing", {}, 404),
        ("/v1/intake/north/folder", {}, 404),
        ("/v1/intake/north/claims", {"content-type": "application/json"}, 415),
        ("/v1/intake/north/claims", {"content-type": "application/x-www-form-urlencoded"}, 415),
        ("/v1/intake/north/claims", {"content-encoding": "gzip"}, 415),
        ("/v1/intake/north/claims", {"content-type": "multipart/form-data"}, 400),
        ("/v1/intake/north/claims", {"content-type": "multipart/form-data; boundary=cut"}, 400),
        ("/v1/intake/north/claims", {"content-length": "2000000"}, 413),
    ],
)
async def test_what_is_refused_leaves_nothing_and_tells_nothing(plane, path, headers, status):
    async with client(plane, "intake:write") as api:
        answer = await api.post(path, content=PATIENT.encode(), headers=headers)
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert PATIENT not in answer.text
    assert await intake_records(plane) == []
    assert list(plane.blobs.list()) == []


async def _dripping(count):
    for _ in range(count):
        yield b"x" * 10_000


@pytest.mark.asyncio
async def test_a_body_over_the_limit_is_refused_while_it_streams(plane):
    async with client(plane, "intake:write") as api:
        assert (await api.post("/v1/intake/north/claims", content=_dripping(11))).status_code == 413
        assert (await api.post("/v1/intake/north/claims", content=_dripping(10))).status_code == 202
    assert [size for _, size, _ in plane.blobs.list()] == [100_000]


@pytest.mark.asyncio
async def test_a_multipart_body_that_is_cut_keeps_its_whole_files_only(plane):
    part = b'--cut\r\nContent-Disposition: form-data; name="f"; filename="%b"\r\n\r\n%b\r\n'
    body = part % (b"a", b"whole") + part % (b"b", b"half")
    async with client(plane, "intake:write") as api:
        answer = await api.post("/v1/intake/north/claims", content=body[:-2], headers={"content-type": "multipart/form-data; boundary=cut"})
    assert answer.status_code == 400
    whole = receipt_id("north", "claims", sha256(b"whole").hexdigest())
    assert [line["receipt"] for line in answer.json()["accepted"]] == [whole]
    assert [record.value for record in await intake_records(plane)] == [b"whole"]


@pytest.mark.asyncio
async def test_nothing_is_acknowledged_while_the_log_is_away(plane):
    async with client(plane, "intake:write") as api:
        plane.log.full = True
        answer = await api.post("/v1/intake/north/claims", content=b"x")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        plane.log.full = False
        assert (await api.post("/v1/intake/north/claims", content=b"x")).status_code == 202


@pytest.mark.asyncio
async def test_a_sender_that_falls_silent_is_given_up(plane):
    async def silent():
        yield b"half"
        await asyncio.Event().wait()

    async with client(plane, "intake:write", options=Options(body_seconds=0.01)) as api:
        assert (await api.post("/v1/intake/north/claims", content=silent())).status_code == 408
    assert list(plane.blobs.list()) == []


@pytest.mark.asyncio
async def test_a_receipt_tells_counts_items_and_findings_in_pages(plane):
    findings = [
        {"code": "SE_COUNT", "outcome": "reported", "severity": "error", "scope": "set", "location": {}, "text": "t"},
        *({"code": "ELEMENT_DATE", "outcome": "reported", "item": "100.CLM", "n": n} for n in range(2)),
        {"code": "ITEM_LIMIT", "outcome": "refused", "item": "200.CLM"},
        {"code": "ITEM_OUTSIDE_SET", "outcome": "dead", "item": "300.CLM"},
    ]
    counts = {"published": 7, "no_event_kind": 1, "refused": 1, "dead": 1, "items": 10}
    receipt = plane.outcome(b"file", status="done", counts=counts, events=7, worst="error", findings=list(enumerate(findings)))
    async with client(plane, "events:read") as api:
        whole = (await api.get(f"/v1/intake/receipts/{receipt}")).json()
        pages, cursor = [], -1
        while cursor is not None:
            page = (await api.get(f"/v1/intake/receipts/{receipt}", params={"limit": 2, "cursor": cursor})).json()
            pages += page["findings"]
            cursor = page["next"]
        assert (await api.get(f"/v1/intake/receipts/{'a' * 26}")).status_code == 404
    async with client_of(plane, "events:read", sites=("south",)) as other:
        assert (await other.get(f"/v1/intake/receipts/{receipt}")).status_code == 404
    assert (whole["status"], whole["counts"], whole["next"]) == ("done", counts, None)
    assert whole["findings"] == findings == pages
    assert [(item["item"], item["outcome"], item["findings"]) for item in whole["items"]] == [
        ("100.CLM", "published", [1, 2]), ("200.CLM", "refused", [3]), ("300.CLM", "dead", [4]),
    ]  # fmt: skip


def client_of(plane, *scopes, **named):
    """Another app on the same plane."""
    plane.metrics = Metrics()
    return client(plane, *scopes, **named)


# events


async def all_pages(api, **params):
    found, cursor = [], None
    for _ in range(200):
        answer = await api.get("/v1/events", params={**params, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["events"]
        cursor = page["next"]
        if not page["more"] and not page["events"]:
            return found
    raise AssertionError("the pages never end")


@pytest.mark.asyncio
@pytest.mark.parametrize(("limit", "budget"), [(1, 1000), (7, 1000), (1000, 1000), (10, 3)])
async def test_pages_give_every_event_once_in_order_of_time(plane, limit, budget):
    wanted = []
    for number in range(40):
        plane.clock.ms += 5
        wanted.append((await plane.publish(number, topic=("claims", "batches")[number % 2]))[0])
    async with client(plane, "events:read", options=Options(page_records=budget)) as api:
        found = await all_pages(api, limit=limit)
    assert [event["id"] for event in found] == wanted
    assert found[3]["data"] == {"number": 3}
    assert found[3]["specversion"] == "1.0"
    assert found[3]["datacontenttype"] == "application/json"


@pytest.mark.asyncio
async def test_filters_let_through_what_they_say(plane):
    start = plane.clock.state()
    receipt = "b" * 26
    for number, given in enumerate(
        [
            {}, {"type": "claim.adjudicated"}, {"type": "remittance.received", "topic": "batches"}, {"site": "south"}, {"receipt": receipt},
            {"usage": "test"}, {"site": "south", "type": "claim.adjudicated"},
        ]
    ):  # fmt: skip
        await plane.publish(number, **given)
        plane.clock.ms += 1000

    def at(seconds, zone=UTC):
        return (start + timedelta(seconds=seconds)).astimezone(zone).isoformat()

    async with client(plane, "events:read") as api:

        async def numbers(**params):
            return sorted(event["data"]["number"] for event in await all_pages(api, **params))

        assert await numbers() == [0, 1, 2, 3, 4, 6]
        assert await numbers(type="claim.adjudicated") == [1, 6]
        assert await numbers(type="clearplane.claim.adjudicated.v1") == [1, 6]
        assert await numbers(type=["claim.adjudicated", "remittance.received"]) == [1, 2, 6]
        assert await numbers(type="claim.adjudicated,remittance.received") == [1, 2, 6]
        assert await numbers(site="south") == [3, 6]
        assert await numbers(key=claim_key("north", "PCN1")) == [1]
        assert await numbers(receipt=receipt) == [4]
        assert await numbers(usage="test") == [5]
        assert await numbers(usage="all") == [0, 1, 2, 3, 4, 5, 6]
        assert await numbers(**{"from": at(1), "to": at(4)}) == [1, 2, 3]
        assert await numbers(**{"from": at(6)}) == [6]
        assert await numbers(to=start.isoformat()) == []
        assert await numbers(start="latest") == []
    async with client_of(plane, "events:read", sites=("south",)) as api:
        assert [event["data"]["number"] for event in await all_pages(api)] == [3, 6]
        assert await all_pages(api, site="north") == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "params",
    [
        {"key": PATIENT}, {"receipt": "x"}, {"type": "a b"}, {"site": "../x"}, {"from": "yesterday"}, {"to": "99999-01-01"}, {"limit": 0},
        {"limit": 1001}, {"usage": "live"}, {"cursor": "x"}, {"cursor": "W10"}, {"cursor": "A" * 20000}, {"start": "now"},
    ],
)  # fmt: skip
async def test_parameters_of_another_form_are_refused_by_name_only(plane, params):
    async with client(plane, "events:read") as api:
        answer = await api.get("/v1/events", params=params)
    assert answer.status_code == 400
    assert answer.json()["parameters"] == list(params)
    assert set(answer.json()) == {"type", "title", "status", "detail", "parameters"}
    assert PATIENT not in answer.text


@pytest.mark.asyncio
async def test_a_cursor_of_another_log_or_of_pruned_events_is_gone_and_the_oldest_is_given(plane):
    for number in range(30):
        await plane.publish(number)
    async with client(plane, "events:read") as api:
        cursor = (await api.get("/v1/events", params={"limit": 3})).json()["next"]
        partitions = [TopicPartition(topic, number) for topic in ("claims", "batches") for number in range(3)]
        foreign = encode_cursor("another log", decode_cursor(cursor, plane.log.log_id, partitions))
        ahead = encode_cursor(plane.log.log_id, dict.fromkeys(partitions, 10_000))
        plane.clock.ms += 800 * 86_400_000
        await plane.publish(99)
        assert await plane.log.prune()
        for gone in (foreign, cursor, ahead):
            answer = await api.get("/v1/events", params={"cursor": gone})
            assert answer.status_code == 410
            rest = (await api.get("/v1/events", params={"cursor": answer.json()["oldest"]})).json()
            assert [event["data"]["number"] for event in rest["events"]] == [99]
        assert (await api.get("/v1/events/stream", headers={"Last-Event-ID": foreign})).status_code == 410


@pytest.mark.asyncio
async def test_every_read_leaves_an_audit_record_of_key_filter_and_count(plane):
    body = b"ISA*" + PATIENT.encode()
    receipt = plane.outcome(body, status="done")
    await plane.publish(1)
    async with client(plane, "events:read", "raw:read") as api:
        await api.get("/v1/events", params={"type": "claim.submitted", "site": "north", "from": "2020-01-01"})
        assert (await api.get(f"/v1/raw/{receipt}", headers={"Range": "bytes=0-3"})).content == b"ISA*"
    (key,) = plane.state.keys.all()
    (read,) = audited(plane, "events.read")
    assert (read.actor, read.records) == (f"key:{key.id}", 1)
    assert read.target == "type=clearplane.claim.submitted.v1 site=north from=2020-01-01T00:00:00.000Z usage=production"
    (raw,) = audited(plane, "raw.read")
    assert raw.target == f"{receipt} bytes=0-3"


# raw bytes, schemas, held


@pytest.mark.asyncio
async def test_raw_bytes_whole_and_in_ranges(plane):
    body = bytes(range(256)) * 300
    receipt = plane.outcome(body)
    async with client(plane, "raw:read") as api:
        whole = await api.get(f"/v1/raw/{receipt}")
        part = await api.get(f"/v1/raw/{receipt}", headers={"Range": "bytes=10-19"})
        outside = await api.get(f"/v1/raw/{receipt}", headers={"Range": f"bytes={len(body)}-"})
        assert (await api.get(f"/v1/raw/{'a' * 26}")).status_code == 404
        plane.blobs.delete(sha256(body).hexdigest())
        assert (await api.get(f"/v1/raw/{receipt}")).status_code == 404
    async with client_of(plane, "raw:read", sites=("south",)) as other:
        assert (await other.get(f"/v1/raw/{receipt}")).status_code == 404
    assert (whole.status_code, whole.content) == (200, body)
    assert whole.headers["content-type"] == "application/octet-stream"
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, body[10:20], f"bytes 10-19/{len(body)}")
    assert (outside.status_code, outside.headers["content-range"]) == (416, f"bytes */{len(body)}")


@pytest.mark.parametrize(
    ("header", "size", "wanted"),
    [
        (None, 10, (0, 10)), ("bytes=0-", 10, (0, 10)), ("bytes=3-5", 10, (3, 6)), ("bytes=3-99", 10, (3, 10)), ("bytes=-4", 10, (6, 10)),
        ("bytes=-99", 10, (0, 10)), ("bytes=-0", 10, None), ("bytes=10-", 10, None), ("bytes=5-4", 10, None), ("bytes=0-1,3-4", 10, (0, 10)),
        ("lines=1-2", 10, (0, 10)), ("bytes=-", 10, (0, 10)), (None, 0, (0, 0)), ("bytes=0-", 0, None), ("bytes=-1", 0, None),
    ],
)  # fmt: skip
def test_ranges(header, size, wanted):
    assert asked(header, size) == wanted


@pytest.mark.asyncio
async def test_held_files_are_listed_released_and_dropped_once(plane):
    first = plane.outcome(b"first", 0, status="held", held=("held", "ISA_REUSED", plane.clock.iso()))
    second = plane.outcome(b"second", 1, site="south", status="held", held=("held", "ISA_REUSED", plane.clock.iso()))
    async with client(plane, "held:write", sites=("north",)) as north:
        assert [line["receipt"] for line in (await north.get("/v1/held")).json()["held"]] == [first]
        assert (await north.post(f"/v1/held/{second}/drop")).status_code == 404
        assert (await north.post(f"/v1/held/{first}/release")).json() == {"receipt": first, "status": "released"}
        assert (await north.post(f"/v1/held/{first}/release")).status_code == 409
    async with client_of(plane, "held:write") as api:
        assert (await api.post(f"/v1/held/{second}/drop")).status_code == 200
        assert (await api.get("/v1/held")).json() == {"held": []}
    assert [entry.target for entry in audited(plane, "held.release") + audited(plane, "held.drop")] == [first, second]


@pytest.mark.asyncio
async def test_schemas_are_those_that_events_name(plane):
    async with client(plane, "events:read") as api:
        listed = (await api.get("/v1/schemas")).json()["schemas"]
        assert "/v1/schemas/claim.submitted.v1.json" in listed
        for path in listed:
            assert (await api.get(path)).json()["$id"] == path
        assert (await api.get("/v1/schemas/passwd")).status_code == 404


# operation


@pytest.mark.asyncio
async def test_ready_only_with_space_and_running_tasks(plane):
    async with client(plane) as api:
        answer = await api.get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (200, "ready")
        assert (await api.get("/health/live")).status_code == 200
    async with client_of(plane, options=Options(free_bytes=1 << 60)) as api:
        answer = await api.get("/health/ready")
        assert (answer.status_code, answer.json()["checks"]["disk"]) == (503, False)
    await plane.log.close()
    async with client_of(plane) as api:
        answer = await api.get("/health/ready")
        assert (answer.status_code, answer.json()["checks"]["log"]) == (503, False)


@pytest.mark.asyncio
async def test_metrics_name_routes_not_paths(plane):
    async with client(plane, "metrics:read", "events:read") as api:
        await api.get("/v1/events", params={"key": claim_key("north", "PCN1")})
        await api.get("/v1/DOE/JOHN")
        text = (await api.get("/metrics")).text
    assert 'clearplane_http_requests_total{method="GET",route="/v1/events",status="200"} 1.0' in text
    assert 'route="unmatched",status="404"' in text
    assert "DOE" not in text


@pytest.mark.asyncio
async def test_logs_hold_no_values_of_a_request(plane, caplog):
    key = claim_key("north", "PCN1")
    with caplog.at_level(logging.DEBUG):
        async with client(plane, "events:read") as api:
            await api.get("/v1/events", params={"key": key, "from": "2020-01-01"})
            await api.get(f"/v1/{PATIENT}", params={PATIENT: PATIENT})
            lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == "clearplane.access"]
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("clearplane"))
    assert key not in ours
    assert "DOE" not in ours
    assert (lines[0]["route"], lines[0]["status"], lines[0]["query"]) == ("/v1/events", 200, ["from", "key"])
    assert lines[0]["key"] == plane.state.keys.all()[0].id
    assert (lines[1]["route"], lines[1]["status"], lines[1]["query"]) == ("unmatched", 404, [])


@pytest.mark.asyncio
async def test_our_own_bug_is_a_problem_without_its_text(plane, caplog, monkeypatch):
    async def broken():
        raise ValueError(PATIENT)

    async with client(plane, "held:write") as api:
        monkeypatch.setattr(plane.hold, "held", broken)
        answer = await api.get("/v1/held")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert PATIENT not in answer.text + caplog.text
    assert "ValueError at broken" in caplog.text


@pytest.mark.asyncio
async def test_the_page_of_the_api_needs_no_other_network_and_runs_no_inline_script(plane):
    async with client(plane) as api:
        for path in ("/docs", "/docs/docs.js", "/docs/docs.css"):
            answer = await api.get(path)
            assert answer.status_code == 200
            assert "//" not in answer.text.replace("// ", "")
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "<script src=" in (await api.get("/docs")).text
        document = (await api.get("/openapi.json")).json()
        secured = {path for path, methods in document["paths"].items() if all("security" in found for found in methods.values())}
        assert set(document["paths"]) - secured == {"/health/live", "/health/ready"}


# streams, on a real socket


class Stream:
    """A reader of server-sent events."""

    def __init__(self, response):
        self._lines = response.aiter_lines()
        self.id = None
        self.beats = 0

    async def next(self):
        """The next event; heartbeats are counted on the way."""
        data = []
        async for line in self._lines:
            if line.startswith("id: "):
                self.id = line[4:]
            elif line.startswith("data: "):
                data.append(line[6:])
            elif line.startswith(":"):
                self.beats += 1
            elif not line and data:
                return json.loads("\n".join(data))
        raise EOFError

    async def take(self, count):
        return [(await self.next())["data"]["number"] for _ in range(count)]


@contextlib.asynccontextmanager
async def served(plane, **options):
    app = create_app(plane, Options(**options))
    async with asyncio.timeout(20), ApiServer(app, ApiSettings(port=0)) as server:
        yield server


@contextlib.asynccontextmanager
async def streaming(server, token, path="/v1/events/stream", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        httpx.AsyncClient(base_url=server.url, timeout=15, headers={"Authorization": f"Bearer {token}", **named}) as http,
        http.stream("GET", path) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Stream(response)


@pytest.mark.asyncio
async def test_a_stream_gives_what_is_there_then_what_comes_and_resumes_without_loss_or_repeat(plane):
    token = plane.token("events:read")
    for number in range(10):
        await plane.publish(number)
        plane.clock.ms += 1
    async with served(plane) as server:
        async with streaming(server, token) as stream:
            assert await stream.take(10) == list(range(10))
            await plane.publish(10)
            assert await stream.take(1) == [10]
        for resume in range(10, 13):
            await plane.publish(resume + 1)
            async with streaming(server, token, "/v1/events", Accept="text/event-stream", Last_Event_ID=stream.id) as stream:
                assert await stream.take(1) == [resume + 1]
    assert sum(entry.records for entry in audited(plane, "events.stream")) == 14


@pytest.mark.asyncio
async def test_heartbeats_come_in_silence_and_move_the_cursor_past_filtered_events(plane):
    token = plane.token("events:read")
    async with (
        served(plane, heartbeat_seconds=0.02) as server,
        streaming(server, token, "/v1/events/stream?type=claim.adjudicated") as stream,
    ):
        for number in range(5):
            await plane.publish(number)
        waiting = asyncio.create_task(stream.next())
        while stream.beats < 3:  # noqa: ASYNC110 nothing rings for a heartbeat
            await asyncio.sleep(0.005)
        await plane.publish(7, type="claim.adjudicated")
        assert (await waiting)["data"]["number"] == 7
    async with client_of(plane, token=token) as api:
        assert (await api.get("/v1/events", params={"cursor": stream.id})).json()["events"] == []


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
        plane.metrics = Metrics()
        with pytest.raises(ServerError, match=f"port {server.port}"):
            async with ApiServer(create_app(plane), ApiSettings(port=server.port)):
                pass


# all of it together

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
