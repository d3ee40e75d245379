"""From an event's id to its record, by the index of its receipt."""

import asyncio

from gateway.pipeline.events import event_id_of
from gateway.seams import Log, Record, TopicPartition
from gateway.state import BatchPlace, State
from schemas.envelope import split_event_id

READ_RECORDS = 200
SLACK_MS = 60_000
"""Clocks of partitions may differ by so much: the search ends at records that were appended later than this after the commit."""


async def find_event(log: Log, state: State, event_id: str) -> Record | None:
    """None when there is no such event, or when State has not heard of it yet. Raises ValueError for a text that is no event id."""
    receipt, item, _, _ = split_event_id(event_id)
    for place in await asyncio.to_thread(state.receipts.places, receipt, item):
        record = await _search(log, place, receipt, event_id)
        if record is not None:
            return record
    return None


async def _search(log: Log, place: BatchPlace, receipt: str, event_id: str) -> Record | None:
    partition = TopicPartition(place.topic, place.partition)
    at = max(place.offset, (await log.offsets(partition))[0])
    while records := await log.read(partition, at, READ_RECORDS):
        for record in records:
            if event_id_of(record) == event_id:
                return record
            if record.timestamp > place.at + SLACK_MS:
                return None
        at = records[-1].offset + 1
    return None
