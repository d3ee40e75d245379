"""Every source passes the connector kit, and the kit finds the faults it is for."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from connectors.kit import World, check_source
from connectors.kit import sources as kit
from connectors.source import Sink, Source
from connectors.sources.directory import DirectorySettings, DirectorySource
from connectors.sources.http import HttpSource, StoppingError

pytestmark = pytest.mark.asyncio


class DirectoryWorld:
    def __init__(self, root: Path) -> None:
        self.root = root

    def source(self, sink: Sink) -> Source:
        return DirectorySource(DirectorySettings(self.root, stable_seconds=0, poll_seconds=0.002, retry_seconds=0.002), sink)

    async def send(self, name: str, data: bytes) -> None:
        part = self.root / f"{name}.tmp"
        part.write_bytes(data)
        part.rename(self.root / name)
        while not self.acknowledged(name):  # noqa: ASYNC110 files give no event
            await asyncio.sleep(0.001)

    def acknowledged(self, name: str) -> bool:
        return (self.root / "done" / name).exists()


class HttpWorld:
    """A sender with a request per try; a refused or broken one is tried again."""

    def __init__(self, multipart: bool) -> None:
        self._multipart = multipart
        self._source: HttpSource | None = None
        self._told: set[str] = set()

    def source(self, sink: Sink) -> Source:
        self._source = HttpSource(sink)
        return self._source

    async def send(self, name: str, data: bytes) -> None:
        content_type, body = _multipart(name, data) if self._multipart else ("application/edi-x12", data)
        while name not in self._told:
            if self._source is not None:
                with contextlib.suppress(StoppingError, ConnectionError):
                    async for _ in self._source.receive(content_type, name, _cut(body)):
                        self._told.add(name)
            await asyncio.sleep(0.001)

    def acknowledged(self, name: str) -> bool:
        return name in self._told


def _multipart(name: str, data: bytes) -> tuple[str, bytes]:
    head = f'--cut\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'.encode()
    return "multipart/form-data; boundary=cut", head + data + b"\r\n--cut--\r\n"


async def _cut(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 3_000_001):
        yield body[start : start + 3_000_001]


@pytest.fixture
def worlds(tmp_path: Path) -> Callable[[Callable[[Path], World]], Callable[[], contextlib.AbstractAsyncContextManager[World]]]:
    numbers = count()

    def factory_of(make):
        @asynccontextmanager
        async def factory():
            root = tmp_path / f"world-{next(numbers)}"
            root.mkdir()
            yield make(root)

        return factory

    return factory_of


@pytest.mark.parametrize(
    "make",
    [DirectoryWorld, lambda root: HttpWorld(multipart=False), lambda root: HttpWorld(multipart=True)],
    ids=["directory", "http raw", "http multipart"],
)
async def test_a_source_passes_the_kit(worlds, make):
    await check_source(worlds(make))


class EarlyAnswer(HttpWorld):
    """Answers before the sink has the message."""

    async def send(self, name: str, data: bytes) -> None:
        self._told.add(name)
        await self._offer(name, data)

    async def _offer(self, name: str, data: bytes) -> None:
        async for _ in self._source.receive("", name, _cut(data)):
            pass


class OneTry(EarlyAnswer):
    """Never offers a message again that the sink did not take."""

    async def send(self, name: str, data: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            await self._offer(name, data)
        self._told.add(name)


class Twice(EarlyAnswer):
    """Delivers every message twice."""

    async def send(self, name: str, data: bytes) -> None:
        await self._offer(name, data)
        await self._offer(name, data)
        self._told.add(name)


class OnePiece(EarlyAnswer):
    """Hands a message over in one piece."""

    async def _offer(self, name: str, data: bytes) -> None:
        async def whole():
            yield data

        await self._source._sink.accept(name, "", whole())


class Truncating(EarlyAnswer):
    """Loses the last byte."""

    async def _offer(self, name: str, data: bytes) -> None:
        await super()._offer(name, data[:-1])


@pytest.mark.parametrize(
    ("kind", "check", "sentence"),
    [
        (EarlyAnswer, kit.acknowledges_nothing_before_the_sink_has_it, "still at work"),
        (OneTry, kit.loses_nothing_when_the_sink_fails, "offered again"),
        (Twice, kit.delivers_each_message_once_whole_and_in_order, "arrive once"),
        (Twice, kit.delivers_a_burst_once, "arrive once"),
        (OnePiece, kit.streams_a_big_message_in_pieces, "at most"),
        (Truncating, kit.streams_a_big_message_in_pieces, "arrive whole"),
    ],
)
async def test_the_kit_finds_a_faulty_source(kind, check, sentence):
    async with asyncio.timeout(5):
        with pytest.raises(AssertionError, match=sentence):
            await check(kind(multipart=False))
