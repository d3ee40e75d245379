"""Whether everything that was received is published and State has heard of it, as far as the log says."""

import asyncio
from collections.abc import Mapping

from gateway.config import Config
from gateway.pipeline import normaliser, publisher
from gateway.pipeline.messages import INTAKE, OUTCOMES, WORK
from gateway.seams import Log, TopicPartition
from gateway.state import State


async def idle(config: Config, log: Log, state: State) -> bool:
    """In the order of the flow: what one stage has done is seen by the look at the next. Whichever process does the work."""
    for group, name in ((normaliser.GROUP, INTAKE), (publisher.GROUP, WORK)):
        positions = await log.group_positions(group)
        topic = config.topic(name)
        reached = {at.partition: position.offset for at, position in positions.items() if at.topic == topic}
        if not await _at_end(config, log, name, reached):
            return False
    return await _at_end(config, log, OUTCOMES, await asyncio.to_thread(state.follow.positions, config.topic(OUTCOMES)))


async def _at_end(config: Config, log: Log, name: str, positions: Mapping[int, int]) -> bool:
    """Whether no record of the topic is at or past these positions."""
    for number in range(config.partitions(name)):
        partition = TopicPartition(config.topic(name), number)
        first, end = await log.offsets(partition)
        at = max(positions.get(number, 0), first)
        if at < end and await log.read(partition, at, 1):
            return False
    return True
