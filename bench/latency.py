"""From the start of an upload to its events in a reader's hands, at a steady rate of claims."""

import asyncio
import hashlib
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from statistics import quantiles
from typing import NamedTuple

from confluent_kafka import OFFSET_END
from confluent_kafka import TopicPartition as StockPartition

from bench.folder import TOPIC
from bench.generate import small
from bench.plane import FEEDS, SITE, Plane
from bench.stock import consumer, event_id
from bench.uploads import Uploads
from gateway.pipeline.events import event_id_of
from gateway.seams import TopicPartition
from gateway.stores import open_log
from schemas.envelope import receipt_id

CLAIMS = 10
WARM_UP_SECONDS = 3.0
"""What is sent in the first seconds is not counted."""
LATE_SECONDS = 30.0
NUMBERS = 10_000
"""Files of a rate have control numbers of their own, so that none was there before."""
ACCEPTED, BUSY = 202, 503


class Paced(NamedTuple):
    """`sent` claims that count; times in milliseconds; `rate` at which they were really sent. `lost`: events that never came,
    `turned_away`: uploads that had to come again. `cpu` seconds of the gateway for each file, all files counted.
    """

    sent: int
    rate: float
    p50: float
    p99: float
    worst: float
    lost: int
    turned_away: int
    cpu: float


class Arrivals:
    """`begun`: when the upload of each file began, by receipt; `seen`: when each event of theirs was seen first, by id.

    `turned_away`: answers that asked a sender to come again, which it does.
    """

    def __init__(self) -> None:
        self.begun: dict[str, float] = {}
        self.seen: dict[str, float] = {}
        self.turned_away = 0

    def note(self, event: str) -> None:
        if event.partition(".")[0] in self.begun:
            self.seen.setdefault(event, time.perf_counter())

    def taken(self, since: float) -> list[float]:
        """Seconds for each event of the files begun since then."""
        begun = ((at, self.begun[event.partition(".")[0]]) for event, at in self.seen.items())
        return [at - start for at, start in begun if start >= since]


def paced(plane: Plane, rate: int, seconds: float) -> Paced:
    """Files of ten claims at even intervals, whether or not the ones before are done. Raises RuntimeError when a file is not taken."""
    return asyncio.run(_paced(plane, plane.token(), rate, seconds))


async def _paced(plane: Plane, token: str, rate: int, seconds: float) -> Paced:
    files = round(rate * (seconds + WARM_UP_SECONDS) / CLAIMS)
    contents = [small("837p", rate * NUMBERS + number, CLAIMS) for number in range(files)]
    arrivals = Arrivals()
    async with _reader(plane, arrivals), Uploads(*plane.intake, token) as uploads:
        start, cpu = time.perf_counter(), plane.cpu()[0]
        async with asyncio.TaskGroup() as tasks:
            for number, content in enumerate(contents):
                await asyncio.sleep(max(0.0, start + number * CLAIMS / rate - time.perf_counter()))
                tasks.create_task(_send(uploads, f"feed-{number % FEEDS}", content, arrivals))
            sent_until = time.perf_counter()
        late = time.perf_counter() + LATE_SECONDS
        while len(arrivals.seen) < files * CLAIMS and time.perf_counter() < late:  # noqa: ASYNC110 (a thread notes them)
            await asyncio.sleep(0.01)
        cpu = plane.cpu()[0] - cpu
    taken = [seconds * 1e3 for seconds in arrivals.taken(start + WARM_UP_SECONDS)]
    cuts = quantiles(taken, n=100)
    lost, sent = files * CLAIMS - len(arrivals.seen), files * CLAIMS / (sent_until - start)
    return Paced(len(taken), sent, cuts[49], cuts[98], max(taken), lost, arrivals.turned_away, cpu / files)


async def _send(uploads: Uploads, feed: str, content: bytes, arrivals: Arrivals) -> None:
    arrivals.begun[receipt_id(SITE, feed, hashlib.sha256(content).hexdigest())] = time.perf_counter()
    while True:
        status, again = await uploads.post(f"/v1/intake/{SITE}/{feed}", content)
        if status == ACCEPTED:
            return
        if status != BUSY:
            raise RuntimeError(f"a file was not taken: {status}")
        arrivals.turned_away += 1
        await asyncio.sleep(again)


@asynccontextmanager
async def _reader(plane: Plane, arrivals: Arrivals) -> AsyncIterator[None]:
    """On Kafka a stock client in a thread, on the embedded log a reader in this process, beside the gateway's."""
    if plane.setup.log == "kafka":
        with _stock(plane, arrivals):
            yield
        return
    reading = asyncio.create_task(_embedded(plane, arrivals))
    try:
        yield
    finally:
        reading.cancel()
        await asyncio.wait([reading])


@contextmanager
def _stock(plane: Plane, arrivals: Arrivals) -> Iterator[None]:
    config, ended = plane.config, threading.Event()
    reader = consumer(plane.broker)
    topic = config.topic(TOPIC)
    reader.assign([StockPartition(topic, number, OFFSET_END) for number in range(config.partitions(TOPIC))])
    reader.poll(1.0)

    def read() -> None:
        while not ended.is_set():
            message = reader.poll(0.1)
            if message is not None and message.error() is None:
                arrivals.note(event_id(message))

    thread = threading.Thread(target=read, name="reader")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        reader.close()


async def _embedded(plane: Plane, arrivals: Arrivals) -> None:
    config = plane.config
    log = await open_log(config)
    try:
        at = {TopicPartition(config.topic(TOPIC), number): 0 for number in range(config.partitions(TOPIC))}
        while True:
            await log.wait(at, 1.0)
            for partition in at:
                while records := await log.read(partition, at[partition]):
                    at[partition] = records[-1].offset + 1
                    for record in records:
                        arrivals.note(event_id_of(record))
    finally:
        await log.close()
