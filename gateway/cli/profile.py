"""What a site file means for commands that work on files: whose bytes they are, and how its gateway would read them."""

from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.cli.main import UsageError
from parsers.formats import Settings
from parsers.outputs import Origin

FEED = "convert"
"""The feed of files that belong to none."""


class Place(NamedTuple):
    """Whose the bytes of a command are, but for their hash, and how to read them."""

    origin: Origin
    settings: Settings

    def of(self, sha256: str) -> Origin:
        return self.origin._replace(sha256=sha256)


def place_of(profile: str | None, site: str | None, feed: str | None, zone: str | None = None, usage: str = "") -> Place:
    """What is not given comes from the site file `profile`, else it is local/convert in UTC. Raises UsageError, ConfigError."""
    if profile is None:
        return Place(Origin(site or "local", feed or FEED, "", _zone(zone or "UTC"), usage), Settings())
    from gateway.site_settings import origin_of, settings_of
    from gateway.sites import load_site

    loaded = load_site(Path(profile))
    known_feed(loaded.id, [each.id for each in loaded.feeds], feed)
    own = origin_of(loaded, feed or FEED, "")
    origin = own._replace(site=site or own.site, zone=own.zone if zone is None else _zone(zone), usage=usage or own.usage)
    return Place(origin, settings_of(loaded, feed or ""))


def known_feed(site: str, feeds: list[str], feed: str | None) -> None:
    """Raises UsageError for a feed that the site does not have."""
    if feed and feed not in feeds:
        raise UsageError(f"--feed: the site {site} has no feed {feed}; there are {', '.join(feeds) or 'none'}")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise UsageError(f"no time zone {name!r}") from None


__all__ = ["Place", "known_feed", "place_of"]
