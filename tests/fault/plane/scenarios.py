"""What happens to a plane under load. Each scenario returns how often it has struck, by name."""

import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from tests.fault.plane.faults import (
    FAULT_SECONDS,
    MIX,
    MOMENTS,
    NEXT_BEGUN,
    NEXT_HAS_SENT,
    Beside,
    Stage,
    blocked,
    hold_end,
    kill_in_transaction,
    paused,
)
from tests.fault.plane.files import LOCAL
from tests.fault.plane.plane import BROKERS
from tests.servers.kafka_wire import END_TXN, PRODUCE, TXN_OFFSET_COMMIT
from tests.servers.process import wait_until

PAUSED_SECONDS = 8.0
Done = dict[str, int]


def nothing(stage: Stage) -> Done:
    return {}


def kill_brokers(stage: Stage) -> Done:
    """One after the other, each started again on what it had."""
    killed = 0
    for number in stage.times(1, 3):
        node = 1 + (number + stage.chance.randrange(BROKERS)) % BROKERS
        stage.cluster.kill(node)
        killed += 1
        time.sleep(2 if stage.short else 4)
        stage.cluster.restart(node)
        stage.cluster.wait_ready(node)
    return {"brokers killed": killed}


def pause_broker(stage: Stage) -> Done:
    """Long enough to lose its partitions; it comes back thinking that it leads them."""
    done: Counter[str] = Counter()
    for _ in stage.times(1, 3):
        with paused(stage.cluster, stage.chance.randint(1, BROKERS)):
            time.sleep(PAUSED_SECONDS)
        done["brokers paused"] += 1
    return dict(done)


def kill_workers(stage: Stage) -> Done:
    """In the middle of a transaction, at each of its requests in turn, sometimes only at a later one; a new worker comes for each."""
    new = []
    for number in stage.times(2, 8):
        kill_in_transaction(stage, MOMENTS[number % len(MOMENTS)], number // len(MOMENTS) * 3)
        new.append(stage.plane.start_worker())
    for node in new:
        if node.process.running:
            node.wait_ready()
    return {"workers killed in a transaction": len(new)}


def brokers_away(stage: Stage) -> Done:
    """All connections stay open and nothing comes through. Feeds of the brokers are refused, the node's own feed is taken."""
    load = stage.load
    load.wait_share(0.25)
    refused, taken, began = load.refused.copy(), load.taken(LOCAL), time.monotonic()
    with blocked(stage.proxy):
        time.sleep(8 if stage.short else 60)
        wait_until(lambda: load.refused != refused, FAULT_SECONDS, "a sender is refused while the brokers are away")
        wait_until(lambda: load.taken(LOCAL) > taken, FAULT_SECONDS, "the feed that the node acknowledges itself is taken meanwhile")
        now, seconds = load.refused - refused, time.monotonic() - began
        assert LOCAL not in now, "the feed that the node acknowledges itself was refused"
    return {"seconds without brokers": round(seconds), "refused with Retry-After": now.total()}


def rebalance(stage: Stage) -> Done:
    """A worker comes, one leaves in good order, one comes, one is killed."""
    done: Counter[str] = Counter()
    for number in stage.times(1, 5):
        stage.plane.add_workers()
        stage.chance.choice(stage.plane.workers()).stop()
        done["workers left"] += 1
        if number % 2 == 0 or stage.short:
            stage.plane.add_workers()
            stage.chance.choice(stage.plane.workers()).kill()
            done["workers killed"] += 1
    return {"workers came": done.total(), **done}


def cuts_and_delays(stage: Stage) -> Done:
    """Connections are cut by chance, requests of one kind or all wait, now and then everything is cut."""
    before = stage.proxy.counts
    stage.proxy.chaos(stage.chance.randrange(1 << 30), 0.5)
    try:
        for number in stage.times(2, 12):
            stage.proxy.delay(stage.chance.uniform(0.05, 0.8), stage.chance.choice((None, {END_TXN}, {PRODUCE}, {TXN_OFFSET_COMMIT}, NEXT_BEGUN)))
            time.sleep(2)
            stage.proxy.delay(0)
            if number % 3 == 2:
                stage.proxy.cut_all()
    finally:
        stage.proxy.delay(0)
        stage.proxy.calm()
    after = stage.proxy.counts
    assert after.cut > before.cut, "no connection was cut"
    assert after.delayed > before.delayed, "no request was delayed"
    return {"connections cut": after.cut - before.cut, "requests delayed": after.delayed - before.delayed}


def late_ends(stage: Stage) -> Done:
    """An EndTxn reaches its broker only when the next transaction of its id has begun, and when that one has sent records, and is then cut too."""
    done: Counter[str] = Counter()
    for number in stage.times(2, 12):
        after = (NEXT_BEGUN, NEXT_HAS_SENT)[number % 2]
        hold_end(stage, 1 + number // 4 % 3, after)
        if after == NEXT_HAS_SENT:
            stage.proxy.cut_all()  # so that this next transaction ends badly as well
            done["late ends after the next had sent"] += 1
        else:
            done["late ends after the next began"] += 1
    return dict(done)


def kill_intake(stage: Stage) -> Done:
    killed = 0
    for _ in stage.times(1, 6):
        stage.plane.intake.kill()
        stage.plane.intake.start()
        stage.plane.intake.wait_ready()
        killed += 1
    return {"intake killed": killed}


def all_at_once(stage: Stage) -> Done:
    """Two of them at a time, chosen by chance."""
    done: Counter[str] = Counter()
    for _ in stage.times(2, 14):
        chosen = stage.chance.sample(MIX, 2)
        threads = [Beside(stage, fault) for fault in chosen]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.end()
            done[thread.name] += 1
        missing = 3 - len(stage.plane.workers())
        if missing > 0:
            stage.plane.add_workers(missing)
    return dict(done)


class Scenario(NamedTuple):
    """`rate`: claims a second that the senders offer, so that there is load during all of it; None: as fast as it goes."""

    act: Callable[[Stage], Done]
    rate: float | None


SCENARIOS = {
    "nothing": Scenario(nothing, None),
    "broker killed": Scenario(kill_brokers, 2000),
    "broker paused": Scenario(pause_broker, 2000),
    "worker killed in a transaction": Scenario(kill_workers, 1500),
    "EndTxn late": Scenario(late_ends, 1500),
    "brokers away": Scenario(brokers_away, 1000),
    "rebalance": Scenario(rebalance, 1500),
    "cuts and delays": Scenario(cuts_and_delays, 1500),
    "intake killed": Scenario(kill_intake, 2000),
    "all at once": Scenario(all_at_once, 1000),
}
