"""How one file is to be answered, as JSON that is kept with the control numbers: written again, the answer is the same."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from gateway.answers.settings import AnswerSettings


class Made(NamedTuple):
    """What became of a file. `cause`: `done`, or `held` when its control number was used before and nothing of it was read."""

    cause: str
    faulty: bool
    complete: bool


LINE_BREAKS = {"none": "", "lf": "\n", "crlf": "\r\n"}


def profile_for(settings: AnswerSettings, zone: str, made: Made) -> str:
    """A held file gets a TA1 that says so, whether it asked for one or not."""
    quiet = settings.when == "errors" and not made.faulty
    sender_qualifier, sender = _parts(settings.sender)
    receiver_qualifier, receiver = _parts(settings.receiver)
    source_qualifier, source_id = _parts(settings.source)
    profile = {
        "ta1": "errors" if made.cause == "held" and settings.ta1 == "asked" else settings.ta1,
        "functional": "none" if quiet else settings.functional,
        "claims": "none" if quiet else settings.claims,
        "ta1_place": settings.ta1_place,
        "delimiters": settings.delimiters,
        "newline": LINE_BREAKS[settings.line_breaks],
        "sender_qualifier": sender_qualifier,
        "sender": sender,
        "receiver_qualifier": receiver_qualifier,
        "receiver": receiver,
        "application_sender": settings.application_sender or "",
        "application_receiver": settings.application_receiver or "",
        "accepted": settings.accepted,
        "source_name": settings.source_name,
        "source_qualifier": source_qualifier or "46",
        "source_id": source_id,
    }
    return orjson.dumps({"profile": profile, "zone": zone, "complete": made.complete}).decode()


def profile_of(text: str) -> Mapping[str, Any]:
    """What `profile_for` gave: `profile`, `zone`, `complete`."""
    found: dict[str, Any] = orjson.loads(text)
    return found


def answered_at(received_at: str, zone: str) -> datetime:
    """An acknowledgement bears the time its file was received, in the site's zone."""
    return datetime.fromisoformat(received_at).astimezone(UTC if zone == "UTC" else ZoneInfo(zone))


def _parts(text: str | None) -> tuple[str, str]:
    qualifier, _, name = (text or "").partition(":")
    return qualifier, name
