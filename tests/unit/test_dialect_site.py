"""The example site: its file alone makes clean events of its feed, and every line of its dialect is needed for that."""

import asyncio
import runpy
import shutil
from pathlib import Path

import pytest

from gateway.api.service import Service
from gateway.cli.main import main
from gateway.config import ApiSettings, Config, LogSettings
from gateway.runtime import Gateway
from gateway.sites import load_site
from tests.unit.pipeline_world import World

EXAMPLE = Path(__file__).parents[2] / "examples" / "dialect-site"
FEED = EXAMPLE / "feed" / "adt.hl7"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "dialect-site")
    return tmp_path / "dialect-site" / "sites" / "millbrook.toml"


def test_its_own_tests_pass(site, capsys):
    assert main(["check", str(site)]) == 0
    assert "1 test passed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "differs"),
    [
        ('charset = "cp850"', "/patient/names/0/family"),
        ('profile = "cerner"', "/identity/patient/value"),
        ("visit = [{ field", "/identity/visit/value"),
        ('"ZVN-3" =', "/extensions/arrival"),
        ('"PV1-2" =', "/visit/patient_class"),
        ('"PID-8" =', "/patient/sex"),
        ('"ADT^A04" =', "encounter.planned 1: expected"),
        ('zone = "America/New_York"', "/visit/admit_time"),
    ],
)
def test_without_a_line_they_fail(site, capsys, line, differs):
    text = site.read_text()
    left = [each for each in text.splitlines() if not each.startswith(line)]
    assert len(left) == len(text.splitlines()) - 1
    site.write_text("\n".join(left))
    assert main(["check", str(site)]) == 1
    assert differs in capsys.readouterr().out


@pytest.mark.asyncio
async def test_a_gateway_reads_the_feed_as_the_site_says(tmp_path):
    world = World(tmp_path)
    world.sites = {"millbrook": load_site(EXAMPLE / "sites" / "millbrook.toml")}
    await world.start()
    try:
        receipt = await world.pass_through(FEED.read_bytes(), "adt", "millbrook")
        assert (receipt.status, receipt.counts["published"]) == ("done", 4)
        data = [record.value.decode() for record in await world.records("patients.test")]
        assert len(data) == 4
        assert all('"identity":{"patient":{"value":"00' in each and '"V2026-00' in each for each in data)
        assert sum("MÜLLER" in each for each in data) == 3
    finally:
        await world.stop()


@pytest.mark.asyncio
async def test_its_feed_is_sent_over_mllp_by_the_example_sender(tmp_path, capsys):
    site = load_site(EXAMPLE / "sites" / "millbrook.toml")
    [feed] = site.feeds
    [listener] = feed.sources
    here = feed.model_copy(update={"sources": (listener.model_copy(update={"port": 0}),)})
    send = runpy.run_path(str(EXAMPLE.parent / "send.py"))["main"]
    config = Config(data_dir=tmp_path / "data", log=LogSettings(partitions=1), api=ApiSettings(port=0))
    async with Gateway(config, {site.id: site.model_copy(update={"feeds": (here,)})}, roles={"intake"}) as gateway, Service(gateway) as service:
        [listening] = service.listeners["millbrook", "adt"]
        await asyncio.to_thread(send, "127.0.0.1", str(listening.port), [str(FEED)])
    ids = [line.split(b"|")[9].decode() for line in FEED.read_bytes().split(b"\r") if line.startswith(b"MSH")]
    assert capsys.readouterr().out.splitlines() == [f"MSA|AA|{number}" for number in ids]
    assert len(ids) == 4
