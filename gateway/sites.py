"""`sites/*.toml`: one site a file, with its feeds, where they come from, and how strict it is."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from gateway.answers.settings import AnswerSettings
from gateway.answers.settings import DirectorySink as AnswerFolder
from gateway.site_lint import contradictions, listeners
from gateway.site_profile import BASE, Dialect, Inherited, inherited, known_family, known_zone, merged, plain
from gateway.site_routes import Route, rooted_route
from gateway.site_rules import Rules, leaves
from gateway.site_sources import DirectorySource, HttpSource, MllpSource, SftpSource, Source, rooted_source
from gateway.site_tests import SiteTest
from gateway.toml_faults import nearest
from gateway.toml_file import ConfigError, FileProblem, Path_, Strict, line_of, read_toml, validated
from parsers.hl7v2.charsets import encoding_of
from parsers.hl7v2.profile import Profile, profile_of, split_path
from schemas.codes.findings import FINDINGS
from schemas.events import event_kinds
from schemas.hl7v2.versions import VERSIONS

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Strictness = Literal["report", "ignore", "reject", "reject_set"]
_OWN = frozenset({"identity", "message", "provenance", "unmapped"})
"""Parts of an event that are the gateway's to write."""
ControlNumberRule = Literal["quarantine", "report", "ignore"]


class Feed(Strict):
    """One stream of a site. `duplicate_control_number` None: quarantine for production interchanges, report for test ones.

    `acknowledge`: what an answer to the sender means on Kafka. `replicated`: the brokers have it; `local`: this node's disk has it, and it is
    forwarded in order. The embedded log is this node's disk, so there both are the same.
    `answers` None: no acknowledgement is written. `kind` auto: each file says by its first bytes what it is. `hl7v2` is over that of the site.
    """

    id: Id
    kind: Literal["auto", "x12", "hl7v2"] = "auto"
    sources: tuple[Source, ...] = ()
    duplicate_control_number: ControlNumberRule | None = None
    acknowledge: Literal["replicated", "local"] = "replicated"
    answers: AnswerSettings | None = None
    hl7v2: Dialect = Dialect()

    @property
    def takes_http(self) -> bool:
        return any(isinstance(source, HttpSource) for source in self.sources)


class Site(Strict):
    """A name space of patient control numbers. `usage` overrides what its interchanges say of themselves.

    `links`: answers are linked to what they answer, over all feeds of the site; `links_wait_seconds`: how long for better than a number that several
    requests may have. `profile` is an EHR family, `extends` a file of a group of sites;
    `hl7v2` is over both.
    """

    id: Id
    name: str = ""
    extends: Path | None = None
    profile: str = BASE
    zone: str = "UTC"
    usage: Literal["production", "test"] | None = None
    links: bool = False
    links_wait_seconds: float = Field(default=600.0, ge=0, le=30 * 86400)
    feeds: tuple[Feed, ...] = ()
    findings: dict[str, Strictness] = Field(default_factory=dict)
    rules: Rules = ()
    hl7v2: Dialect = Dialect()
    routes: tuple[Route, ...] = Field(default=(), max_length=500)
    tests: tuple[SiteTest, ...] = Field(default=(), max_length=1000)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return known_zone(value)

    @field_validator("profile")
    @classmethod
    def _known_profile(cls, value: str) -> str:
        return known_family(value)

    @cached_property
    def _by_id(self) -> dict[str, Feed]:
        return {feed.id: feed for feed in self.feeds}

    @cached_property
    def _profiles(self) -> dict[str, dict[str, Any]]:
        """By feed; that of the site under an empty name."""
        by_feed = {feed.id: plain(self.profile, self.zone, self.hl7v2, feed.hl7v2) for feed in self.feeds}
        return {"": plain(self.profile, self.zone, self.hl7v2), **by_feed}

    def feed(self, feed_id: str) -> Feed | None:
        return self._by_id.get(feed_id)

    def route(self, route_id: str) -> Route | None:
        return next((route for route in self.routes if route.id == route_id), None)

    def profile_data(self, feed_id: str) -> dict[str, Any]:
        """How a feed speaks HL7 v2, as parsers.hl7v2.profile takes it; of a feed that there is not, how the site does."""
        return self._profiles.get(feed_id) or self._profiles[""]


def load_site(path: Path, base: Path | None = None) -> Site:
    """Relative paths in it count from `base` (default: the folder above the file's). Raises ConfigError with every problem of the file."""
    values, lines = read_toml(path)
    unknown = _unknown_codes(path, values, lines)
    try:
        site = validated(Site, path, values, lines)
    except ConfigError as error:
        raise ConfigError([*error.problems, *unknown]) from None
    problems: list[FileProblem | str] = [*unknown, *contradictions(path, site, lines)]
    try:
        above, files = inherited(site.extends, path)
    except ConfigError as error:
        raise ConfigError([*problems, *error.problems]) from None
    site = _under(site, above, "profile" in values)
    problems += _wrong_dialects(path, site, lines, files)
    if problems:
        raise ConfigError(problems)
    return _rooted(site, (base or path.absolute().parent.parent), path.absolute().parent)


def _under(site: Site, above: Inherited, has_profile: bool) -> Site:
    """The site with what the files say that it extends."""
    values = {**site.model_dump(include={"findings"})["findings"]}
    findings = Site(id=site.id, findings={**above.findings, **values}).findings  # type: ignore[dict-item]
    profile = site.profile if has_profile or above.profile is None else above.profile
    return site.model_copy(update={"profile": profile, "hl7v2": merged(above.hl7v2, site.hl7v2), "findings": findings})


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
    problems += _shared_listeners(sites)
    if problems:
        raise ConfigError(problems)
    return sites


def _shared_listeners(sites: dict[str, Site]) -> Iterator[str]:
    """Addresses on which feeds of several sites listen."""
    taken: dict[tuple[str, int], str] = {}
    for site in sites.values():
        for number, _, source in listeners(site):
            feed = f"{site.id}/{site.feeds[number].id}"
            other = taken.setdefault((source.host, source.port), feed)
            if other.partition("/")[0] != site.id:
                yield f"{feed} and {other} listen on the same address {source.host}:{source.port}"


def by_id(sites: Iterable[Site]) -> dict[str, Site]:
    return {site.id: site for site in sites}


def _unknown_codes(path: Path, values: dict[str, Any], lines: dict[Path_, int]) -> list[FileProblem]:
    found = values.get("findings")
    codes = found if isinstance(found, dict) else {}
    return [
        FileProblem(path, line_of(lines, ("findings", code)), f"findings.{code}: no such finding code{nearest(code, FINDINGS)}")
        for code in codes
        if code not in FINDINGS
    ]


def _wrong_dialects(path: Path, site: Site, lines: dict[Path_, int], files: list[Path]) -> list[FileProblem]:
    """What the parsers will not have of the site's HL7 v2 or of a feed's, in the file that says it."""
    if faults := _faults(plain(site.profile, site.zone, site.hl7v2)):
        return [_placed(path, ("hl7v2",), fault, lines, files) for fault in faults]
    dialects = ((number, feed.hl7v2) for number, feed in enumerate(site.feeds) if feed.hl7v2.said())
    of_feeds = [(number, _faults(plain(site.profile, site.zone, site.hl7v2, dialect))) for number, dialect in dialects]
    return [_placed(path, ("feeds", number, "hl7v2"), fault, lines, files) for number, faults in of_feeds for fault in faults]


def _faults(data: dict[str, Any]) -> list[str]:
    """Each begins with the place in the profile."""
    try:
        profile = profile_of(data)
    except ValueError as error:
        return [str(error)]
    found = [f"charset: no character set {profile.charset!r} is known"] if encoding_of(profile.charset) is None else []
    found += [f"fields.{path}: {fault}" for path, target in profile.fields.items() if (fault := _no_target(target))]
    tables = [(name, data[name]) for name in ("events", "codes", "fields") if data[name]]
    if found or not tables:
        return found
    from parsers.hl7v2.checks.code_maps import impossible_codes  # only where a site changes the tables are they read
    from parsers.hl7v2.program import problems_of

    found = [f"codes.{path}: HL7 table {table} has no code {code!r}" for path, code, table in impossible_codes(profile.codes)]
    found += [f"codes.{path}: the standard has no such field and [hl7v2.fields] does not name it" for path in _nowhere(profile)]
    sentences = {sentence.split(": ", 1)[-1]: None for sentence in problems_of(profile)}
    return [*found, *(_named(_place(tables, sentence), sentence) for sentence in sentences)]


def _no_target(target: str) -> str:
    """Why no field of a segment can go there, "" when it can: it goes as it stands, so only to a text."""
    first, _, rest = target.partition(".")
    if first == "extensions" and rest:
        return ""
    types = [tuple(found) for kind in event_kinds().values() if (found := [*leaves(kind, target.split("."))])]
    if not types:
        return f"no event has a field {target}{nearest(target, {f'extensions.{rest}'} if rest else ())}"
    if first in _OWN or any(str not in found for found in types):
        return f"{target} takes no text as it stands; extensions.NAME takes any"
    return ""


def _nowhere(profile: Profile) -> list[str]:
    """Fields whose codes nothing would ever look at."""
    from schemas.hl7v2.tables import fields_of

    mapped = {split_path(path)[:2] for path in profile.fields}
    places = {path: split_path(path)[:2] for path in profile.codes}
    return [path for path, (tag, number) in places.items() if (tag, number) not in mapped and number > len(fields_of(tag, VERSIONS[-1]))]


def _named(place: str, sentence: str) -> str:
    """A sentence that may begin with the key itself, which its place has already."""
    return f"{place}: {sentence.removeprefix(place.partition('.')[2] + ': ')}"


def _place(tables: list[tuple[str, dict[str, Any]]], sentence: str) -> str:
    """What a sentence of the compiler is about: it names the key."""
    return next((f"{name}.{key}" for name, table in tables for key in table if key in sentence), tables[0][0])


def _placed(path: Path, table: Path_, fault: str, lines: dict[Path_, int], files: list[Path]) -> FileProblem:
    """The line that says it, of the site file or of a file it extends."""
    table_of, _, rest = fault.partition(":")[0].partition(".")
    place = (table_of, *((rest,) if table_of in ("events", "codes", "fields") else _numbered(rest)))
    for file, known, top in ((path, lines, table), *((each, read_toml(each)[1], ("hl7v2",)) for each in files)):
        if (line := line_of(known, (*top, *place))) > line_of(known, top):
            return FileProblem(file, line, f"{'.'.join(map(str, top))}.{fault}")
    return FileProblem(path, line_of(lines, table), f"{'.'.join(map(str, table))}.{fault}")


def _numbered(dotted: str) -> Path_:
    return tuple(int(part) if part.isdecimal() else part for part in dotted.split(".") if part)


def _rooted(site: Site, base: Path, folder: Path) -> Site:
    """`folder` holds the site file: inputs of its tests stand beside it."""
    feeds = tuple(_rooted_feed(feed, base) for feed in site.feeds)
    routes = tuple(rooted_route(route, base) for route in site.routes)
    tests = tuple(test.model_copy(update={"input": folder / test.input}) for test in site.tests)
    return site.model_copy(update={"feeds": feeds, "routes": routes, "tests": tests})


def _rooted_feed(feed: Feed, base: Path) -> Feed:
    answers = None if feed.answers is None else _rooted_answers(feed.answers, base)
    return feed.model_copy(update={"sources": tuple(rooted_source(source, base) for source in feed.sources), "answers": answers})


def _rooted_answers(answers: AnswerSettings, base: Path) -> AnswerSettings:
    sinks = tuple(sink.model_copy(update={"path": base / sink.path}) if isinstance(sink, AnswerFolder) else sink for sink in answers.sinks)
    return answers.model_copy(update={"sinks": sinks})


__all__ = [
    "ConfigError", "DirectorySource", "Feed", "FileProblem", "HttpSource", "MllpSource", "Route", "SftpSource", "Site", "Source", "by_id",
    "lint_site", "load_site", "load_sites",
]  # fmt: skip
