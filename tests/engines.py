"""Both engines on the same bytes: what the reader makes alone, and what it makes with the compiled lane."""

from typing import Any, NamedTuple

from parsers.x12.convert import Event, Origin, Settings, Summary, convert
from schemas.envelope import Finding

ORIGIN = Origin(sha256="0" * 64)


class Made(NamedTuple):
    """Everything of a file. Attributes as pairs, because their order is part of what is written."""

    events: list[tuple[tuple[tuple[str, str], ...], bytes, str, int]]
    findings: list[Finding]
    summary: dict[str, Any]


def made(body: bytes, engine: str, settings: Settings | None = None) -> Made:
    found = Made([], [], {})
    chosen = (settings or Settings())._replace(engine=engine)
    for one in convert(lambda at, size: body[at : at + size], len(body), ORIGIN, chosen):
        if isinstance(one, Event):
            found.events.append((tuple(one.attributes.items()), one.data, one.topic, one.offset))
        elif isinstance(one, Summary):
            found.summary.update(one.to_json())
        else:
            found.findings.append(one)
    return found


def assert_equal(body: bytes, settings: Settings | None = None) -> Made:
    """What the reader makes, which the lane makes as well, byte for byte; without the extension both are the reader."""
    alone, laned = made(body, "python", settings), made(body, "auto", settings)
    assert laned.findings == alone.findings
    assert laned.events == alone.events
    assert laned.summary == alone.summary
    return alone
