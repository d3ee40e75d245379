"""HL7 v2 messages of the demo, sent as a hospital system would: over MLLP, one after the other on one connection, each answer awaited."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from connectors.sinks.mllp import Judge, MllpSink, MllpSinkSettings, Verdict
from gateway.routes.judge import judge_of
from parsers.hl7v2.acknowledgement import answer
from parsers.hl7v2.scan import Span, messages


class Letter(NamedTuple):
    """A message of a site and the day it was made, YYYYMMDD."""

    site: str
    day: str
    raw: bytes


def letters(world: Path, feed: str) -> list[Letter]:
    """The messages of all sites in the order of their days; those of a site stay as its files have them."""
    found = [letter for folder in sorted(world.iterdir()) for path in sorted((folder / feed).glob("*.hl7")) for letter in _in_file(folder.name, path)]
    return sorted(found, key=lambda one: one.day)


def _in_file(site: str, path: Path) -> Iterator[Letter]:
    content = path.read_bytes()
    for found in messages(lambda at, size: content[at : at + size], len(content)):
        if isinstance(found, Span):
            raw = content[found.start : found.end]
            yield Letter(site, raw.split(b"|", 7)[6][:8].decode(), raw)


class Post:
    """Connections to the listeners of the sites. `answers` counts acknowledgement codes; `last` is the last message of a site and what came back."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self._sinks = {site: MllpSink(MllpSinkSettings("127.0.0.1", port), self._heard(site)) for site, port in ports.items()}
        self.ports = dict(ports)
        self.answers: Counter[str] = Counter()
        self.last: dict[str, tuple[bytes, bytes]] = {}

    def _heard(self, site: str) -> Judge:
        judge = judge_of(False, ())

        def heard(sent: bytes, received: bytes) -> Verdict:
            found = answer(received)
            self.answers[found.code if found else ""] += 1
            self.last[site] = sent, received
            return judge(sent, received)

        return heard

    async def send(self, found: Iterable[Letter]) -> None:
        """Sites side by side. Raises SinkRefused or SinkAway for a message that is not acknowledged."""
        lanes: dict[str, list[Letter]] = defaultdict(list)
        for one in found:
            lanes[one.site].append(one)
        await asyncio.gather(*(self._lane(site, lane) for site, lane in lanes.items()))

    async def _lane(self, site: str, lane: list[Letter]) -> None:
        for one in lane:
            await self._sinks[site].send("", one.raw)

    async def close(self) -> None:
        for sink in self._sinks.values():
            await sink.close()
