"""A TCP proxy before Kafka brokers that makes a network's faults happen: cuts, delays, a black hole, and a request that arrives too late.

Plain text only: it reads the requests. One port per broker; the brokers advertise these (`KafkaCluster(proxies=...)`).
"""

import asyncio
import random
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self, TypeVar

from tests.servers.kafka_wire import ADD_OFFSETS_TO_TXN, ADD_PARTITIONS_TO_TXN
from tests.servers.process import free_ports
from tests.servers.relay import Counts, Relay

__all__ = ["Counts", "KafkaProxy"]
ANSWER_SECONDS = 10.0
T = TypeVar("T")


class KafkaProxy:
    """In a thread of its own; every method returns when its effect is in place.

    with KafkaProxy(3) as proxy, KafkaCluster(folder, 3, proxies=proxy.ports) as cluster:
        proxy.connect(cluster.client_ports)
    """

    def __init__(self, nodes: int = 1) -> None:
        self.ports = tuple(free_ports(nodes))
        self._relay = Relay(self.ports)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="kafka-proxy", daemon=True)
        self._listening = asyncio.Event()
        self._main: asyncio.Task[None] | None = None
        self._chaos: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listening.wait(), self._loop).result(ANSWER_SECONDS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.calm()
        self._do(lambda: self._main is not None and self._main.cancel())
        self._thread.join()

    def connect(self, upstream: Sequence[int]) -> None:
        """The brokers' ports, in the order of ours. Until then connections wait."""
        assert len(upstream) == len(self.ports)
        self._relay.upstream = tuple(upstream)
        self.unblock()

    @property
    def counts(self) -> Counts:
        """As they are now."""
        return self._do(lambda: replace(self._relay.counts, late_answers=list(self._relay.counts.late_answers)))

    def cut_all(self) -> int:
        """Ends every connection; returns how many there were."""
        return self._do(self._relay.cut_all)

    def delay(self, seconds: float, api_keys: Collection[int] | None = None) -> None:
        """Every request, or those of `api_keys`, waits so long before it goes on, and those behind it on its connection too. 0 ends it."""
        which = None if api_keys is None else frozenset(api_keys)
        self._do(lambda: setattr(self._relay, "delay", (seconds, which)))

    def block(self) -> None:
        """A black hole: connections stay open and nothing comes through, in either direction, until `unblock`."""
        self._do(self._relay.open.clear)

    def unblock(self) -> None:
        """What waited goes on."""
        self._do(self._relay.open.set)

    def hold_end_txn(self, count: int = 1, after: Collection[int] = (ADD_PARTITIONS_TO_TXN, ADD_OFFSETS_TO_TXN)) -> None:
        """The next `count` EndTxn requests are kept back and their connections cut, as if they were still on their way.

        Each reaches its broker, over a connection of its own, as soon as a broker said yes to a later request of the kinds `after` for the same
        transactional id. That answer goes to the client after it, so that the order is certain.
        """

        def hold() -> None:
            self._relay.to_hold, self._relay.after = count, frozenset(after)

        self._do(hold)

    def chaos(self, seed: int, every_seconds: float) -> None:
        """Cuts one connection, chosen by chance, about every so many seconds, until `calm`."""

        def start() -> None:
            self._chaos = self._loop.create_task(self._relay.cut_by_chance(random.Random(seed), every_seconds))

        self.calm()
        self._do(start)

    def calm(self) -> None:
        """Ends the chaos."""
        self._do(lambda: self._chaos is not None and self._chaos.cancel())

    def _do(self, work: Callable[[], T]) -> T:
        """`work` in the loop."""

        async def run() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(ANSWER_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._main = self._loop.create_task(self._relay.run(self._listening))
        try:
            self._loop.run_until_complete(self._main)
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.close()
