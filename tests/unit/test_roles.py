"""A gateway split over processes by role: together they do all, each opens and serves only its own part."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from gateway.api.app import create_app
from gateway.api.keys import create_key
from gateway.api.service import Service
from gateway.config import ApiSettings
from gateway.pipeline.measure import Meter
from gateway.pipeline.prune import PRUNED_AT, Pruner
from gateway.pipeline.refusal import NotNowError
from gateway.roles import ALL, INTAKE, NORMALISE, ROLES, SERVE, roles_of
from gateway.runtime import Gateway
from gateway.seams import LogError, TopicPartition, TopicSpec
from gateway.sites import DirectorySource, Feed, HttpSource, Site
from gateway.state.database import iso
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_world import World, claim_offsets

WAIT = 20.0


@pytest.mark.parametrize(
    ("given", "roles"),
    [([], ALL), (["all"], ALL), (["serve"], {SERVE}), (["intake,serve"], {INTAKE, SERVE}), (["intake", "normalise"], {INTAKE, NORMALISE})],
)
def test_roles_are_named_with_commas_or_one_by_one(given: list[str], roles: set[str]) -> None:
    assert roles_of(given) == roles


def test_an_unknown_role_is_said_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="no role 'reader'; roles are intake, normalise, serve and all"):
        roles_of(["serve,reader"])


class Split(World):
    """One data folder, and a process for each role; sites take HTTP and watch a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, api=ApiSettings(port=0))
        path = folder / "inbox"
        watched = DirectorySource(type="directory", path=path, done=path / "done", failed=path / "failed", stable_seconds=0, poll_seconds=0.05)
        feed = Feed(id="claims", sources=(watched, HttpSource(type="http")))
        self.inbox = path
        path.mkdir()
        self.sites = {"river": Site(id="river", zone="America/New_York", feeds=(feed,))}

    def gateway_as(self, *roles: str) -> Gateway:
        return Gateway(self.config, self.sites, self.clock, roles)


def http(gateway: Gateway, token: str) -> httpx.AsyncClient:
    app = create_app(gateway)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.asyncio
async def test_three_processes_do_what_one_does(tmp_path: Path) -> None:
    world = Split(tmp_path)
    async with AsyncExitStack() as stack:
        serve, intake, normalise = [await stack.enter_async_context(world.gateway_as(role)) for role in (SERVE, INTAKE, NORMALISE)]
        _, token = create_key(serve.state, "test", ["admin"])
        sent, asked = [await stack.enter_async_context(http(gateway, token)) for gateway in (intake, serve)]
        content = interchange(1, range(40), 20)
        answer = await sent.post("/v1/intake/river/claims", content=content)
        assert answer.status_code == 202
        receipt = answer.json()["receipt"]
        async with asyncio.timeout(WAIT):
            await intake.wait_final([receipt])
            await serve.wait_idle()
        for client in (sent, asked):
            status = (await client.get(answer.json()["location"])).json()
            assert (status["status"], status["counts"]["published"]) == ("done", 40)
        page = (await asked.get("/v1/events", params={"usage": "test", "limit": 100})).json()
        assert {event["id"] for event in page["events"]} == {f"{receipt}.{offset}.claim.submitted" for offset in claim_offsets(content)}
        assert (await sent.post("/v1/intake/river/claims", content=content)).json()["receipt"] == receipt
        assert {task.name for task in intake.health()} == {"prepare", "measure"}
        assert {task.name for task in normalise.health()} == {"prepare", "measure", "normalise", "publish", "projection", "retention"}


@pytest.mark.asyncio
async def test_a_path_of_another_role_says_which_one_serves_it(tmp_path: Path) -> None:
    world = Split(tmp_path)
    for role in ROLES:
        async with world.gateway_as(role) as gateway:
            _, token = create_key(gateway.state, role, ["admin"])
            _, reader = create_key(gateway.state, role, ["events:read"])
            async with http(gateway, token) as client:
                here = (await client.get("/openapi.json")).json()["paths"]
                assert ("/v1/events" in here, "/v1/intake/{site}/{feed}" in here) == (role == SERVE, role == INTAKE)
                events = await client.get("/v1/events")
                upload = await client.post("/v1/intake/river/claims", content=b"")
                assert (events.status_code == 200, upload.status_code == 202) == (role == SERVE, role == INTAKE)
                if role != SERVE:
                    assert (events.status_code, events.json()["detail"]) == (
                        404,
                        "this process does not serve this path; one with the role serve does",
                    )
                if role != INTAKE:
                    assert "the role intake does" in upload.json()["detail"]
                    limited = {"Authorization": f"Bearer {reader}"}
                    assert (await client.post("/v1/intake/river/claims", content=b"", headers=limited)).status_code == 403
                receipts = await client.get(f"/v1/intake/receipts/{'a' * 26}")
                assert receipts.json()["detail"] == (
                    "no such receipt" if role != NORMALISE else "this process does not serve this path; one with the role intake or serve does"
                )
                ready = await client.get("/health/ready")
                assert (ready.status_code, ready.json()["roles"]) == (200, [role])
                metrics = (await client.get("/metrics")).text
                assert re.search(rf'clearplane_gateway_info{{log="embedded",roles="{role}"}} 1.0', metrics)


@pytest.mark.asyncio
async def test_only_intake_watches_folders_and_only_normalise_starts_workers(tmp_path: Path) -> None:
    world = Split(tmp_path)
    async with world.gateway_as(SERVE) as serve, Service(serve) as service:
        assert service._sources == []
        assert serve.metrics.registry.get_sample_value("clearplane_workers") == 0
    async with world.gateway_as(INTAKE) as intake, Service(intake), world.gateway_as(NORMALISE) as normalise:
        assert normalise.metrics.registry.get_sample_value("clearplane_workers") == 1
        (world.inbox / "one.x12").write_bytes(interchange(1, range(3), 10))
        async with asyncio.timeout(WAIT):
            while not (world.inbox / "done" / "one.x12").exists():  # noqa: ASYNC110 (a folder has no event to wait for)
                await asyncio.sleep(0.02)


@pytest.mark.asyncio
async def test_any_number_of_each_role(tmp_path: Path) -> None:
    world = Split(tmp_path)
    async with AsyncExitStack() as stack:
        first, second, *_ = [await stack.enter_async_context(world.gateway_as(role)) for role in (INTAKE, INTAKE, NORMALISE, NORMALISE, SERVE)]
        world.gateway = first
        for number in range(1, 9):
            await (first if number % 2 else second).intake.accept(
                "river", "claims", _whole(interchange(number, range(number * 10, number * 10 + 10), 5))
            )
        async with asyncio.timeout(WAIT):
            await first.wait_idle()
        ids = await world.ids()
        assert (len(ids), set(ids.values())) == (80, {1})


@pytest.mark.asyncio
async def test_a_wrong_number_of_partitions_stops_the_start(tmp_path: Path) -> None:
    world = Split(tmp_path)
    async with world.gateway_as(SERVE) as gateway:
        await gateway.log.create_topics([TopicSpec("other", 1)])
    changed = world.config.model_copy(update={"log": world.config.log.model_copy(update={"partitions": 3})})
    with pytest.raises(LogError, match="exists with 2 partitions, not 3"):
        await Gateway(changed, world.sites).__aenter__()


@pytest.mark.asyncio
async def test_retention_runs_once_a_day_whoever_does_it(tmp_path: Path) -> None:
    world = Split(tmp_path)
    async with world.gateway_as(NORMALISE) as one, world.gateway_as(NORMALISE) as two:
        first, second = (Pruner(world.config, each.log, each.blobs, each.state, world.clock) for each in (one, two))
        done = await asyncio.gather(*(each.daily() for each in (first, second, first, second)))
        assert [each is None for each in done].count(False) == 1
        assert await first.daily() is None
        world.clock.now += (day := timedelta(days=1))
        assert await second.daily() is not None
        assert await first.daily() is None
        world.clock.now += day
        before = one.state.follow.recall(PRUNED_AT)
        await two.log.close()
        with pytest.raises(LogError):
            await second.daily()
        assert one.state.follow.recall(PRUNED_AT) == before
        assert await first.daily() is not None
        assert one.state.follow.recall(PRUNED_AT) == iso(world.clock())
        world.clock.now -= 30 * day  # the clock was ahead when it was done last
        assert await first.daily() is not None
        assert await first.daily() is None


@pytest.mark.asyncio
async def test_too_many_at_once_are_turned_away_before_they_are_read(tmp_path: Path) -> None:
    world = Split(tmp_path)
    world.config = world.config.model_copy(update={"limits": world.config.limits.model_copy(update={"concurrent_uploads": 2})})
    async with world.gateway_as(INTAKE) as gateway:
        _, token = create_key(gateway.state, "test", ["admin"])
        begun, go_on = 0, asyncio.Event()

        async def slow(number: int) -> AsyncIterator[bytes]:
            nonlocal begun
            begun += 1
            await go_on.wait()
            yield b"file %d" % number

        under_way = [asyncio.create_task(gateway.intake.accept("river", "claims", slow(number))) for number in range(4)]
        await asyncio.sleep(0)
        async with http(gateway, token) as client:
            refused = await client.post("/v1/intake/river/claims", content=b"one more")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
            assert refused.json()["detail"] == "too many files come at once; send it again later"
            go_on.set()
            async with asyncio.timeout(WAIT):
                accepted = await asyncio.gather(*under_way)
            assert begun == len({each.receipt for each in accepted}) == 4
            assert (await client.post("/v1/intake/river/claims", content=b"one more")).status_code == 202
        assert gateway.metrics.registry.get_sample_value("clearplane_turned_away_files_total") == 1


@pytest.mark.asyncio
async def test_whoever_waits_for_a_place_is_not_kept_for_ever(tmp_path: Path) -> None:
    world = Split(tmp_path)
    world.config = world.config.model_copy(update={"limits": world.config.limits.model_copy(update={"concurrent_uploads": 1})})
    async with world.gateway_as(INTAKE) as gateway:
        gateway.intake._door._seconds = 0.05
        stuck = asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            await stuck.wait()
            yield b""

        first = asyncio.create_task(gateway.intake.accept("river", "claims", slow()))
        await asyncio.sleep(0)
        with pytest.raises(NotNowError):
            await gateway.intake.accept("river", "claims", _whole(b"waits"))
        stuck.set()
        await first
        await gateway.intake.accept("river", "claims", _whole(b"waits"))


@pytest.mark.asyncio
async def test_lag_and_the_logs_availability_are_measured(tmp_path: Path) -> None:
    world = Split(tmp_path)

    async def measured(gateway: Gateway) -> tuple[float | None, float | None]:
        await _once(Meter(gateway.log, gateway.metrics, {"normalise": ["intake"]}, TopicPartition("intake", 0), tmp_path))
        value = gateway.metrics.registry.get_sample_value
        return value("clearplane_lag_records", {"group": "normalise", "topic": "intake"}), value("clearplane_log_available")

    async with world.gateway_as(INTAKE) as intake:
        for number in range(7):
            await intake.intake.accept("river", "claims", _whole(interchange(number + 1, range(2), 5)))
        assert await measured(intake) == (7, 1)
        async with world.gateway_as(NORMALISE) as normalise:
            await normalise.wait_idle()
        assert await measured(intake) == (0, 1)
        await intake.log.close()
        assert await measured(intake) == (0, 0)


async def _once(meter: Meter) -> None:
    """One look: what follows it is a pause of seconds."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.0):
            await meter.run()


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
