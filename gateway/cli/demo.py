"""The main job on the embedded default: start a gateway, send it sample traffic, show the events.

The sample is everything that passes between three providers and their payers, in the order in which it would come: members, questions before
the visit, claims, acknowledgements, status, payments, as files in folders that are watched; one broken claim file, whose sender is told what is
wrong; and the visits behind the claims as HL7 v2 messages over MLLP. It is invented and runs as test traffic. Data lies in ./data/demo; each start
begins with an empty one. A clearplane.toml beside it lets other commands look at it: `clearplane receipts list --config data/demo/clearplane.toml`.

With --servers the same runs on Apache Kafka, on topics of its own that begin with demo- and a random number; they stay there.
"""

import argparse
import asyncio
import json
import logging
import secrets
import shutil
import signal
import sys
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from gateway.answers.settings import AnswerSettings
from gateway.answers.settings import DirectorySink as AnswerFolder
from gateway.answers.settings import HttpSink as AnswersByHttp
from gateway.cli.demo_messages import Letter, Post, letters
from gateway.cli.main import UsageError
from gateway.config import ApiSettings, Config, KafkaSettings, LogSettings, prepare_data_dir
from gateway.sites import DirectorySource, Feed, HttpSource, MllpSource, Site, Strictness

SCOPES = ("intake:write", "events:read", "raw:read", "held:write", "metrics:read")
DEMO_PARTITIONS = 3
SEED = 22
"""In this world forty claims meet every kind of answer."""
_WAVES = 4
_VISITS = "visits"
"""The feed of HL7 v2 messages."""
_STRICT: dict[str, Strictness] = {"ELEMENT_DATE": "reject"}
"""Strictness of the sites: a claim with a date that cannot be is not published."""
_ISA_BYTES, _ISA_DATE, _ISA_NUMBER = 106, slice(70, 76), slice(90, 99)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="stop after the sample has gone through")
    parser.add_argument("--claims", type=int, default=40, metavar="N", help="claims of the sample (default: 40)")
    parser.add_argument("--data", type=Path, default=Path("data/demo"), metavar="DIR", help="where the demo keeps its data (default: data/demo)")
    parser.add_argument("--servers", metavar="HOST:PORT", help="Kafka brokers, with commas; default: the embedded log")
    parser.add_argument("--port", type=int, default=8400, help="port of the API; 0 takes any free one (default: 8400)")


def run(arguments: argparse.Namespace) -> int:
    if arguments.claims < 1:
        raise UsageError("--claims must be at least 1")
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    return asyncio.run(_demo(arguments))


async def _demo(arguments: argparse.Namespace) -> int:
    from gateway.api.keys import create_key
    from gateway.api.server import ServerError
    from gateway.api.service import Service
    from gateway.cli.demo_view import View
    from gateway.runtime import Gateway
    from gateway.synth import BROKEN_NUMBER, broken_claims, write_world

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    base = arguments.data.absolute()
    prepare_data_dir(base)
    for name in ("world", "inbox", "outbox", "data"):
        shutil.rmtree(base / name, ignore_errors=True)
    world = base / "world"
    summary = write_world(arguments.claims, SEED, world, visits="many")
    broken = world / "keystone" / "claims" / "837p-broken.x12"
    broken.parent.mkdir(parents=True, exist_ok=True)
    broken.write_bytes(broken_claims(SEED))
    sites = _sites(world, base / "inbox", base / "outbox")
    view = View()
    try:
        api, log = ApiSettings(port=arguments.port), _log_settings(arguments.servers)
        config = Config(data_dir=base / "data", sites_dir=base / "sites", api=api, log=log)
        settings = base / "clearplane.toml"
        settings.write_text(_settings(log))
        async with Gateway(config, sites) as gateway, Service(gateway) as service:
            await gateway.preparation.succeeded()
            key, token = await asyncio.to_thread(create_key, gateway.state, "demo", SCOPES)
            post = Post({site: listeners[0].port for (site, feed), listeners in service.listeners.items() if feed == _VISITS})
            try:
                waves = list(_waves(world, letters(world, _VISITS)))
                view.started(service.url, base / "inbox", post.ports, sum(len(wave.files) for wave in waves), summary)
                for wave in waves:
                    dropped = [_drop(file, base / "inbox" / file.relative_to(world)) for file in wave.files]
                    await post.send(wave.letters)
                    await _until_settled(dropped)
                await gateway.wait_idle()
                await view.show(gateway)
                view.answered(base / "outbox", broken, BROKEN_NUMBER)
                view.acknowledged(post.answers, post.last)
                view.next_steps(service.url, token, settings, arguments.once)
                if not arguments.once:
                    await stop.wait()
            finally:
                await post.close()
                await asyncio.to_thread(gateway.state.keys.revoke, key.id)
    except ServerError as error:
        raise UsageError(f"{error} (--port 0 takes any free port)") from None
    return 0


def _log_settings(servers: str | None) -> LogSettings:
    """Raises UsageError."""
    if servers is None:
        return LogSettings()
    try:
        kafka = KafkaSettings(servers=tuple(servers.split(",")))
    except ValidationError as error:
        raise UsageError(f"--servers: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None
    return LogSettings(kind="kafka", prefix=f"demo-{secrets.token_hex(3)}-", partitions=DEMO_PARTITIONS, kafka=kafka)


def _settings(log: LogSettings) -> str:
    """A clearplane.toml by which other commands find what the demo has left."""
    lines = ["# Written by `clearplane demo` at each start.", 'data_dir = "data"']
    if log.kind == "kafka":
        lines += ["[log]", 'kind = "kafka"', f"prefix = {json.dumps(log.prefix)}", f"partitions = {log.partitions}"]
        lines += ["[log.kafka]", f"servers = {json.dumps(log.kafka.servers)}"]
    return "\n".join([*lines, ""])


def _sites(world: Path, inbox: Path, outbox: Path) -> dict[str, Site]:
    """One site for each folder of the world, its feeds watched folders of the inbox that take uploads too; claim files are answered.

    The feed of visits has a listener beside its folder, on any free port.
    """
    sites: dict[str, Site] = {}
    for folder in sorted(path for path in world.iterdir() if path.is_dir()):
        feeds = []
        for feed in sorted(folder.iterdir()):
            path = inbox / folder.name / feed.name
            path.mkdir(parents=True, exist_ok=True)
            watched = DirectorySource(type="directory", path=path, done=path / "done", failed=path / "failed", stable_seconds=0.2, poll_seconds=0.1)
            sinks = AnswerFolder(type="directory", path=outbox / folder.name / feed.name), AnswersByHttp(type="http")
            answers = AnswerSettings(claims="277CA", sinks=sinks) if feed.name == "claims" else None
            listening = (MllpSource(type="mllp", port=0),) if feed.name == _VISITS else ()
            feeds.append(Feed(id=feed.name, sources=(watched, HttpSource(type="http"), *listening), answers=answers))
        name = folder.name
        sites[name] = Site(id=name, name=name.capitalize(), zone="America/New_York", links=True, feeds=tuple(feeds), findings=_STRICT)
    return sites


class Wave(NamedTuple):
    """What is sent at once."""

    files: list[Path]
    letters: list[Letter]


def _waves(world: Path, letters: list[Letter]) -> Iterator[Wave]:
    """The files in the order of their days and interchange control numbers, cut into a few waves, each with the messages up to its last day."""
    heads = {path: path.read_bytes()[:_ISA_BYTES] for path in world.rglob("*.x12")}
    files = sorted(heads, key=lambda path: (heads[path][_ISA_DATE], heads[path][_ISA_NUMBER]))
    size, sent = -(-len(files) // _WAVES), 0
    for start in range(0, len(files), size):
        ours = files[start : start + size]
        day = "20" + heads[ours[-1]][_ISA_DATE].decode()
        until = len(letters) if ours[-1] is files[-1] else bisect_right(letters, day, key=lambda one: one.day)
        yield Wave(ours, letters[sent:until])
        sent = until


def _drop(file: Path, target: Path) -> Path:
    """Put a file where the gateway watches, under its final name only once it is whole."""
    partial = target.with_suffix(".part")
    shutil.copyfile(file, partial)
    partial.replace(target)
    return target


async def _until_settled(files: list[Path]) -> None:
    """Every file has been moved on, which the gateway does once its events are committed."""
    while not await asyncio.to_thread(lambda: all(_settled(file) for file in files)):  # noqa: ASYNC110 (a folder has no event to wait for)
        await asyncio.sleep(0.05)


def _settled(file: Path) -> bool:
    return any((file.parent / folder / file.name).exists() for folder in ("done", "failed"))
