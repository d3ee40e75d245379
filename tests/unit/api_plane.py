"""A gateway for tests of the HTTP API: real log, blobs and state; the pipeline's side (events, outcomes) is written by the tests."""

import asyncio
import contextlib
import json
from datetime import UTC, datetime

import httpx

from gateway.api.app import create_app
from gateway.api.auth import scopes_of
from gateway.api.keys import create_key
from gateway.api.parts import Options
from gateway.api.server import ApiServer
from gateway.blobs import DirectoryBlobs
from gateway.config import ApiSettings, Config
from gateway.log import SqliteLog
from gateway.metrics import Metrics
from gateway.pipeline.events import header_name
from gateway.pipeline.hold import Hold
from gateway.pipeline.intake import Intake
from gateway.runtime import Gateway
from gateway.seams import LogUnavailable, NewRecord, TopicPartition
from gateway.sites import Feed, HttpSource, Site
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
        self.log = await FragileLog.open(self.config.log_path, clock=clock.log)
        await self.log.create_topics(self.config.topic_specs())
        self.blobs = DirectoryBlobs(self.config.blobs_path)
        self.state = State.open(self.config.state_url, clock=clock.state)
        self.intake = Intake(self.config, self.sites, self.log, self.blobs, self.state, self.metrics, clock.state)
        self.hold = Hold(self.config, self.log, self.state)
        await self.preparation.run()
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
        headers = tuple((header_name(attribute), text.encode()) for attribute, text in attributes.items())
        ((where, offset),) = await self.log.append([NewRecord(name, key.encode(), value, headers)])
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


@contextlib.asynccontextmanager
async def plane_in(folder):
    data = folder / "data"
    data.mkdir(mode=0o700)
    config = Config.model_validate({"data_dir": data, "log": {"partitions": 3}, "limits": {"upload_bytes": 100_000, "inline_bytes": 1000}})
    made = await Plane(config, SITES).start(Clock())
    yield made
    await made.close()


def app_on(plane, options=None):
    """Another app on the same plane."""
    plane.metrics = Metrics()
    return create_app(plane, options)


@contextlib.asynccontextmanager
async def client(plane, *scopes, sites=(), options=None, token=None):
    app = app_on(plane, options)
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


async def intake_records(plane):
    return [record for number in range(3) for record in await plane.log.read(TopicPartition("intake", number), 0)]


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
    app = app_on(plane, Options(**options))
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
