"""How a site's HL7 v2 is read, for commands that work on files."""

from pathlib import Path

from parsers.hl7v2.convert import Settings


def profiled(site: str | None, feed: str = "") -> Settings:
    """Settings with the profile of a site file, or of one of its feeds; the defaults without. Raises ConfigError."""
    if site is None:
        return Settings()
    from gateway.config import ConfigError
    from gateway.sites import load_site
    from parsers.hl7v2.profile import profile_of

    try:
        profile = profile_of(load_site(Path(site)).profile_data(feed))
    except ValueError as error:
        raise ConfigError([f"{site}: profile: {error}"]) from None
    return Settings(limits=profile.limits, profile=profile)
