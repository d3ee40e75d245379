"""Which fields of a segment may be wrong, told quickly.

Most fields cannot be wrong but in their shape: too many components or repetitions. So a segment is first reduced to its delimiters, and what such
a shape makes worth a look is remembered; beside it only the fields with a form, a code table, a length or a duty to be there are looked at. A field
that stands out in either is then judged in full.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from parsers.hl7v2.checks.forms import PATTERNS, has_form
from parsers.hl7v2.message import Message
from schemas.hl7v2.tables import ANY, Field, codes_of, fields_of
from schemas.hl7v2.versions import VERSIONS

_OWN: Final = frozenset({"MSH-9", "MSH-12", "MSH-18", "OBX-2"})
"""Fields that have checks of their own."""
HEADER: Final = ANY._replace(type="delimiters")
"""MSH-1 and MSH-2, which hold no text."""
PROCESSING: Final = 11
_MODES: Final = "0103"
"""Table of MSH-11, by which events are for production or a test."""
SHORT: Final = 200
"""Characters of a text or a shape that is remembered."""
MOST: Final = 20_000
"""What one memo holds before it is begun anew."""

CONTROLS: Final = bytes(code for code in (*range(32), 127) if code not in b"\t\n\r")
_SHAPELESS: Final = bytes(code for code in range(256) if code not in b"|^~\\\r" + CONTROLS)
_TELLING: Final = re.compile(b"[\\\\" + re.escape(CONTROLS) + b"]")
"""An escape character or a control character in a shape."""


class _Watched(NamedTuple):
    """A field whose text can be wrong. `good` are texts known to be right, the empty one among them; `sound` says it of another one. Of a field with
    a `length` this is all that counts, of one with neither only whether it is there."""

    number: int
    required: bool
    good: frozenset[str] | set[str]
    sound: Callable[[str], bool]
    length: int = 0


class _Shape(NamedTuple):
    """What a shape says: the fields that stand out by it alone, and a function that is true of fields of which none other does."""

    look: tuple[int, ...]
    good: Callable[[list[str]], object]


class Plan(NamedTuple):
    """What to hold a segment of one tag and version against. `tests` are by the number of fields that a segment has."""

    rules: tuple[Field, ...]
    watched: tuple[_Watched, ...]
    shapes: dict[bytes, _Shape]
    tests: dict[int, Callable[[list[str]], object]]


class _Plans(dict[str, Plan]):
    """Plans of one version by tag, made when first asked for; tags that no version has share one."""

    def __init__(self, version: str) -> None:
        self.version = version

    def __missing__(self, tag: str) -> Plan:
        rules = tuple(_own(f"{tag}-{number}", field) for number, field in enumerate(fields_of(tag, self.version), 1))
        if not rules:
            return _UNKNOWN
        watched = tuple(one for number, rule in enumerate(rules, 1) if (one := _watched(number, rule)) is not None)
        self[tag] = Plan(rules, watched, {}, {})
        return self[tag]


_UNKNOWN: Final = Plan((), (), {}, {})


@lru_cache(maxsize=len(VERSIONS))
def plans_of(version: str) -> _Plans:
    return _Plans(version)


def _own(name: str, field: Field) -> Field:
    if name in ("MSH-1", "MSH-2"):
        return HEADER
    if name == "MSH-10":
        return field._replace(required=False)
    if name == f"MSH-{PROCESSING}":
        return field._replace(table=_MODES)
    return ANY if name in _OWN else field


_NOTHING: Final = frozenset({"", '""'})
SOUND: Final[dict[str, set[str]]] = {form: set(_NOTHING) for form in PATTERNS}
"""Form -> texts known to have it."""


def _watched(number: int, rule: Field) -> _Watched | None:
    codes = codes_of(rule.table) if rule.table else None
    if rule.form:
        return _Watched(number, rule.required, SOUND[rule.form], _remembering(rule.form))
    if codes is not None:
        return _Watched(number, rule.required, codes | _NOTHING, _never)
    if rule.length and rule.components == 1:
        return _Watched(number, rule.required, _NOTHING, lambda text: len(text) <= rule.length, rule.length)
    return _Watched(number, True, _NOTHING, _always) if rule.required else None


def _never(text: str) -> bool:
    return False


def _always(text: str) -> bool:
    return True


def _remembering(form: str) -> Callable[[str], bool]:
    seen = SOUND[form]

    def sound(text: str) -> bool:
        right = has_form(form, text)
        if right and len(text) <= SHORT:
            if len(seen) >= MOST:
                seen.clear()
                seen.update(_NOTHING)
            seen.add(text)
        return right

    return sound


def shapes_of(message: Message) -> list[bytes]:
    """The delimiters, escape and control characters of each segment, for the usual delimiters."""
    segments = message.segments
    if not message.split.starts:  # nothing was repaired, so line ends and segments are one to one
        shapes = message.text.rstrip("\r\n").encode("latin-1", "replace").translate(None, _SHAPELESS).split(b"\r")
        if len(shapes) == len(segments):
            return shapes
    return [segment.text.encode("latin-1", "replace").translate(None, _SHAPELESS + b"\r") for segment in segments]


def standing_out(plan: Plan, shape: bytes, fields: list[str], shift: int) -> Sequence[int]:
    """Numbers of the fields that may be wrong. `shift` is 1 for MSH, whose first field is the separator itself."""
    seen = plan.shapes.get(shape)
    if seen is None:
        seen = _shape(plan, shape, shift)
        if len(shape) <= SHORT:
            _remember(plan.shapes, shape, seen)
    if seen.good(fields):
        return seen.look
    return [*seen.look, *(one.number for one in plan.watched if one.number < len(fields) and _stands_out(one, fields[one.number]))]


_held: Final[list[dict[bytes, _Shape]]] = []
"""Where each shape is that is remembered."""


def _remember(shapes: dict[bytes, _Shape], shape: bytes, seen: _Shape) -> None:
    if len(_held) >= MOST:
        for one in _held:
            one.clear()
        _held.clear()
    shapes[shape] = seen
    _held.append(shapes)


def _stands_out(one: _Watched, text: str) -> bool:
    return text not in one.good and not one.sound(text) if text else one.required


def _shape(plan: Plan, shape: bytes, shift: int) -> _Shape:
    """Fields with more repetitions or components than their rule has, with components that have a form, with escapes, beyond the table, or required
    and beyond the end."""
    parts = shape.split(b"|")[1:]
    rules, count = plan.rules, len(parts) + 1 + shift
    look = [number for number, (rule, part) in enumerate(zip(rules[shift:], parts, strict=False), 1 + shift) if _odd(rule, part)]
    if rules and count - 1 > len(rules):
        look.append(len(rules) + 1)
    look += [one.number for one in plan.watched if one.required and one.number >= count]
    reached = min(count, len(rules) + 1)
    if reached not in plan.tests:
        plan.tests[reached] = _all_good([one for one in plan.watched if one.number < reached])
    return _Shape(tuple(look), plan.tests[reached])


def _all_good(watched: list[_Watched]) -> Callable[[list[str]], object]:
    """One expression for all of them: a field costs a tenth of what a loop takes."""
    tests: list[str] = []
    names: dict[str, object] = {}
    for one in watched:
        text = f"f[{one.number}]"
        if one.required:
            tests.append(text)
        if one.length:
            tests.append(f"len({text}) <= {one.length}")
        elif one.sound is not _always:
            names[f"g{one.number}"] = one.good
            tests.append(f"{text} in g{one.number}")
    good: Callable[[list[str]], object] = eval(f"lambda f: {' and '.join(tests) or True}", names)  # noqa: S307 - numbers of our tables
    return good


def _odd(rule: Field, part: bytes) -> bool:
    if rule is HEADER:
        return False
    if (not rule.repeats and b"~" in part) or _TELLING.search(part):
        return True
    most = max(one.count(b"^") for one in part.split(b"~"))
    return bool(rule.components) and (most >= rule.components or any(rule.inner[: most + 1]))


def every_number(plan: Plan) -> list[int]:
    """All fields of a segment, for `flaws_of`."""
    return list(range(1, len(plan.rules) + 2)) if plan.rules else []
