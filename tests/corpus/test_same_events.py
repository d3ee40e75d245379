"""Every X12 sample makes the same events on the embedded log and on brokers."""

from pathlib import Path

import pytest

from gateway.sites import Feed, Site
from tests.corpus.samples import samples
from tests.kafka.same_events import File, on_both

SITES = 6
"""Of one feed each: which of two files with one control number is the first is a matter of a site, and its feeds do not wait for each other."""


@pytest.mark.asyncio
async def test_every_sample_on_both_logs(tmp_path: Path, kafka_servers: tuple[str, ...]) -> None:
    files = [File(f"site-{number % SITES}", "feed", sample.content()) for number, sample in enumerate(samples())]
    feed = Feed(id="feed", duplicate_control_number="report")
    sites = {name: Site(id=name, zone="America/New_York", feeds=(feed,)) for name in (f"site-{number}" for number in range(SITES))}
    held = await on_both(tmp_path, kafka_servers, files, sites)
    assert len(held.receipts) == len(files)
    said = {receipt: events for receipt, _, _, events, _ in held.receipts}
    assert len(held.events) == sum(said.values()) > 0
