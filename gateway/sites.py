"""`sites/*.toml`: one site a file, with its feeds, where they come from, and how strict it is."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from gateway.answers.settings import AnswerSettings
from gateway.answers.settings import DirectorySink as AnswerFolder
from gateway.site_rules import Rules
from gateway.toml_file import ConfigError, FileProblem, Path_, Strict, line_of, read_toml, validated
from schemas.codes.findings import FINDINGS

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Strictness = Literal["report", "ignore", "reject", "reject_set"]
ControlNumberRule = Literal["quarantine", "report", "ignore"]


class DirectorySource(Strict):
    """A watched folder. `done` and `failed` default to folders of that name inside it."""

    type: Literal["directory"]
    path: Path
    pattern: str = "*"
    done: Path | None = None
    failed: Path | None = None
    stable_seconds: float = Field(default=2.0, ge=0)
    poll_seconds: float = Field(default=1.0, gt=0)


class HttpSource(Strict):
    """Uploads to /v1/intake/{site}/{feed}."""

    type: Literal["http"]


Source = Annotated[DirectorySource | HttpSource, Field(discriminator="type")]


class Feed(Strict):
    """One stream of a site. `duplicate_control_number` None: quarantine for production interchanges, report for test ones.

    `acknowledge`: what an answer to the sender means on Kafka. `replicated`: the brokers have it; `local`: this node's disk has it, and it is
    forwarded in order. The embedded log is this node's disk, so there both are the same.
    `answers` None: no acknowledgement is written.
    """

    id: Id
    kind: Literal["x12"] = "x12"
    sources: tuple[Source, ...] = ()
    duplicate_control_number: ControlNumberRule | None = None
    acknowledge: Literal["replicated", "local"] = "replicated"
    answers: AnswerSettings | None = None

    @property
    def takes_http(self) -> bool:
        return any(isinstance(source, HttpSource) for source in self.sources)


class Site(Strict):
    """A name space of patient control numbers. `usage` overrides what its interchanges say of themselves.

    `links`: answers are linked to what they answer, over all feeds of the site.
    """

    id: Id
    name: str = ""
    zone: str = "UTC"
    usage: Literal["production", "test"] | None = None
    links: bool = False
    feeds: tuple[Feed, ...] = ()
    findings: dict[str, Strictness] = Field(default_factory=dict)
    rules: Rules = ()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"no IANA time zone {value!r}") from None
        return value

    @model_validator(mode="after")
    def _feeds_differ(self) -> "Site":
        ids = [feed.id for feed in self.feeds]
        if len(ids) != len(set(ids)):
            raise ValueError("two feeds have the same id")
        return self

    @cached_property
    def _by_id(self) -> dict[str, Feed]:
        return {feed.id: feed for feed in self.feeds}

    def feed(self, feed_id: str) -> Feed | None:
        return self._by_id.get(feed_id)


def load_site(path: Path, base: Path | None = None) -> Site:
    """Relative paths in it count from `base` (default: the folder above the file's). Raises ConfigError with every problem of the file."""
    values, lines = read_toml(path)
    unknown = _unknown_codes(path, values, lines)
    try:
        site = validated(Site, path, values, lines)
    except ConfigError as error:
        raise ConfigError([*error.problems, *unknown]) from None
    if unknown:
        raise ConfigError(unknown)
    return _rooted(site, (base or path.absolute().parent.parent))


def lint_site(path: Path) -> list[FileProblem]:
    """What is wrong with a site file, each with its line; empty when nothing is."""
    try:
        load_site(path)
    except ConfigError as error:
        return sorted((p for p in error.problems if isinstance(p, FileProblem)), key=lambda problem: problem.line)
    return []


def load_sites(folder: Path) -> dict[str, Site]:
    """Every `*.toml` of the folder by site id; no folder, no sites. Raises ConfigError with the problems of all files."""
    sites: dict[str, Site] = {}
    problems: list[FileProblem | str] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            site = load_site(path)
        except ConfigError as error:
            problems += error.problems
            continue
        if site.id in sites:
            problems.append(FileProblem(path, 0, f"another file has the site id {site.id} too"))
        sites[site.id] = site
    if problems:
        raise ConfigError(problems)
    return sites


def by_id(sites: Iterable[Site]) -> dict[str, Site]:
    return {site.id: site for site in sites}


def _unknown_codes(path: Path, values: dict[str, Any], lines: dict[Path_, int]) -> list[FileProblem]:
    found = values.get("findings")
    codes = found if isinstance(found, dict) else {}
    return [FileProblem(path, line_of(lines, ("findings", code)), f"findings.{code}: no such finding code") for code in codes if code not in FINDINGS]


def _rooted(site: Site, base: Path) -> Site:
    return site.model_copy(update={"feeds": tuple(_rooted_feed(feed, base) for feed in site.feeds)})


def _rooted_feed(feed: Feed, base: Path) -> Feed:
    answers = None if feed.answers is None else _rooted_answers(feed.answers, base)
    return feed.model_copy(update={"sources": tuple(_rooted_source(source, base) for source in feed.sources), "answers": answers})


def _rooted_source(source: DirectorySource | HttpSource, base: Path) -> DirectorySource | HttpSource:
    if isinstance(source, HttpSource):
        return source
    folder = base / source.path
    done, failed = folder / (source.done or "done"), folder / (source.failed or "failed")
    return source.model_copy(update={"path": folder, "done": done, "failed": failed})


def _rooted_answers(answers: AnswerSettings, base: Path) -> AnswerSettings:
    sinks = tuple(sink.model_copy(update={"path": base / sink.path}) if isinstance(sink, AnswerFolder) else sink for sink in answers.sinks)
    return answers.model_copy(update={"sinks": sinks})


__all__ = ["ConfigError", "DirectorySource", "Feed", "FileProblem", "HttpSource", "Site", "by_id", "lint_site", "load_site", "load_sites"]
