"""What is wrong with a site file beyond its form: parts that contradict one another, or that could never work. Each with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.site_routes import Route
from gateway.site_rules import leads_somewhere
from gateway.site_sources import MllpSource
from gateway.site_tests import SiteTest
from gateway.toml_faults import nearest
from gateway.toml_file import FileProblem, Path_, line_of
from schemas.events import event_kinds

if TYPE_CHECKING:
    from gateway.sites import Feed, Site

Fault = tuple[Path_, str]
"""Where, as keys and numbers; and the sentence."""


def contradictions(path: Path, site: Site, lines: dict[Path_, int]) -> list[FileProblem]:
    """In the order of the file."""
    checks: tuple[Callable[[Site], Iterator[Fault]], ...] = (_ids, _listeners, _kinds, _feeds, _rules, _pointers)
    faults = [fault for check in checks for fault in check(site)]
    problems = [FileProblem(path, line_of(lines, place), f"{'.'.join(map(str, place))}: {text}") for place, text in faults]
    return sorted(problems, key=lambda problem: problem.line)


def _ids(site: Site) -> Iterator[Fault]:
    both: tuple[tuple[str, Sequence[Feed | Route]], ...] = (("feeds", site.feeds), ("routes", site.routes))
    for name, rows in both:
        seen: set[str] = set()
        for number, row in enumerate(rows):
            if row.id in seen:
                yield (name, number, "id"), f"two {name} have the same id {row.id}"
            seen.add(row.id)


def listeners(site: Site) -> Iterator[tuple[int, int, MllpSource]]:
    """The MLLP listeners of a site with a port of their own: number of the feed, number of the source."""
    for number, feed in enumerate(site.feeds):
        for at, source in enumerate(feed.sources):
            if isinstance(source, MllpSource) and source.port:
                yield number, at, source


def _listeners(site: Site) -> Iterator[Fault]:
    taken: dict[tuple[str, int], str] = {}
    for number, at, source in listeners(site):
        feed = site.feeds[number].id
        other = taken.setdefault((source.host, source.port), feed)
        if other != feed or any(before is not source and before == source for before in site.feeds[number].sources[:at]):
            yield ("feeds", number, "sources", at, "port"), f"the feed {other} listens there too"


def _kinds(site: Site) -> Iterator[Fault]:
    for number, feed in enumerate(site.feeds):
        for at, source in enumerate(feed.sources):
            if feed.kind == "x12" and isinstance(source, MllpSource):
                yield ("feeds", number, "sources", at, "type"), "MLLP brings HL7 v2, and this feed is X12"


def _feeds(site: Site) -> Iterator[Fault]:
    """Routes and tests of a feed that there is not, or that has nothing for them."""
    feeds = {feed.id: feed for feed in site.feeds}
    both: dict[str, tuple[Route | SiteTest, ...]] = {"routes": site.routes, "tests": site.tests}
    for name, rows in both.items():
        for number, row in enumerate(rows):
            feed = feeds.get(row.feed)
            missing = f"the site has no feed {row.feed}" + nearest(row.feed, feeds)
            fault = missing if feed is None else _unfit(row, feed) if isinstance(row, Route) else ""
            if fault:
                yield (name, number, "feed"), fault


def _unfit(route: Route, feed: Feed) -> str:
    if route.what == "messages":
        return "messages of X12 feeds are not routed" if feed.kind == "x12" else ""
    if feed.kind == "x12" and feed.answers is None:
        return f"the feed {feed.id} has no [feeds.answers], so nothing is written that could be routed"
    return "X12 acknowledgements are files, which no MLLP receiver answers" if route.to.type == "mllp" and feed.kind != "hl7v2" else ""


@cache
def _of_x12() -> frozenset[str]:
    """Event kinds that are made of X12 files: rules look at no other."""
    from schemas.maps import maps

    return frozenset(emit.event for each in maps().values() for emit in each.emits)


def _rules(site: Site) -> Iterator[Fault]:
    said: dict[tuple[object, ...], str] = {}
    for number, rule in enumerate(site.rules):
        if rule.event not in _of_x12():
            yield ("rules", number, "event"), f"rules are about events of X12 files, and {rule.event} is none"
        if rule.present is None and rule.absent is None:
            continue
        what = "present" if rule.present else "absent"
        if said.setdefault((rule.event, rule.field, tuple(sorted(rule.when.items()))), what) != what:
            yield ("rules", number, what), f"another rule asks for the opposite of {rule.field}"


def _pointers(site: Site) -> Iterator[Fault]:
    """Fields that tests expect, or expect not to be there, and no event of the kind can have."""
    for number, test in enumerate(site.tests):
        for at, row in enumerate(test.events):
            kind = event_kinds()[row.type]
            for key, pointers in (("fields", tuple(row.fields)), ("absent", row.absent)):
                for pointer in pointers:
                    if not leads_somewhere(kind, pointer.split("/")[1:]):
                        yield ("tests", number, "events", at, key), f"{row.type} has no field {pointer}"


__all__ = ["contradictions", "listeners"]
