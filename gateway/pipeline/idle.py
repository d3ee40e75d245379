"""Whether everything that was received is published and State has heard of it, as far as the log says."""

import asyncio
from collections.abc import Mapping

from gateway.config import Config
from gateway.pipeline import normaliser, publisher
from gateway.pipeline.messages import ANSWER, DELIVER, INTAKE, LINK, OUTBOUND, OUTCOMES, ROUTE, WORK
from gateway.pipeline.services import EVENT_TOPICS
from gateway.seams import Log, TopicPartition
from gateway.state import State


async def idle(config: Config, log: Log, state: State) -> bool:
    """In the order of the flow: what one stage has done is seen by the look at the next. Whichever process does the work."""
    for group, name in ((normaliser.GROUP, INTAKE), (publisher.GROUP, WORK)):
        if not await _read(config, log, group, name):
            return False
    return await _at_end(config, log, OUTCOMES, await asyncio.to_thread(state.follow.positions, config.topic(OUTCOMES)))


async def routed(config: Config, log: Log) -> bool:
    """Whether all that came was looked at by whoever hands messages on."""
    return await _read(config, log, ROUTE, INTAKE)


async def answered(config: Config, log: Log, state: State, answers: bool = True) -> bool:
    """Whether every file that is done is acknowledged, where that is asked for, and all that is to be handed over was or has failed to be."""
    if (answers and not await _read(config, log, ANSWER, OUTCOMES)) or not await _read(config, log, DELIVER, OUTBOUND):
        return False
    return await asyncio.to_thread(_all_tried, state)


async def linked(config: Config, log: Log) -> bool:
    """Whether every event has been looked at by whoever links answers; links are events too."""
    for name in EVENT_TOPICS:
        if not await _read(config, log, LINK, name):
            return False
    return True


def _all_tried(state: State) -> bool:
    """Behind the first of a feed that fails the others wait."""
    return all(first.tries for each in state.deliveries.waiting() for first in state.deliveries.next(each.site, each.feed, 1, each.route))


async def _read(config: Config, log: Log, group: str, name: str) -> bool:
    """Whether a group is at the end of a topic."""
    topic = config.topic(name)
    positions = await log.group_positions(group)
    return await _at_end(config, log, name, {at.partition: position.offset for at, position in positions.items() if at.topic == topic})


async def _at_end(config: Config, log: Log, name: str, positions: Mapping[int, int]) -> bool:
    """Whether no record of the topic is at or past these positions."""
    for number in range(config.partitions(name)):
        partition = TopicPartition(config.topic(name), number)
        first, end = await log.offsets(partition)
        at = max(positions.get(number, 0), first)
        if at < end and await log.read(partition, at, 1):
            return False
    return True
