"""What an event can be linked by: keys of what it answers and of what it may be answered as. Pure; keys are hashes and hold nothing readable."""

import hashlib
from collections.abc import Container, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from gateway.links.rules import ANY, BY_NAME, RULES, Level, Rule, Side
from gateway.pipeline.events import attributes_of
from gateway.seams import Record
from gateway.state.database import iso
from gateway.state.links import AnswerRow, Heard, LaterRow, MentionRow, TargetRow
from schemas.envelope import CLAIM_KEY_LENGTH, EVENT_TYPE_PREFIX

LINKED = "answer.linked"
_OFFSETS: dict[Level, str] = {"set": "st", "group": "gs", "interchange": "isa"}


class Noted(NamedTuple):
    """An event of a site. `places`: what larger than an event was named for the first time, as (rule, target)."""

    site: str
    event: Heard
    places: tuple[tuple[str, str], ...]


class _Field(NamedTuple):
    """Which level of the elements looked at, the path in it, and how values are compared."""

    level: int
    path: tuple[str, ...]
    how: str


class _Compiled(NamedTuple):
    """A side of a rule. `offset` names where the provenance says the place that is meant, empty for an event."""

    rule: Rule
    side: Side
    fields: tuple[_Field, ...]
    offset: str


def _compiled(rule: Rule, side: Side) -> _Compiled:
    fields = []
    for field in side.fields:
        path, _, how = field.partition("|")
        level, colon, rest = path.rpartition(":")
        fields.append(_Field(int(level) if colon else -1, tuple(rest.split(".")), how))
    return _Compiled(rule, side, tuple(fields), _OFFSETS.get(rule.level, ""))


def _by_kind(which: str) -> dict[str, tuple[_Compiled, ...]]:
    found: dict[str, list[_Compiled]] = {}
    for rule in RULES:
        side: Side = getattr(rule, which)
        found.setdefault(side.kind, []).append(_compiled(rule, side))
    return {kind: tuple(rules) for kind, rules in found.items()}


_ANSWERS, _REQUESTS = _by_kind("answer"), _by_kind("request")
_NOTHING: frozenset[tuple[str, str]] = frozenset()


def heard(record: Record, topic: str, waits: Mapping[str, timedelta], known: Container[tuple[str, str]] = _NOTHING) -> Noted | None:
    """None for what is no event, for a link itself, and for a site that is not in `waits`. `topic` is its name without prefix.

    `waits`: by site, from an answer to when a rule that waits is used, in the time at which events were recorded.

    `known`: (rule, target) of sets, groups and interchanges that State has been told of; every claim of a set names them again.
    """
    attributes = attributes_of(record)
    kind = _kind(attributes.get("type", ""))
    if not kind or kind == LINKED:
        return None
    event, site, usage = attributes["id"], attributes["source"].split("/")[2], attributes["usage"]
    if site not in waits:
        return None
    data: dict[str, Any] = orjson.loads(record.value)
    at = attributes.get("recordedtime", "")
    scope = f"{site}\0{usage}"
    now, later = _parted(tuple(_mentions(kind, event, scope, data)))
    answer = AnswerRow(event, kind, at, orjson.dumps(_about(attributes, data, topic)).decode()) if now else None
    waiting = tuple(LaterRow(*row, site, record.partition, _due(at, waits[site])) for row in later)
    targets = list(_targets(kind, event, scope, data, known))
    rows = tuple(TargetRow(key, target, kind, at) for _, key, target in targets)
    return Noted(site, Heard(event, rows, now, answer, waiting), tuple((rule, target) for rule, _, target in targets if rule))


def target_ids(event: str, data: Mapping[str, Any]) -> list[str]:
    """Everything that a link may name an event by: itself, its set, group and interchange."""
    provenance = data["provenance"]
    return [event, *(f"{provenance['receipt']}.{provenance[name]}" for name in _OFFSETS.values() if name in provenance)]


def _kind(text: str) -> str:
    """`clearplane.claim.submitted.v1` is claim.submitted."""
    return text.removeprefix(EVENT_TYPE_PREFIX).rpartition(".v")[0] if text.startswith(EVENT_TYPE_PREFIX) else ""


def _mentions(kind: str, event: str, scope: str, data: Mapping[str, Any]) -> Iterator[MentionRow]:
    for compiled in _ANSWERS.get(kind, ()):
        for part, key in _keys(compiled, scope, data):
            yield MentionRow(key, event, part if compiled.rule.parts else "", compiled.rule.name)


def _parted(mentions: tuple[MentionRow, ...]) -> tuple[tuple[MentionRow, ...], tuple[MentionRow, ...]]:
    """Those to be used at once, and those that wait, because a rule that comes before theirs has its fields."""
    now: list[MentionRow] = []
    later: list[MentionRow] = []
    for row in mentions:
        waits = BY_NAME[row.rule].waits and any(row.part == other.part for other in now)
        (later if waits else now).append(row)
    return tuple(now), tuple(later)


def _due(at: str, wait: timedelta) -> str:
    return iso(datetime.fromisoformat(at) + wait) if at else at


def _targets(
    kind: str, event: str, scope: str, data: Mapping[str, Any], known: Container[tuple[str, str]] = _NOTHING
) -> Iterator[tuple[str, str, str]]:
    """(name of the rule, empty when an event is meant; key; target)."""
    provenance = data["provenance"]
    for compiled in (*_REQUESTS.get(kind, ()), *_REQUESTS.get(ANY, ())):
        name, target = "", event
        if compiled.offset:
            if compiled.offset not in provenance:
                continue
            name, target = compiled.rule.name, f"{provenance['receipt']}.{provenance[compiled.offset]}"
            if (name, target) in known:
                continue
        for _, key in _keys(compiled, scope, data):
            yield name, key, target


def _keys(compiled: _Compiled, scope: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(pointer, key) of each element of a side whose fields are all there."""
    for pointer, levels in _elements(compiled.side, data):
        values = [_value(levels, field) for field in compiled.fields]
        if all(values):
            text = "\0".join((compiled.rule.name, scope, *values))
            yield pointer, hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _elements(side: Side, data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Mapping[str, Any], ...]]]:
    found: list[tuple[str, tuple[Mapping[str, Any], ...]]] = [("", (data,))]
    for name in side.each:
        found = [
            (f"{pointer}/{name}/{number}", (*levels, element)) for pointer, levels in found for number, element in enumerate(levels[-1].get(name, ()))
        ]
    for pointer, levels in found:
        if all(levels[-1].get(field) == wanted for field, wanted in side.where):
            yield pointer, levels


def _value(levels: tuple[Mapping[str, Any], ...], field: _Field) -> str:
    """Text of a field, as values are compared; empty when it is not there."""
    value: Any = levels[field.level]
    for name in field.path:
        if not isinstance(value, dict) or (value := value.get(name)) is None:
            return ""
    text = value.strip().upper() if isinstance(value, str) else ""
    if field.how == "pcn":
        return text[:CLAIM_KEY_LENGTH]
    if field.how == "given":
        return "" if text == "0" else text
    return (text.lstrip("0") or text[:1]) if field.how == "number" else text


def _about(attributes: Mapping[str, str], data: Mapping[str, Any], topic: str) -> dict[str, Any]:
    provenance = {name: value for name, value in data["provenance"].items() if name != "parts"}
    kept = {name: attributes[name] for name in ("source", "usage", "subject", "partitionkey")}
    return {"topic": topic, "attributes": kept, "data": {"envelope": data["envelope"], "provenance": provenance}}
