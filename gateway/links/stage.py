"""Follows the event topics and publishes `answer.linked`: links and read position in one transaction, the links remembered in State before it.

A link belongs to the event that came last and so made it. Heard again after a kill, that event finds its links in State, and they are published
with the position that was not committed then. Links by a rule that waits belong to what waited, which is taken out of State once they are published;
the position committed with them names it, so that after a kill in between it is taken out and not published again.

Which link of an answer counts in the end depends on what was recorded and when, not on the order in which it is heard: a better one that is found
later names the one it replaces.
"""

import asyncio
import hashlib
from collections import Counter, OrderedDict
from collections.abc import Container, Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson

from gateway.links.keys import LINKED, heard
from gateway.links.rules import BY_NAME, RANKS
from gateway.pipeline.events import PREFIX, attributes_of, header_name
from gateway.pipeline.lanes import Lane
from gateway.pipeline.messages import LINK, OUTCOMES, outcome
from gateway.pipeline.reading import RECORDED
from gateway.pipeline.services import EVENT_TOPICS, Services
from gateway.seams import Committed, NewRecord, Places, Record
from gateway.state import Arrival, IndexRow
from gateway.state.links import PER_KEY, AnswerRow, LaterRow, LinkRow, Pair
from schemas.envelope import SPEC_VERSION, cloud_event_type, split_event_id

GROUP = LINK
BATCH_RECORDS, BATCH_BYTES = 500, 4 << 20
KNOWN_PLACES = 20_000
"""Sets, groups and interchanges that State has been told of lately: every claim of a set names them again."""
AT_ANY_TIME = "9999"
RELEASE_SECONDS = 5.0
"""How often is looked for what has waited long enough."""


class Linker:
    """`waits`: of the sites whose answers are linked, how long a rule that waits does."""

    def __init__(self, services: Services, waits: Mapping[str, timedelta]) -> None:
        self._services, self._waits = services, waits
        self._topics = {services.config.topic(name): name for name in EVENT_TOPICS}
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def run(self, lane: Lane) -> None:
        """The events of one lane; topics take turns, because a lane commits one thing at a time."""
        turn = asyncio.Lock()
        await self._finish(lane)
        async with asyncio.TaskGroup() as tasks:
            heard_last = _HeardLast()
            for topic in lane.topics:
                tasks.create_task(self._follow(lane, topic, turn, heard_last))
            tasks.create_task(self._release(lane, turn, heard_last))

    async def _release(self, lane: Lane, turn: asyncio.Lock, heard_last: "_HeardLast") -> None:
        """Links by rules that wait. While records come, time is what they say of it, so that a backlog is not overtaken; then that of the clock."""
        links = self._services.state.links
        while True:
            before = heard_last.records
            await asyncio.sleep(RELEASE_SECONDS)
            busy = heard_last.records > before or any(lane.peek(each) is not None for each in lane.topics)
            if busy and not heard_last.at:
                continue
            until = heard_last.at if busy else None
            async with turn:
                while (place := _position(lane)) and (rows := await asyncio.to_thread(links.due, lane.number, until)):
                    found = [each for each in await asyncio.to_thread(links.release, rows, chosen) if each[0].rule in BY_NAME]
                    if found:
                        await self._publish(lane, {place[0]: Committed(place[1], _name_of(rows))}, found)
                    await asyncio.to_thread(links.released, rows)

    async def _finish(self, lane: Lane) -> None:
        """Before anything new is heard: what was published, and is still in State, waits no more."""
        links = self._services.state.links
        for topic in lane.topics:
            position = lane.feed(topic).committed
            if position is None or not position.metadata:
                continue
            rows = await asyncio.to_thread(links.due, lane.number, AT_ANY_TIME, int(position.metadata.partition(" ")[0]))
            if rows and _name_of(rows) == position.metadata:
                await asyncio.to_thread(links.released, rows)

    async def _follow(self, lane: Lane, topic: str, turn: asyncio.Lock, heard_last: "_HeardLast") -> None:
        while True:
            records = [await lane.take(topic)]
            size = len(records[0].value)
            while lane.peek(topic) is not None and len(records) < BATCH_RECORDS and size < BATCH_BYTES:
                records.append(await lane.take(topic))
                size += len(records[-1].value)
            async with turn:
                found = await asyncio.to_thread(self._link, records)
                await self._publish(lane, {topic: Committed(records[-1].offset + 1)}, found)
                heard_last.note(records)

    async def _publish(self, lane: Lane, positions: Mapping[str, Committed], found: Sequence[tuple[LinkRow, AnswerRow]]) -> None:
        arrivals = await asyncio.to_thread(self._arrivals, found)
        made = [self._record(*each) for each in found]
        report = _Report(self._services.config.topic(OUTCOMES), [link for link, _ in found], arrivals)
        await lane.commit(positions, made, report)
        for link, _ in found:
            self._services.metrics.links.labels(link.rule).inc()

    def _link(self, records: Sequence[Record]) -> list[tuple[LinkRow, AnswerRow]]:
        """Blocking."""
        noted = []
        for record in records:
            found = heard(record, self._topics[record.topic], self._waits, self._known)
            if found is not None:
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
            "usage": kept["usage"], **({"replaces": link.replaces} if link.replaces else {}),
        }  # fmt: skip
        headers = (*((header_name(name), value.encode()) for name, value in attributes.items()), (PREFIX + RECORDED, link.at.encode()))
        rule = BY_NAME[link.rule]
        part = {"part": link.part} if link.part else {}
        data = {
            "answer": link.answer, "answer_kind": answer.kind, **part, "request": link.target, "request_level": rule.level, "request_kind": link.kind,
            "rule": link.rule, "on": rule.on, **about["data"],
        }  # fmt: skip
        return NewRecord(self._services.config.topic(about["topic"]), kept["partitionkey"].encode(), orjson.dumps(data), headers)


def _position(lane: Lane) -> tuple[str, int] | None:
    """A topic of the lane and its position, to be committed as it is with what was made without reading on."""
    committed = ((topic, lane.feed(topic).committed) for topic in lane.topics)
    return next(((topic, position.offset) for topic, position in committed if position is not None), None)


def _name_of(rows: Sequence[LaterRow]) -> str:
    """How many they are, and a hash of what they are."""
    return f"{len(rows)} {hashlib.sha256(orjson.dumps([list(row) for row in rows])).hexdigest()}"


class _HeardLast:
    """How many records a lane has heard, and when the latest of them was recorded."""

    def __init__(self) -> None:
        self.records, self.at = 0, ""

    def note(self, records: Sequence[Record]) -> None:
        self.records += len(records)
        self.at = max(self.at, *(attributes_of(record).get("recordedtime", "") for record in records))


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
    """The best pair of each part of an answer, unless it is linked as well. What is linked worse is replaced.

    Of as many requests as are kept for a number, all of them after the answer, none is meant: earlier ones may be forgotten.
    """
    best: dict[tuple[str, str], Pair] = {}
    after = Counter(pair.mention for pair in pairs if pair.target.at > pair.answered)
    for pair in pairs:
        place = pair.mention.answer, pair.mention.part
        is_meant = pair.mention.answer != pair.target.target and after[pair.mention] < PER_KEY
        if is_meant and (place not in best or _is_better(pair, best[place])):
            best[place] = pair
    linked, found = _counting(made), []
    seen = {(pair.mention.answer, pair.mention.part, pair.mention.rule, pair.target.target) for pair in pairs}
    for place, pair in best.items():
        link = linked.get(place)
        if link is None or _is_weaker(link, pair, seen):
            found.append(_linked(pair, causes, link.id if link else ""))
    return found


def _counting(made: Sequence[LinkRow]) -> dict[tuple[str, str], LinkRow]:
    """The link of each part that no other replaces."""
    replaced = {link.replaces for link in made}
    counting = [link for link in made if link.id not in replaced]
    return {(link.answer, link.part): link for link in sorted(counting, key=lambda link: -_rank(link.rule))}


def _rank(rule: str) -> int:
    return RANKS.get(rule, len(RANKS))


def _is_weaker(link: LinkRow, best: Pair, seen: Container[tuple[str, str, str, str]]) -> bool:
    """Of one rule only what was compared with the best pair is worse than that."""
    if (rank := _rank(link.rule)) != (other := _rank(best.mention.rule)):
        return rank > other
    return link.target != best.target.target and (link.answer, link.part, link.rule, link.target) in seen


def _is_better(one: Pair, other: Pair) -> bool:
    """The stronger rule; then what came before the answer, of that the latest; of what came after it the first; the id decides the rest."""
    ranks = _rank(one.mention.rule), _rank(other.mention.rule)
    if ranks[0] != ranks[1]:
        return ranks[0] < ranks[1]
    before = one.target.at <= one.answered, other.target.at <= other.answered
    if before[0] != before[1]:
        return before[0]
    places = (one.target.at, one.target.target), (other.target.at, other.target.target)
    return places[0] > places[1] if before[0] else places[0] < places[1]


def _linked(pair: Pair, causes: Mapping[tuple[str, str], str], replaces: str) -> LinkRow:
    """Its id is that of the answer's item; what follows `~` names part, rule and request."""
    mention, target = pair.mention, pair.target
    receipt, offset, _, _ = split_event_id(mention.answer)
    name = hashlib.sha256("\0".join((mention.part, mention.rule, target.target)).encode()).hexdigest()[:16]
    cause, at = causes.get((target.key, target.target), mention.answer), max(pair.answered, target.at)
    event = f"{receipt}.{offset}.{LINKED}~{name}"
    return LinkRow(event, mention.answer, mention.part, target.target, target.kind, mention.rule, cause, at, replaces)


__all__ = ["GROUP", "Linker", "chosen"]
