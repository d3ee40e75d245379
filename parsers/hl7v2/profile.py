"""What a site says about its HL7 v2, as plain data: whose identifiers count, which event a trigger makes, local codes, fields of Z segments."""

import re
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from parsers.hl7v2.limits import Limits

_FIELD = re.compile(r"([A-Z][A-Z0-9]{2})-([1-9]\d{0,2})((?:\.[1-9]\d?){0,2})\Z", re.ASCII)
_TRIGGER = re.compile(r"[A-Z0-9]{3}\^[A-Z0-9]{3}\Z", re.ASCII)
_TARGET = re.compile(r"[a-z][a-z0-9_]*(\.[A-Za-z0-9][A-Za-z0-9_]*)?\Z", re.ASCII)
ROLES = ("patient", "account", "visit")


class Rule(NamedTuple):
    """One place an identifier may stand: a field, and the assigning authority and type it has to have there ("" any)."""

    field: str
    authority: str = ""
    type: str = ""


class Profile(NamedTuple):
    """Empty parts leave what the tables say. `codes` are by field path ("PV1-2"), `fields` map one to a field of the event."""

    base: str = "plain"
    zone: str = ""
    charset: str = ""
    version: str = ""
    identifiers: dict[str, tuple[Rule, ...]] = {}  # noqa: RUF012 - defaults that nobody changes
    provider_ids: tuple[str, ...] = ()
    events: dict[str, str] = {}  # noqa: RUF012
    codes: dict[str, dict[str, str]] = {}  # noqa: RUF012
    fields: dict[str, str] = {}  # noqa: RUF012
    duplicate_window_days: int = 7
    limits: Limits = Limits()

    def overlay(self) -> dict[str, Any]:
        """What of it changes the compiled map; the rest is how messages are read."""
        parts = {"events": self.events, "codes": self.codes, "fields": self.fields, "provider_ids": list(self.provider_ids)}
        parts["identifiers"] = {role: [list(rule) for rule in rules] for role, rules in self.identifiers.items()}
        return {name: value for name, value in parts.items() if value}


def split_path(path: str) -> tuple[str, int, tuple[int, ...]]:
    """("PID", 3, (1,)) of "PID-3.1". Raises ValueError."""
    found = _FIELD.match(path)
    if found is None:
        raise ValueError(f"{path!r} is no field, as PID-3 or PID-3.1")
    return found[1], int(found[2]), tuple(int(part) for part in found[3].split(".") if part)


def profile_of(data: dict[str, Any]) -> Profile:
    """The profile of a plain dictionary. Raises ValueError that starts with the path of the mistake, as `identifiers.patient.0.field: ...`."""
    if unknown := data.keys() - set(Profile._fields):
        raise ValueError(f"{min(unknown)}: no such setting of a profile")
    texts = {name: _text(data.get(name, default), name) for name, default in (("base", "plain"), ("zone", ""), ("charset", ""), ("version", ""))}
    if texts["zone"]:
        try:
            ZoneInfo(texts["zone"])
        except (OSError, ValueError, KeyError):
            raise ValueError("zone: no such time zone") from None
    days = data.get("duplicate_window_days", 7)
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= 3660:
        raise ValueError("duplicate_window_days: a number of days from 0 to 3660")
    providers = tuple(_text(one, f"provider_ids.{at}") for at, one in enumerate(data.get("provider_ids", ())))
    codes = {_path(path, "codes"): _codes(codes, path) for path, codes in _table(data, "codes").items()}
    events = _pairs(data, "events", _TRIGGER, "a message type and event, as ADT^A04")
    identifiers = _identifiers(_table(data, "identifiers"))
    return Profile(
        **texts, identifiers=identifiers, provider_ids=providers, events=events, codes=codes, fields=_fields(data), duplicate_window_days=days,
        limits=_limits(_table(data, "limits")),
    )  # fmt: skip


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{place}: a text is wanted")
    return value


def _table(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name, {})
    if not isinstance(value, dict):
        raise ValueError(f"{name}: a table is wanted")
    return value


LIMITS = {"message_bytes": "message", "segments": "segments", "fields": "fields", "findings": "findings", "event_bytes": "events"}
"""Limits that a site may set, and what `Limits` calls them."""


def _limits(table: dict[str, Any]) -> Limits:
    for name, value in table.items():
        if name not in LIMITS:
            raise ValueError(f"limits.{name}: one of {', '.join(LIMITS)} is wanted")
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"limits.{name}: a number from 1 is wanted")
    return Limits()._replace(**{LIMITS[name]: value for name, value in table.items()})


def _path(path: str, place: str) -> str:
    try:
        split_path(path)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
    return path


def _identifiers(table: dict[str, Any]) -> dict[str, tuple[Rule, ...]]:
    found: dict[str, tuple[Rule, ...]] = {}
    for role, rules in table.items():
        if role not in ROLES:
            raise ValueError(f"identifiers.{role}: one of {', '.join(ROLES)} is wanted")
        if not isinstance(rules, (list, tuple)):
            raise ValueError(f"identifiers.{role}: a list of rules is wanted")
        found[role] = tuple(_rule(rule, f"identifiers.{role}.{at}") for at, rule in enumerate(rules))
    return found


def _rule(rule: Any, place: str) -> Rule:
    if not isinstance(rule, dict) or "field" not in rule:
        raise ValueError(f"{place}: a table with field, and if wanted authority and type")
    if unknown := rule.keys() - set(Rule._fields):
        raise ValueError(f"{place}.{min(unknown)}: no such part of an identifier rule")
    values = {name: _text(value, f"{place}.{name}") for name, value in rule.items()}
    if split_path(_path(values["field"], f"{place}.field"))[2]:
        raise ValueError(f"{place}.field: a whole field is wanted, as PID-3")
    return Rule(**values)


def _pairs(data: dict[str, Any], name: str, form: re.Pattern[str], wanted: str) -> dict[str, str]:
    table = _table(data, name)
    for key in table:
        if not form.match(key):
            raise ValueError(f"{name}.{key}: {wanted} is wanted")
    return {key: _text(value, f"{name}.{key}") for key, value in table.items()}


def _codes(codes: Any, path: str) -> dict[str, str]:
    if not isinstance(codes, dict):
        raise ValueError(f"codes.{path}: a table of codes is wanted")
    return {code: _text(value, f"codes.{path}.{code}") for code, value in codes.items()}


def _fields(data: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, target in _table(data, "fields").items():
        if not _TARGET.match(_text(target, f"fields.{path}")):
            raise ValueError(f"fields.{path}: a field of the event is wanted, as visit.description or extensions.NAME")
        found[_path(path, "fields")] = target
    return found
