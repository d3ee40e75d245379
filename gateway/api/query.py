"""The filters of GET /v1/events: checked parameters, the lanes they concern, and how the audit trail names them."""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal, NamedTuple

from fastapi import Depends, Query

from gateway.api.auth import Caller
from gateway.api.cursor import ForeignCursorError, MalformedCursorError, Positions, decode_cursor, moved_cursor
from gateway.api.problems import ProblemError
from gateway.api.reader import EventFilter, EventReader, ExpiredError, checked_positions, event_lanes, full_type, oldest_cursor
from gateway.log.once import once
from gateway.runtime import Gateway
from gateway.seams import TopicPartition
from gateway.state.database import iso

LANE = r"^[a-z2-7]{26}$"
TYPE = r"^[a-z0-9_.]{1,80}$"
SITE = r"^[a-z0-9][a-z0-9_-]{0,63}$"
Usage = Literal["production", "test", "all"]
Start = Literal["oldest", "latest"]


class EventQuery(NamedTuple):
    """What a caller asked for, in checked form. `types` are full CloudEvents types."""

    types: tuple[str, ...]
    sites: tuple[str, ...]
    key: str | None
    receipt: str | None
    since: datetime | None
    until: datetime | None
    usage: Usage
    start: Start

    def described(self) -> dict[str, str | None]:
        """For the audit trail: only values of checked form."""
        return {
            "type": ",".join(self.types), "site": ",".join(self.sites), "key": self.key, "receipt": self.receipt,
            "from": iso(self.since) if self.since else None, "to": iso(self.until) if self.until else None, "usage": self.usage,
        }  # fmt: skip

    def filter_for(self, caller: Caller) -> EventFilter:
        sites: frozenset[str] | None = frozenset(self.sites) or None
        if caller.sites is not None:
            sites = caller.sites & sites if sites is not None else caller.sites
        since, until = (iso(moment) if moment else None for moment in (self.since, self.until))
        return EventFilter(frozenset(self.types) or None, sites, self.key, self.receipt, since, until)


def event_query(
    type: Annotated[
        list[str] | None, Query(description="Event type, e.g. claim.submitted, encounter.started or clearplane.claim.submitted.v1; may be repeated")
    ] = None,
    site: Annotated[list[str] | None, Query(description="May be repeated")] = None,
    key: Annotated[str | None, Query(pattern=LANE, description="Lane of a claim, patient or batch, as `clearplane key` prints it")] = None,
    receipt: Annotated[str | None, Query(pattern=LANE, description="Events of one received file or message")] = None,
    since: Annotated[str | None, Query(alias="from", max_length=40, description="Recorded at this time (RFC 3339) or later")] = None,
    until: Annotated[str | None, Query(alias="to", max_length=40, description="Recorded before this time")] = None,
    usage: Annotated[Usage, Query(description="Test events are shown only when asked for")] = "production",
    start: Annotated[Start, Query(description="Where to begin without a cursor")] = "oldest",
) -> EventQuery:
    return EventQuery(
        tuple(full_type(name) for name in _checked("type", type)), _checked("site", site), key, receipt,
        checked_moment("from", since), checked_moment("to", until), usage, start,
    )  # fmt: skip


Events = Annotated[EventQuery, Depends(event_query)]
CursorText = Annotated[str | None, Query(max_length=16_384, description="`next` of the page before, or the id of a streamed event")]


async def reader_at(gateway: Gateway, query: EventQuery, cursor: str | None) -> EventReader:
    """A reader on the query's lanes. Raises ProblemError 400 for no cursor, 410 with `oldest` for one that has expired or is another log's."""
    partitions = await event_lanes(gateway.log, gateway.config, query.usage, query.key)
    try:
        given = await _given(gateway, cursor, partitions) if cursor else {}
        since = query.since or await _received_at(gateway, query.receipt)
        moment = round(since.timestamp() * 1000) if since else None
        positions = await checked_positions(gateway.log, partitions, given, moment, query.start == "latest")
        return EventReader(once(gateway.log, gateway.config.log.repeat_window), positions)
    except MalformedCursorError:
        raise ProblemError(400, "this is no cursor", parameters=["cursor"]) from None
    except ForeignCursorError:
        raise gone(await oldest_cursor(gateway.log, partitions)) from None
    except ExpiredError as expired:
        raise gone(expired.oldest) from None


async def _given(gateway: Gateway, cursor: str, partitions: Sequence[TopicPartition]) -> Positions:
    """Raises MalformedCursorError, ForeignCursorError."""
    log_id = gateway.log.log_id
    try:
        return decode_cursor(cursor, log_id, partitions)
    except ForeignCursorError:
        return await asyncio.to_thread(moved_cursor, cursor, log_id, partitions, gateway.state.offsets.translate)


def gone(oldest: str) -> ProblemError:
    return ProblemError(410, "the cursor has expired or belongs to another log; events before `oldest` are not kept", oldest=oldest)


async def _received_at(gateway: Gateway, receipt: str | None) -> datetime | None:
    """Events of a receipt stand behind the moment it was received."""
    if receipt is None:
        return None
    found = await asyncio.to_thread(gateway.state.receipts.get, receipt)
    return datetime.fromisoformat(found.received_at) if found else None


def _checked(name: str, values: list[str] | None) -> tuple[str, ...]:
    """Comma-separated and repeated values as one list. Raises ProblemError 400."""
    pattern = re.compile(TYPE if name == "type" else SITE)
    given = tuple(part for value in values or () for part in value.split(",") if part)
    if len(given) > 100 or not all(pattern.fullmatch(part) for part in given):
        raise ProblemError(400, "parameters are missing or not valid", parameters=[name])
    return given


def checked_moment(name: str, text: str | None) -> datetime | None:
    """In UTC where it names no offset. Raises ProblemError 400."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus that was not escaped in the URL
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ProblemError(400, "parameters are missing or not valid", parameters=[name]) from None


__all__ = ["LANE", "SITE", "CursorText", "EventQuery", "Events", "checked_moment", "event_query", "gone", "reader_at"]
