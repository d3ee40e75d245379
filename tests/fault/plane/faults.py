"""Single faults on a plane under load. Each returns once it has really happened."""

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from tests.fault.plane.plane import BROKERS, Node, Plane
from tests.fault.plane.proxy import PlaneProxy
from tests.fault.plane.sender import Load
from tests.servers.kafka import KafkaCluster
from tests.servers.kafka_wire import ADD_OFFSETS_TO_TXN, ADD_PARTITIONS_TO_TXN, END_TXN, PRODUCE, TXN_OFFSET_COMMIT
from tests.servers.process import ServerError, wait_until

FAULT_SECONDS = 60.0
"""Within so long a fault that waits for traffic has to happen."""
HOLD_SECONDS = 4.0
"""How long a held EndTxn is waited for before another one is held."""
NEXT_BEGUN = (ADD_PARTITIONS_TO_TXN, ADD_OFFSETS_TO_TXN)
NEXT_HAS_SENT = (PRODUCE,)
MOMENTS = (PRODUCE, END_TXN, TXN_OFFSET_COMMIT, ADD_OFFSETS_TO_TXN)
"""Of a transaction: at which of its requests the worker dies."""


class Stage(NamedTuple):
    """`short`: faults once or twice and for seconds, not several times and for a minute."""

    plane: Plane
    load: Load
    chance: random.Random
    short: bool

    @property
    def proxy(self) -> PlaneProxy:
        return self.plane.servers.proxy

    @property
    def cluster(self) -> KafkaCluster:
        return self.plane.servers.cluster

    def times(self, short: int, long: int) -> Iterator[int]:
        """Strikes spread over the load, so that each has work under way: the n-th begins when its share is acknowledged."""
        count = short if self.short else long
        for number in range(count):
            self.load.wait_share((number + 0.5) / (count + 1))
            yield number


@contextmanager
def paused(cluster: KafkaCluster, node: int) -> Iterator[None]:
    cluster.pause(node)
    try:
        yield
    finally:
        cluster.resume(node)


@contextmanager
def blocked(proxy: PlaneProxy) -> Iterator[None]:
    proxy.block()
    try:
        yield
    finally:
        proxy.unblock()


def kill_in_transaction(stage: Stage, moment: int, passing: int = 0) -> Node:
    """The worker whose request this is, when its `moment` of a transaction has come."""
    nodes = {node.process.pid: node for node in stage.plane.workers()}
    strike = stage.proxy.strike(moment, nodes, passing)
    assert strike.struck.wait(FAULT_SECONDS), "no worker had a transaction under way"
    assert strike.result is not None
    node = nodes[strike.result.pid]
    wait_until(lambda: not node.process.running, 10, f"{node.name} ends")
    return node


def hold_end(stage: Stage, count: int, after: Collection[int]) -> None:
    """Held, delivered in the middle of a later transaction, and refused by the broker each time."""
    before, began = stage.proxy.counts, time.monotonic()
    while stage.proxy.counts.delivered == before.delivered:
        # one held back in vain, such as of a lane that has no more to do or sends no records, is not waited for
        assert time.monotonic() - began < FAULT_SECONDS, "no EndTxn has been delivered late"
        stage.proxy.hold_end_txn(count, after)
        with suppress(ServerError):
            wait_until(lambda: stage.proxy.counts.delivered > before.delivered, HOLD_SECONDS, "one of them is delivered late")
    late = stage.proxy.counts.late_answers[len(before.late_answers) :]
    assert all(late), "a late EndTxn was taken by the brokers: it has ended a transaction that it was not for"


def _kill_a_broker(stage: Stage) -> None:
    node = stage.chance.randint(1, BROKERS)
    with _brokers:
        stage.cluster.kill(node)
        time.sleep(2)
        stage.cluster.restart(node)
        stage.cluster.wait_ready(node)


def _pause_a_broker(stage: Stage) -> None:
    with _brokers, paused(stage.cluster, stage.chance.randint(1, BROKERS)):
        time.sleep(4)


def _kill_a_worker(stage: Stage) -> None:
    with _workers:
        kill_in_transaction(stage, stage.chance.choice(MOMENTS))


def _stop_a_worker(stage: Stage) -> None:
    with _workers:
        stage.chance.choice(stage.plane.workers()).stop()


def _kill_the_intake(stage: Stage) -> None:
    stage.plane.intake.kill()
    stage.plane.intake.start()
    stage.plane.intake.wait_ready()


def _cut_everything(stage: Stage) -> None:
    stage.proxy.cut_all()


def _black_hole(stage: Stage) -> None:
    with blocked(stage.proxy):
        time.sleep(4)


def _slow_requests(stage: Stage) -> None:
    stage.proxy.delay(0.5)
    try:
        time.sleep(3)
    finally:
        stage.proxy.delay(0)


def _late_end(stage: Stage) -> None:
    hold_end(stage, 1, stage.chance.choice((NEXT_BEGUN, NEXT_HAS_SENT)))


MIX: tuple[Callable[[Stage], None], ...] = (
    _kill_a_broker, _pause_a_broker, _kill_a_worker, _stop_a_worker, _kill_the_intake, _cut_everything, _black_hole, _slow_requests, _late_end,
)  # fmt: skip
_brokers, _workers = threading.Lock(), threading.Lock()
"""One fault of a kind at a time: two brokers that are gone at once make an outage, which is another fault."""


class Beside(threading.Thread):
    """A fault beside another one."""

    def __init__(self, stage: Stage, fault: Callable[[Stage], None]) -> None:
        super().__init__(name=fault.__name__.strip("_").replace("_", " "), daemon=True)
        self.fault = fault
        self._stage = stage
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self.fault(self._stage)
        except BaseException as error:
            self._error = error

    def end(self) -> None:
        self.join(3 * FAULT_SECONDS)
        assert not self.is_alive(), f"{self.name} has not happened"
        if self._error is not None:
            raise self._error
