"""The inside of the proxy: passes Kafka's frames on between clients and brokers, and does to them what it is told. Lives in one event loop."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.servers.kafka_wire import END_TXN, Request, correlation_of, error_of, read_frame, request_of

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HOST = "127.0.0.1"
ENDS = (OSError, asyncio.IncompleteReadError)
"""How a connection ends."""


@dataclass
class Counts:
    """What was done. `stalled`: frames that waited for the end of a block. `late_answers`: Kafka's error code for each request delivered late."""

    connections: int = 0
    requests: int = 0
    cut: int = 0
    delayed: int = 0
    stalled: int = 0
    held: int = 0
    delivered: int = 0
    late_answers: list[int] = field(default_factory=list)


class Held(NamedTuple):
    """A request kept back, and which broker it was for."""

    request: Request
    frame: bytes
    node: int


class Link:
    """A client's connection and ours to its broker. `watched`: requests whose answers are looked at, by correlation id."""

    def __init__(self, node: int, client: asyncio.StreamWriter) -> None:
        self.node = node
        self.watched: dict[int, Request] = {}
        self.writers = [client]

    def cut(self) -> None:
        """At once, whatever is on its way."""
        for writer in self.writers:
            writer.transport.abort()


class Relay:
    """`delay`: (seconds, which requests, None: all). `to_hold` EndTxn requests are kept back until a broker said yes to one of the kinds `after`."""

    def __init__(self, ports: tuple[int, ...]) -> None:
        self.ports = ports
        self.upstream: tuple[int, ...] = ()
        self.counts = Counts()
        self.open = asyncio.Event()
        self.delay: tuple[float, frozenset[int] | None] = (0.0, None)
        self.to_hold = 0
        self.after: frozenset[int] = frozenset()
        self._held: list[Held] = []
        self._links: dict[Link, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, listening: asyncio.Event) -> None:
        """Until cancelled; then nothing of it is left."""
        servers = [await asyncio.start_server(self._serving(node), HOST, port) for node, port in enumerate(self.ports)]
        listening.set()
        try:
            await asyncio.Event().wait()
        finally:
            for server in servers:
                server.close()
            self.cut_all()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut_all(self) -> int:
        return self._cut(list(self._links))

    async def cut_by_chance(self, chance: random.Random, every_seconds: float) -> None:
        """One connection after another, until cancelled."""
        while True:
            await asyncio.sleep(chance.expovariate(1 / every_seconds))
            if self._links:
                self._cut([chance.choice(list(self._links))])

    def _cut(self, links: list[Link]) -> int:
        for link in links:
            link.cut()
        self.counts.cut += len(links)
        return len(links)

    # -- connections

    def _serving(self, node: int) -> Serve:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            async with self._link(node, writer) as link:
                await self._serve(link, reader)

        return serve

    @asynccontextmanager
    async def _link(self, node: int, client: asyncio.StreamWriter) -> AsyncIterator[Link]:
        link = Link(node, client)
        self._links[link] = None
        self.counts.connections += 1
        try:
            with suppress(*ENDS):
                yield link
        finally:
            del self._links[link]
            link.cut()

    async def _serve(self, link: Link, client: asyncio.StreamReader) -> None:
        await self.open.wait()
        broker, to_broker = await asyncio.open_connection(HOST, self.upstream[link.node])
        link.writers.append(to_broker)
        directions = [asyncio.create_task(one) for one in (self._requests(link, client, to_broker), self._answers(link, broker))]
        try:
            done, _ = await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
            for direction in done:
                direction.result()
        finally:
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)

    async def _requests(self, link: Link, client: asyncio.StreamReader, to_broker: asyncio.StreamWriter) -> None:
        while True:
            frame = await read_frame(client)
            request = request_of(frame)
            await self._pass(request)
            if self._keeps_back(request, frame, link):
                return
            if any(held.request.transactional_id == request.transactional_id for held in self._held) and request.api_key in self.after:
                link.watched[request.correlation] = request
            self.counts.requests += 1
            to_broker.write(frame)
            await to_broker.drain()

    async def _answers(self, link: Link, broker: asyncio.StreamReader) -> None:
        (to_client, _) = link.writers
        while True:
            frame = await read_frame(broker)
            await self._gate()
            request = link.watched.pop(correlation_of(frame), None)
            if request is not None and not error_of(request, frame):
                await self._deliver(request.transactional_id)
            to_client.write(frame)
            await to_client.drain()

    # -- faults

    async def _gate(self) -> None:
        if not self.open.is_set():
            self.counts.stalled += 1
            await self.open.wait()

    async def _pass(self, request: Request) -> None:
        await self._gate()
        seconds, api_keys = self.delay
        if seconds and (api_keys is None or request.api_key in api_keys):
            self.counts.delayed += 1
            await asyncio.sleep(seconds)

    def _keeps_back(self, request: Request, frame: bytes, link: Link) -> bool:
        if request.api_key != END_TXN or self.to_hold < 1:
            return False
        self.to_hold -= 1
        self.counts.held += 1
        self._held.append(Held(request, frame, link.node))
        return True

    async def _deliver(self, transactional_id: str | None) -> None:
        """What is held of this transactional id, over a connection of its own; waits for the broker's answer."""
        late = [held for held in self._held if held.request.transactional_id == transactional_id]
        self._held = [held for held in self._held if held not in late]
        for held in late:
            broker, to_broker = await asyncio.open_connection(HOST, self.upstream[held.node])
            to_broker.write(held.frame)
            self.counts.late_answers.append(error_of(held.request, await read_frame(broker)))
            self.counts.delivered += 1
            to_broker.close()
