"""Which log a gateway runs on makes no difference to what it publishes: ids, attributes, data, partitions, order, and what receipts say."""

from pathlib import Path

import pytest

from gateway.sites import Feed, Site
from gateway.synth import write_world
from tests.fault.gateway_kill import interchange
from tests.kafka.same_events import File, on_both
from tests.unit.pipeline_world import FILES, production, remittance

pytestmark = pytest.mark.asyncio
DEMO_CLAIMS, DEMO_SEED = 40, 1
SPREAD_BYTES = 50_000
LARGE = interchange(9, range(400), 1000)
PAYMENTS = remittance(10, 500)


async def test_the_traffic_of_the_demo(tmp_path: Path, kafka_servers: tuple[str, ...]) -> None:
    written = write_world(DEMO_CLAIMS, DEMO_SEED, tmp_path / "world")
    paths = sorted((tmp_path / "world").rglob("*.x12"))
    files = [File(path.parts[-3], path.parts[-2], path.read_bytes()) for path in paths]
    feeds = {(file.site, file.feed) for file in files}
    sites = {
        name: Site(id=name, zone="America/New_York", feeds=tuple(Feed(id=feed) for site, feed in sorted(feeds) if site == name)) for name, _ in feeds
    }
    held = await on_both(tmp_path, kafka_servers, files, sites)
    assert len(held.events) == written.events
    assert len(held.receipts) == written.files


async def test_generated_files_large_and_broken_ones_among_them(tmp_path: Path, kafka_servers: tuple[str, ...]) -> None:
    """Large files are read by all; control numbers come twice where that is held, reported or ignored."""
    assert min(len(LARGE), len(PAYMENTS)) > SPREAD_BYTES
    again = [File("river", feed, production(interchange(11, range(start, start + 3), 10))) for feed in ("strict", "loose") for start in (0, 3)]
    files = [File("river", "claims", content) for content in FILES.values()]
    files += [File("river", "claims", LARGE), File("river", "claims", PAYMENTS), File("lake", "claims", production(LARGE)), *again]
    files += [File("river", "claims", interchange(12, range(3), 2)), File("river", "loose", LARGE)]
    held = await on_both(tmp_path, kafka_servers, files, spread=SPREAD_BYTES)
    assert {status for _, status, *_ in held.receipts} == {"done", "failed", "held"}
    assert len(held.events) > 2000
