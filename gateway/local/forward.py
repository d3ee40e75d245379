"""Takes what waits on this node to the brokers, in order of arrival. At least once: the normaliser knows a file that comes again."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from gateway.config import Config
from gateway.local.store import GROUP, LANE, TOPIC, LocalStore
from gateway.pipeline.messages import INTAKE, Received, feed_key, intake_headers, received
from gateway.pipeline.supervisor import finished
from gateway.seams import BlobNotFound, Blobs, Committed, Consumer, Log, NewRecord, Record
from gateway.state import State, StateError

logger = logging.getLogger("clearplane.local")
BATCH_RECORDS = 128
COPIES = 4
"""Files copied to the shared store at the same time."""
PIECE_BYTES = 1 << 20
SWEEP_SECONDS = 3600.0


class Forwarder:
    """`run` is the work of a supervisor: an error ends it, and it begins anew at the first file that the brokers may not have."""

    def __init__(self, config: Config, local: LocalStore, log: Log, blobs: Blobs, state: State, clock: Callable[[], float] = time.monotonic) -> None:
        self._config, self._local, self._log, self._blobs, self._state, self._clock = config, local, log, blobs, state, clock

    async def run(self) -> None:
        """For ever."""
        swept = -SWEEP_SECONDS
        consumer = await self._local.log.consumer(GROUP, [TOPIC])
        try:
            while True:
                records = await consumer.poll(BATCH_RECORDS, 1.0)
                if records:
                    await finished(self._take(consumer, records))
                    continue
                await self._local.look()  # another process of this node may have forwarded what we saw waiting
                if self._clock() - swept >= SWEEP_SECONDS:
                    swept = self._clock()
                    await self._local.sweep()
        finally:
            await consumer.close()

    async def _take(self, consumer: Consumer, records: Sequence[Record]) -> None:
        await self._forward(records)
        await consumer.commit({LANE: Committed(records[-1].offset + 1)})
        await self._local.forget(records)

    async def _forward(self, records: Sequence[Record]) -> None:
        """Blobs first, then the records of the topic `intake`, as they were when the files came."""
        files = [received(record) for record in records]
        free = asyncio.Semaphore(COPIES)

        async def copy(file: Received) -> NewRecord:
            async with free:
                return await asyncio.to_thread(self._copied, file)

        await self._log.append(await asyncio.gather(*map(copy, files)))
        try:
            await asyncio.to_thread(self._state.receipts.add, [file.arrival for file in files])
        except StateError:
            logger.warning("%d forwarded files are not in the state database yet; it hears of them from the log", len(files))

    def _copied(self, file: Received) -> NewRecord:
        """The file's bytes put into the shared store, and its record for `intake`. Blocking."""
        arrival, key = file.arrival, feed_key(file.arrival.site, file.arrival.feed)
        if not file.stored:
            return NewRecord(self._config.topic(INTAKE), key, file.body or b"", intake_headers(arrival, True, stored=False))
        small = arrival.size <= self._config.limits.inline_bytes
        body = self._copy(arrival.sha256, arrival.size, small)
        return NewRecord(self._config.topic(INTAKE), key, body or b"", intake_headers(arrival, body is not None))

    def _copy(self, sha256: str, size: int, small: bool) -> bytes | None:
        """The bytes when `small`. Bytes that are not here any more were put into the shared store for an equal file."""
        try:
            if self._local.blobs.size(sha256) == size:
                return self._put(sha256, size, small)
        except BlobNotFound:
            if not small or self._blobs.exists(sha256):
                return self._blobs.read(sha256) if small else None
        _damaged(sha256)
        return None

    def _put(self, sha256: str, size: int, small: bool) -> bytes | None:
        writer, body = self._blobs.writer(), bytearray()
        try:
            for start in range(0, size, PIECE_BYTES):
                piece = self._local.blobs.read(sha256, start, min(PIECE_BYTES, size - start))
                writer.write(piece)
                if small:
                    body += piece
            if writer.commit() != sha256:
                _damaged(sha256)
                return None
        except BaseException:
            writer.abort()
            raise
        return bytes(body) if small else None


def _damaged(sha256: str) -> None:
    """It may not hold up the files behind it: without its bytes it goes on, and its receipt will say that it cannot be read."""
    logger.error("a file kept on this node has lost its bytes, its checksum was %s; its sender has to send it again", sha256)
