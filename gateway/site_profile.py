"""How a site speaks HL7 v2: `[hl7v2]` of its file over that of its group files, over its EHR family, over what the standard says.

Tables are merged key by key, lists and values replaced. What comes out is plain data, as parsers.hl7v2.profile takes it.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, Field, field_validator

from gateway.toml_faults import nearest
from gateway.toml_file import ConfigError, FileProblem, Path_, Strict, line_of, read_toml, validated
from parsers.hl7v2.profile import split_path
from schemas.codes.findings import FINDINGS

FAMILIES = Path(__file__).parent / "profiles"
BASE = "plain"
MOST_GROUPS = 8
"""Files that stand above one another."""


def _place(value: str) -> str:
    split_path(value)  # raises ValueError with a sentence
    return value


Place = Annotated[str, AfterValidator(_place)]
"""A field of a segment as the standard writes it: `PID-3`, `ZPV-3.1`."""
Trigger = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,8}(\^[A-Z0-9]{1,8})?$")]
Zone = Annotated[str, Field(min_length=1, max_length=64)]


class Identifier(Strict):
    """The first repetition of `field` that has this assigning authority and this type; empty: whichever."""

    field: Place
    authority: str = Field(default="", max_length=250)
    type: str = Field(default="", max_length=20)


class Identifiers(Strict):
    """Rules are tried in order, the first that finds something wins."""

    patient: tuple[Identifier, ...] | None = Field(default=None, max_length=20)
    account: tuple[Identifier, ...] | None = Field(default=None, max_length=20)
    visit: tuple[Identifier, ...] | None = Field(default=None, max_length=20)


class MessageLimits(Strict):
    """What is read of a message at most: its bytes, segments, fields, and bytes of its events, else it is refused; findings that are listed."""

    message_bytes: int | None = Field(default=None, ge=1 << 10, le=1 << 30)
    segments: int | None = Field(default=None, ge=1, le=10_000_000)
    fields: int | None = Field(default=None, ge=1, le=100_000_000)
    findings: int | None = Field(default=None, ge=1, le=100_000)
    event_bytes: int | None = Field(default=None, ge=1 << 10, le=1 << 32)


class Dialect(Strict):
    """What is None or not there is said further down. `zone`: of times without an offset, None: the site's.

    `charset` and `version` override MSH-18 and MSH-12. `provider_ids`: identifier types or authorities by preference. `events`: message type and
    trigger to event kind. `codes`: by field, the site's code to the standard's. `fields`: further fields of segments to fields of the events.
    """

    zone: Zone | None = None
    charset: str | None = Field(default=None, max_length=40)
    version: str | None = Field(default=None, pattern=r"^(2\.[1-9](\.[0-9])?)?$")
    identifiers: Identifiers = Identifiers()
    provider_ids: tuple[Annotated[str, Field(min_length=1, max_length=250)], ...] | None = None
    events: dict[Trigger, str] = Field(default_factory=dict, max_length=200)
    codes: dict[Place, dict[str, str]] = Field(default_factory=dict, max_length=500)
    fields: dict[Place, str] = Field(default_factory=dict, max_length=500)
    duplicate_window_days: int | None = Field(default=None, ge=0, le=3650)
    limits: MessageLimits = MessageLimits()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        return value if value is None else known_zone(value)

    def said(self) -> dict[str, Any]:
        """Only what stands there."""
        return self.model_dump(exclude_none=True, exclude_defaults=True)


class Group(Strict):
    """A file that several sites extend. `extends`: another one, relative to this."""

    extends: Path | None = None
    profile: str | None = None
    hl7v2: Dialect = Dialect()
    findings: dict[str, str] = Field(default_factory=dict)


class Inherited(Strict):
    """What the files above a site say: the family, the dialect, the strictness."""

    profile: str | None = None
    hl7v2: Dialect = Dialect()
    findings: dict[str, str] = Field(default_factory=dict)


def known_zone(value: str) -> str:
    """The name of a time zone. Raises ValueError."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no IANA time zone {value!r}{nearest(value, available_timezones())}") from None
    return value


def families() -> list[str]:
    """Names of the EHR families there are."""
    return sorted(path.stem for path in FAMILIES.glob("*.toml"))


def known_family(value: str) -> str:
    """Raises ValueError."""
    if value not in families():
        raise ValueError(f"no profile {value!r}; there are {', '.join(families())}")
    return value


@cache
def family(name: str) -> Dialect:
    """An EHR family over the base. Raises ValueError for one that there is not."""
    own = Dialect.model_validate(tomllib.loads((FAMILIES / f"{known_family(name)}.toml").read_text("utf-8")))
    return own if name == BASE else merged(family(BASE), own)


def merged(below: Dialect, above: Dialect) -> Dialect:
    return Dialect.model_validate(_over(below.said(), above.said()))


def plain(name: str, zone: str, *dialects: Dialect) -> dict[str, Any]:
    """The profile as plain data: the family, and over it these, the last wins."""
    found = family(name)
    for each in dialects:
        found = merged(found, each)
    values = found.model_dump(mode="json", exclude_none=True)
    rules = {kind: values["identifiers"].get(kind, []) for kind in Identifiers.model_fields}
    return {"base": name, "charset": "", "version": "", **values, "zone": found.zone or zone, "identifiers": rules}


def inherited(extends: Path | None, site: Path) -> tuple[Inherited, list[Path]]:
    """What the files say that the site file `site` extends, and which they are, the nearest first. Raises ConfigError."""
    found, files = Inherited(), list[Path]()
    above = None if extends is None else site.parent / extends
    while above is not None:
        if len(files) == MOST_GROUPS or above.resolve() in (path.resolve() for path in (site, *files)):
            raise ConfigError([FileProblem(files[-1] if files else site, 0, f"extends: {above.name} comes round again, or is one too many")])
        if not above.is_file():
            below = files[-1] if files else site
            raise ConfigError([FileProblem(below, line_of(read_toml(below)[1], ("extends",)), f"extends: there is no file {above}")])
        values, lines = read_toml(above)
        group = validated(Group, above, values, lines)
        _check(group, above, lines)
        found = Inherited(
            profile=found.profile or group.profile, hl7v2=merged(group.hl7v2, found.hl7v2), findings={**group.findings, **found.findings}
        )
        files.append(above)
        above = None if group.extends is None else above.parent / group.extends
    return found, files


def _check(group: Group, path: Path, lines: dict[Path_, int]) -> None:
    problems = [
        FileProblem(path, line_of(lines, ("findings", code)), f"findings.{code}: no such finding code{nearest(code, FINDINGS)}")
        for code in group.findings
        if code not in FINDINGS
    ]
    if group.profile is not None and group.profile not in families():
        problems.append(FileProblem(path, line_of(lines, ("profile",)), f"profile: no profile {group.profile!r}; there are {', '.join(families())}"))
    if problems:
        raise ConfigError(problems)


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables key by key; of codes, field by field and code by code."""
    found = dict(below)
    for key, value in above.items():
        found[key] = _over(found[key], value) if isinstance(value, Mapping) and isinstance(found.get(key), Mapping) else value
    return found


__all__ = ["Dialect", "Group", "Inherited", "families", "family", "inherited", "known_family", "known_zone", "merged", "plain"]
