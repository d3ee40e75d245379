"""Follows the event topics and publishes `answer.linked`: links and read position in one transaction, the links remembered in State before it.

A link belongs to the event that came last and so made it. Heard again after a kill, that event finds its links in State, and they are published
with the position that was not committed then.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from gateway.links.keys import LINKED, heard
from gateway.links.rules import BY_NAME, RANKS
from gateway.pipeline.events import PREFIX, header_name
from gateway.pipeline.lanes import Lane
from gateway.pipeline.messages import LINK, OUTCOMES, outcome
from gateway.pipeline.reading import RECORDED
from gateway.pipeline.services import EVENT_TOPICS, Services
from gateway.seams import Committed, NewRecord, Places, Record
from gateway.state import Arrival, IndexRow
from gateway.state.links import AnswerRow, LinkRow, Pair
from schemas.envelope import SPEC_VERSION, cloud_event_type, split_event_id

GROUP = LINK
BATCH_RECORDS, BATCH_BYTES = 500, 4 << 20
KNOWN_PLACES = 20_000
"""Sets, groups and interchanges that State has been told of lately: every claim of a set names them again."""


class Linker:
    """`sites`: those whose answers are linked."""

    def __init__(self, services: Services, sites: frozenset[str]) -> None:
        self._services, self._sites = services, sites
        self._topics = {services.config.topic(name): name for name in EVENT_TOPICS}
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def run(self, lane: Lane) -> None:
        """The events of one lane; topics take turns, because a lane commits one thing at a time."""
        turn = asyncio.Lock()
        async with asyncio.TaskGroup() as tasks:
            for topic in lane.topics:
                tasks.create_task(self._follow(lane, topic, turn))

    async def _follow(self, lane: Lane, topic: str, turn: asyncio.Lock) -> None:
        while True:
            records = [await lane.take(topic)]
            size = len(records[0].value)
            while lane.peek(topic) is not None and len(records) < BATCH_RECORDS and size < BATCH_BYTES:
                records.append(await lane.take(topic))
                size += len(records[-1].value)
            async with turn:
                found = await asyncio.to_thread(self._link, records)
                arrivals = await asyncio.to_thread(self._arrivals, found)
                made = [self._record(*each) for each in found]
                report = _Report(self._services.config.topic(OUTCOMES), [link for link, _ in found], arrivals)
                await lane.commit({topic: Committed(records[-1].offset + 1)}, made, report)
            for link, _ in found:
                self._services.metrics.links.labels(link.rule).inc()

    def _link(self, records: Sequence[Record]) -> list[tuple[LinkRow, AnswerRow]]:
        """Blocking."""
        noted = []
        for record in records:
            found = heard(record, self._topics[record.topic], self._known)
            if found is not None and found.site in self._sites:
                noted.append(found)
                self._known.update(dict.fromkeys(found.places))
        if not noted:
            return []
        try:
            links = self._services.state.links.hear({each.site for each in noted}, [each.event for each in noted], chosen)
        except BaseException:
            self._known.clear()
            raise
        while len(self._known) > KNOWN_PLACES:
            self._known.popitem(last=False)
        return [each for each in links if each[0].rule in BY_NAME]

    def _arrivals(self, found: Sequence[tuple[LinkRow, AnswerRow]]) -> dict[str, Arrival]:
        """Files of the answers. Blocking."""
        receipts = {link.answer.partition(".")[0] for link, _ in found}
        known = (self._services.state.receipts.get(receipt) for receipt in receipts)
        return {each.receipt: Arrival(**{name: getattr(each, name) for name in Arrival._fields}) for each in known if each is not None}

    def _record(self, link: LinkRow, answer: AnswerRow) -> NewRecord:
        about: dict[str, Any] = orjson.loads(answer.about)
        kept = about["attributes"]
        kind = LINKED
        attributes = {
            "specversion": SPEC_VERSION, "id": link.id, "source": kept["source"], "type": cloud_event_type(kind), "subject": kept["subject"],
            "partitionkey": kept["partitionkey"], "datacontenttype": "application/json", "dataschema": f"/v1/schemas/{kind}.v1.json",
            "usage": kept["usage"],
        }  # fmt: skip
        headers = (*((header_name(name), value.encode()) for name, value in attributes.items()), (PREFIX + RECORDED, link.at.encode()))
        rule = BY_NAME[link.rule]
        part = {"part": link.part} if link.part else {}
        data = {
            "answer": link.answer, "answer_kind": answer.kind, **part, "request": link.target, "request_level": rule.level, "request_kind": link.kind,
            "rule": link.rule, "on": rule.on, **about["data"],
        }  # fmt: skip
        return NewRecord(self._services.config.topic(about["topic"]), kept["partitionkey"].encode(), orjson.dumps(data), headers)


class _Report:
    """The index of these events, by the places of their records."""

    def __init__(self, topic: str, links: Sequence[LinkRow], arrivals: Mapping[str, Arrival]) -> None:
        self._topic, self._links, self._arrivals = topic, links, arrivals

    def __call__(self, places: Places) -> list[NewRecord]:
        records = []
        for link, (place, offset) in zip(self._links, places, strict=True):
            receipt, item, _, _ = split_event_id(link.id)
            arrival = self._arrivals.get(receipt)
            if arrival is not None:
                rows = [IndexRow(item, item, place.topic, place.partition, offset, 1)]
                records.append(NewRecord(self._topic, receipt.encode(), outcome("linked", arrival, batches=rows)))
        return records


def chosen(pairs: Sequence[Pair], made: Sequence[LinkRow], causes: Mapping[tuple[str, str], str]) -> list[LinkRow]:
    """The best pair of each part of an answer, unless it is linked by a rule as strong."""
    strongest: dict[tuple[str, str], int] = {}
    for link in made:
        place = link.answer, link.part
        strongest[place] = min(strongest.get(place, len(RANKS)), RANKS.get(link.rule, len(RANKS)))
    best: dict[tuple[str, str], Pair] = {}
    for pair in pairs:
        place = pair.mention.answer, pair.mention.part
        if RANKS.get(pair.mention.rule, len(RANKS)) < strongest.get(place, len(RANKS)) and pair.mention.answer != pair.target.target:
            known = best.get(place)
            if known is None or _strength(pair) > _strength(known):
                best[place] = pair
    return [_linked(pair, causes) for pair in best.values()]


def _strength(pair: Pair) -> tuple[int, bool, str, str]:
    """The stronger rule; then what had come before the answer, of that the latest; the id decides the rest."""
    return -RANKS[pair.mention.rule], pair.target.at <= pair.answered, pair.target.at, pair.target.target


def _linked(pair: Pair, causes: Mapping[tuple[str, str], str]) -> LinkRow:
    """Its id is that of the answer's item; what follows `~` names part, rule and request."""
    mention, target = pair.mention, pair.target
    receipt, offset, _, _ = split_event_id(mention.answer)
    name = hashlib.sha256("\0".join((mention.part, mention.rule, target.target)).encode()).hexdigest()[:16]
    cause = causes.get((target.key, target.target), mention.answer)
    event = f"{receipt}.{offset}.{LINKED}~{name}"
    return LinkRow(event, mention.answer, mention.part, target.target, target.kind, mention.rule, cause, max(pair.answered, target.at))


__all__ = ["GROUP", "Linker", "chosen"]
