"""A commit that says which read positions it knows: nothing is written where they are others now. On every side of the Log seam."""

import pytest

from gateway.seams import Committed, Fenced, NewRecord, TopicPartition, TopicSpec

pytestmark = pytest.mark.asyncio


async def test_a_commit_passes_only_where_the_positions_are_those_it_knows(log, log_factory):
    here, out = TopicPartition(log_factory.name("t"), 0), TopicPartition(log_factory.name("out"), 0)
    await log.create_topics([TopicSpec(here.topic, 1), TopicSpec(out.topic, 1)])
    consumer = await log.consumer("g", [here.topic])

    async def commit(offset, before):
        result = NewRecord(out.topic, b"key", b"%d" % offset, partition=0)
        await consumer.commit({here: Committed(offset, "text")}, [result], before={here: before})

    with pytest.raises(Fenced):
        await commit(1, Committed(0))  # nothing was committed yet
    await commit(2, None)
    for wrong in (None, Committed(1, "text"), Committed(2, "other text")):
        with pytest.raises(Fenced):
            await commit(3, wrong)
    await commit(4, Committed(2, "text"))
    assert await log.group_positions("g") == {here: Committed(4, "text")}
    assert [record.value for record in await log.read(out, 0)] == [b"2", b"4"]
