"""The compiled extension for HL7 v2, where it is installed: whole messages to events that are surely equal to those of the reader.

Nothing needs it. What it does not take, and every finding, is read in Python; what it takes has the same events, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, NamedTuple

import orjson

from parsers.attributes import Attributes
from parsers.hl7v2.charsets import WIDE, encoding_of
from parsers.hl7v2.checks.facts import asker
from parsers.hl7v2.converters import moment
from parsers.hl7v2.delimiters import USUAL
from parsers.hl7v2.keys import Rules
from parsers.hl7v2.limits import Limits
from parsers.hl7v2.profile import ROLES
from parsers.hl7v2.program import compiled_for, map_of, program_bytes
from parsers.hl7v2.style import Style
from parsers.outputs import Event, Origin

ENGINE: Any
try:
    ENGINE = import_module("clearplane_engine")
    ENGINE.V2Programs  # noqa: B018 - one that was built before it knew HL7 v2 counts as none
except (ImportError, AttributeError):
    ENGINE = None

_TO_THE_MINUTE = len("202603040915")


class Site(NamedTuple):
    """What of a site changes how its messages are read."""

    overlay: bytes
    version: str
    charset: str
    zone: tzinfo
    limits: Limits


def available() -> bool:
    return ENGINE is not None


@lru_cache(maxsize=64)
def lane_for(site: Site) -> Any:
    """The lane of a site, which remembers what it met; None without the extension, or where it cannot help."""
    if ENGINE is None:
        return None
    try:
        return ENGINE.V2Lane(
            event=Event,
            program=lambda kind, trigger, shape: _program(map_of(kind, trigger, shape), site.overlay),
            attributes=_attributes,
            codec=_codec_of,
            offset=_offset_of(site.zone),
            ask=_asked(site.overlay),
            version=site.version,
            charset=site.charset,
            limits=(site.limits.segments, site.limits.fields),
        )
    except ValueError:
        return None


@cache
def _programs() -> Any:
    """All programs of the process, which share what their maps have in common."""
    return ENGINE.V2Programs()


@lru_cache(maxsize=512)
def _program(name: str | None, overlay: bytes) -> Any:
    """None where no map reads the message, or the program asks for what the extension lacks."""
    if name is None:
        return None
    compiled = compiled_for(name, overlay)
    rules = Rules(compiled.program.get("identifiers", {}), Style(USUAL, "utf-8", {}))
    places = {"roles": [rules.rules[role] for role in ROLES], "anywhere": rules.anywhere, "prior": [rules.prior[role] for role in ROLES]}
    places["prior_anywhere"] = rules.prior_anywhere
    try:
        return _programs().made(program_bytes(compiled.program), orjson.dumps(places), compiled.hash)
    except ValueError:
        return None


def _codec_of(name: str) -> str | None:
    """A set of wide characters is named by no message that the extension takes."""
    found = encoding_of(name)
    return None if found == WIDE else found


def _attributes(event: str) -> dict[str, str]:
    """Attributes as every event of this name has them; the lane sets those of the one."""
    return Attributes(Origin(), "").of(event, 0, "", "-")


def _offset_of(zone: tzinfo) -> Callable[[str], str | None]:
    """Offset of the site at a time of day, to the minute or the second."""

    def offset(digits: str) -> str | None:
        try:
            return moment(zone, digits)[19 if len(digits) > _TO_THE_MINUTE else 16 :]
        except (ValueError, OverflowError):
            return None

    return offset


def _asked(overlay: bytes) -> Callable[[str, list[str]], bytes | None]:
    """Answers of the checks under the site's codes; None where they have none."""
    ask = asker(orjson.loads(overlay).get("codes", {}))

    def answer(what: str, parts: list[str]) -> bytes | None:
        try:
            return ask(what, parts)
        except (KeyError, ValueError):
            return None

    return answer
