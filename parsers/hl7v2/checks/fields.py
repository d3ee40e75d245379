"""The fields of a segment judged in full, one by one."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from parsers.hl7v2.checks.forms import has_form
from parsers.hl7v2.checks.plans import CONTROLS, HEADER, MOST, PROCESSING, SHORT, SOUND
from parsers.hl7v2.checks.problem import Problem, at_field
from schemas.hl7v2.tables import OPEN_ENDED, Field, codes_of

FORM_CODES: Final = {"date": "V2_DATE", "clock": "V2_DATE", "number": "V2_NUMBER", "sequence": "V2_NUMBER"}
_SYSTEM: Final = 2
"""Place of CE.3 and CWE.3 among the components."""
_MOST_FLAWS: Final = 100
"""Flaws of one field; the repetitions behind them are not judged."""
_CONTROL: Final = re.compile(f"[{re.escape(CONTROLS.decode())}]")

Marks = tuple[str, str, str, str, str]
"""Separators of fields, components, repetitions, subcomponents, and the escape character; "" for one that the message has not."""
USUAL: Final[Marks] = ("|", "^", "~", "&", "\\")


class Flaw(NamedTuple):
    """One thing that is wrong with the text of a field."""

    code: str
    repetition: int = 0
    component: int = 0


def flaws_of(tag: str, ordinal: int, fields: list[str], rules: tuple[Field, ...], numbers: Iterable[int], marks: Marks) -> list[Problem]:
    """What is wrong with these fields of a segment; a number behind the last rule stands for all that follows."""
    out: list[Problem] = []
    for number in sorted(set(numbers)):
        if number > len(rules):
            extra = 0 if tag in OPEN_ENDED else next((at for at in range(number, len(fields)) if fields[at]), 0)
            if extra:
                out.append(at_field("V2_FIELD_EXTRA", ordinal, tag, extra))
            continue
        text = fields[number] if number < len(fields) else ""
        if text:
            flaws = (_remembered if len(text) <= SHORT else _judged)(rules[number - 1], text, marks)
            out += [at_field(_said(flaw.code, tag, number), ordinal, tag, number, flaw.repetition, flaw.component) for flaw in flaws]
        elif rules[number - 1].required:
            out.append(at_field(_said("V2_FIELD_MISSING", tag, number), ordinal, tag, number))
    return out


def _said(code: str, tag: str, number: int) -> str:
    """What is wrong with MSH-11 decides where events go, so it has a code of its own."""
    return "V2_PROCESSING_ID" if tag == "MSH" and number == PROCESSING and code in ("V2_CODE", "V2_FIELD_MISSING") else code


def _judged(rule: Field, text: str, marks: Marks) -> tuple[Flaw, ...]:
    _, component, repetition, subcomponent, escape = marks
    texts = text.split(repetition) if repetition else [text]
    out: list[Flaw] = []
    if rule is HEADER:
        return ()
    if _CONTROL.search(text):
        out.append(Flaw("V2_CHARACTER"))
    if escape and escape in text and escape in _escapes(escape).sub("", text):
        out.append(Flaw("V2_ESCAPE"))
    if len(texts) > 1 and not rule.repeats:
        out.append(Flaw("V2_FIELD_REPEATED", 2))
    if rule.components:
        for number, one in enumerate(texts, 1):
            if one:
                out += _of_one(rule, number, one.split(component) if component else [one], subcomponent)
            if len(out) >= _MOST_FLAWS:
                break
    return tuple(out)


_remembered = lru_cache(maxsize=MOST)(_judged)


@lru_cache(maxsize=64)
def _escapes(escape: str) -> re.Pattern[str]:
    """Escape sequences of chapter 2, the local ones (Z) and formatting commands among them."""
    mark = re.escape(escape)
    inner = r"[FSTREPHN]|X(?:[0-9A-Fa-f]{2})+|C[0-9A-Fa-f]{4}|M[0-9A-Fa-f]{4}(?:[0-9A-Fa-f]{2})?|\.[A-Za-z]{2}[ +-]?\d{0,3}"
    return re.compile(rf"{mark}(?:{inner}|Z[^{mark}]*){mark}")


def _of_one(rule: Field, repetition: int, parts: list[str], subcomponent: str) -> list[Flaw]:
    out: list[Flaw] = []
    first = parts[0]
    component = 1 if len(parts) > 1 else 0
    if rule.form:
        out += _of_form(rule.form, first, repetition, component, subcomponent)
    elif (codes := codes_of(rule.table) if rule.table else None) is not None:
        code = first.rstrip(" ")
        if code and code != '""' and code not in codes and not _of_another_system(parts):
            out.append(Flaw("V2_CODE", repetition, component))
    elif rule.components == 1 and 0 < rule.length < len(first):
        out.append(Flaw("V2_FIELD_LONG", repetition))
    for number, (form, part) in enumerate(zip(rule.inner, parts, strict=False), 1):
        out += _of_form(form, part, repetition, number, subcomponent)
    if any(parts[rule.components :]):
        out.append(Flaw("V2_COMPONENT_EXTRA", repetition, rule.components + 1))
    return out


def _of_another_system(parts: list[str]) -> bool:
    """A code beside which its sender names another system than a table of HL7."""
    system = parts[_SYSTEM].strip().upper() if len(parts) > _SYSTEM else ""
    return bool(system) and not system.startswith("HL7")


def _of_form(form: str, text: str, repetition: int, component: int, subcomponent: str) -> list[Flaw]:
    if subcomponent:
        text = text.partition(subcomponent)[0]
    return [] if has_form(form, text) else [Flaw(FORM_CODES[form], repetition, component)]


# -- OBX, whose value has the type that OBX-2 names


VALUE_FORMS: Final = {"NM": "number", "DT": "date", "TS": "date", "DTM": "date", "TM": "clock", "SI": "sequence"}
_TYPES: Final = codes_of("0125") or frozenset()


def value_flaws(ordinal: int, fields: list[str], marks: Marks) -> list[Problem]:
    """OBX-5 against the data type of OBX-2."""
    if len(fields) < 6 or not fields[5]:
        return []
    kind, value = fields[2].partition(marks[1])[0] if marks[1] else fields[2], fields[5]
    form = VALUE_FORMS.get(kind)
    if form is None:
        return [] if kind in _TYPES else [at_field("V2_VALUE_TYPE", ordinal, "OBX", 2)]
    if value in SOUND[form] or has_form(form, value):
        return []
    flaws = _judged(Field(kind, False, True, "", 1, form, (), 0), value, marks)
    return [at_field(flaw.code, ordinal, "OBX", 5, flaw.repetition, flaw.component) for flaw in flaws]
