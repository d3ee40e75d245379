"""The links of one event, as the API and the command line show them."""

from typing import Any

import orjson

from gateway.links.keys import target_ids
from gateway.links.rules import BY_NAME
from gateway.pipeline.events import event_id_of
from gateway.seams import Record
from gateway.state import State
from gateway.state.links import LinkRow


def links_of(state: State, record: Record) -> list[dict[str, Any]]:
    """Those in which the event is the answer, then those in which it, its set, group or interchange is answered. Blocking."""
    event = event_id_of(record)
    found = state.links.of([event], target_ids(event, orjson.loads(record.value)))
    replaced_by = {link.replaces: link.id for link, _ in state.links.of(list({link.answer for link, _ in found})) if link.replaces}
    return [_row(link, kind, replaced_by.get(link.id)) for link, kind in sorted(found, key=lambda each: (each[0].answer != event, each[0].id))]


def _row(link: LinkRow, answer_kind: str, replaced_by: str | None) -> dict[str, Any]:
    rule = BY_NAME.get(link.rule)
    return {
        "id": link.id, "answer": link.answer, "answer_kind": answer_kind, "part": link.part or None, "request": link.target,
        "request_level": rule.level if rule else None, "request_kind": link.kind, "rule": link.rule, "on": rule.on if rule else (),
        "recordedtime": link.at, "replaces": link.replaces or None, "replaced_by": replaced_by,
    }  # fmt: skip
