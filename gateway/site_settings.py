"""What a site file means for reading one file outside of a gateway: as the gateway itself would read it."""

from zoneinfo import ZoneInfo

from gateway.site_rules import plain, strictness_of
from gateway.sites import Site
from parsers import formats
from parsers.hl7v2 import convert as hl7v2
from parsers.hl7v2.profile import profile_of
from parsers.outputs import Origin
from parsers.x12 import convert as x12
from parsers.x12.checks.codes import Lists
from parsers.x12.checks.judge import Extra


def settings_of(site: Site, feed: str, lists: Lists | None = None) -> formats.Settings:
    """Strictness, rules and dialect of a feed, of the site where it has none of that name; `lists`: the code lists of the data folder."""
    policy = {code: str(strictness) for code, strictness in site.findings.items()} | strictness_of(site.rules)
    profile = profile_of(site.profile_data(feed))
    of_v2 = hl7v2.Settings(policy=policy, limits=profile.limits, profile=profile)
    return formats.Settings(x12.Settings(policy=policy, extra=Extra(plain(site.rules), lists)), of_v2)


def origin_of(site: Site, feed: str, sha256: str) -> Origin:
    return Origin(site.id, feed, sha256, ZoneInfo(site.zone), site.usage or "")


__all__ = ["origin_of", "settings_of"]
