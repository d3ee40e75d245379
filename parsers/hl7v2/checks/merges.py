"""Merges, moves and changed identifiers (ADT A18 to A51): is it said what was merged into what, and can it be? Nothing is merged in silence."""

from typing import Final, NamedTuple

from parsers.hl7v2.checks.fields import Marks
from parsers.hl7v2.checks.problem import Problem, at_field
from parsers.hl7v2.segments import Segment


class _Merge(NamedTuple):
    """`needs`: fields of MRG, one of each list. `same`: (field of MRG, segment and field of what stays) that must differ."""

    needs: tuple[tuple[int, ...], ...]
    same: tuple[int, str, int] | None = None


class _Identifier(NamedTuple):
    """CX.1, its assigning authority by namespace and universal id (CX.4.1, CX.4.2), and its type (CX.5)."""

    id: str
    authority: tuple[str, ...]
    type: str


_PATIENT: Final = (1, "PID", 3)
_ACCOUNT: Final = (3, "PID", 18)
_VISIT: Final = (5, "PV1", 19)
_ALTERNATE: Final = (6, "PV1", 50)
_TYPE: Final = 4
"""Place of CX.5 among the components."""
_LINKED: Final = 2
_MOST: Final = 50
"""Identifiers of a field that are compared; nobody has so many."""
MERGES: Final = {
    **dict.fromkeys(("A30", "A34", "A40"), _Merge(((1,),), _PATIENT)),
    **dict.fromkeys(("A18", "A39", "A46", "A47", "A48"), _Merge(((1, 2, 4),), _PATIENT)),
    "A36": _Merge(((1,), (3,)), _PATIENT),
    **dict.fromkeys(("A35", "A41", "A49"), _Merge(((3,),), _ACCOUNT)),
    **dict.fromkeys(("A42", "A50"), _Merge(((5,),), _VISIT)),
    "A43": _Merge(((1,),)),
    "A44": _Merge(((3,),)),
    "A45": _Merge(((5,),)),
    "A51": _Merge(((6,),), _ALTERNATE),
}
"""Event -> what its MRG must hold (chapter 3)."""
LINKS: Final = frozenset({"A24", "A37"})
"""Events of two patients, who both stay."""


def merge_problems(event: str, segments: list[Segment], marks: Marks) -> list[Problem]:
    """Each PID has its MRG behind it, and that names something else than what stays, of the same authority or patient."""
    merge = MERGES[event]
    out: list[Problem] = []
    for group in _by_patient(segments):
        prior = [segment for segment in group if segment.tag == "MRG"]
        if not prior:
            out.append(Problem("V2_MERGE_INCOMPLETE", group[0].ordinal, group[0].tag, place="MRG"))
        for segment in prior:
            out += _incomplete(merge, segment)
            if merge.same is not None:
                out += _compared(merge.same, segment, group, marks)
    return out


def link_problems(segments: list[Segment], marks: Marks) -> list[Problem]:
    """There are two patients, and they are not the same one."""
    patients = [segment for segment in segments if segment.tag == "PID"]
    if len(patients) == 1:
        return [Problem("V2_MERGE_INCOMPLETE", patients[0].ordinal, "PID", place="A second PID")]
    if len(patients) != _LINKED:
        return []
    one, other = (_identifiers(segment, _PATIENT[2], marks) for segment in patients)
    same = one and other and all(_stays(each, one) for each in other)
    return [at_field("V2_MERGE_SAME", patients[1].ordinal, "PID", _PATIENT[2])] if same else []


def _by_patient(segments: list[Segment]) -> list[list[Segment]]:
    groups: list[list[Segment]] = []
    for segment in segments:
        if segment.tag == "PID":
            groups.append([])
        if groups:
            groups[-1].append(segment)
    return groups


def _incomplete(merge: _Merge, segment: Segment) -> list[Problem]:
    return [
        Problem("V2_MERGE_INCOMPLETE", segment.ordinal, "MRG", one[0], place=" or ".join(f"MRG-{number}" for number in one))
        for one in merge.needs
        if not any(_field(segment, number) for number in one)
    ]


def _compared(same: tuple[int, str, int], segment: Segment, group: list[Segment], marks: Marks) -> list[Problem]:
    number, tag, field = same
    gone, stays = _identifiers(segment, number, marks), _kept(group, tag, field, marks)
    if gone and stays and all(_stays(one, stays) for one in gone):
        return [at_field("V2_MERGE_SAME", segment.ordinal, "MRG", number)]
    if same is _PATIENT:
        theirs, ours = ({name for one in found for name in one.authority} for found in (gone, stays))
        return [at_field("V2_MERGE_ACROSS", segment.ordinal, "MRG", number)] if theirs and ours and theirs.isdisjoint(ours) else []
    patient, owner = _identifiers(segment, 1, marks), _kept(group, "PID", 3, marks)
    other = patient and owner and not any(_stands_in(one, owner) for one in patient)
    return [at_field("V2_MERGE_OTHER_PATIENT", segment.ordinal, "MRG", 1)] if other else []


def _stays(one: _Identifier, among: list[_Identifier]) -> bool:
    """It is the first of its type and authority: what is behind that are numbers of before, which many senders list after a merge."""
    alike = (other for other in among if _of_one_authority(one, other) and (not one.type or not other.type or one.type == other.type))
    return one.id == next((other.id for other in alike), None)


def _stands_in(one: _Identifier, among: list[_Identifier]) -> bool:
    """The same id, of the same authority where both name one."""
    return any(one.id == other.id and _of_one_authority(one, other) for other in among)


def _of_one_authority(one: _Identifier, other: _Identifier) -> bool:
    return not one.authority or not other.authority or not set(one.authority).isdisjoint(other.authority)


def _kept(group: list[Segment], tag: str, field: int, marks: Marks) -> list[_Identifier]:
    kept = next((one for one in group if one.tag == tag), None)
    return [] if kept is None else _identifiers(kept, field, marks)


def _field(segment: Segment, number: int) -> str:
    text = segment.fields[number] if number < len(segment.fields) else ""
    return "" if text == '""' else text


def _identifiers(segment: Segment, number: int, marks: Marks) -> list[_Identifier]:
    _, component, repetition, subcomponent, _ = marks
    text = _field(segment, number)
    found = []
    for one in text.split(repetition, _MOST)[:_MOST] if repetition else [text]:
        parts = one.split(component, _TYPE + 1) if component else [one]
        names = (parts[3].split(subcomponent) if subcomponent else [parts[3]])[:2] if len(parts) > 3 else []
        if parts[0].strip():
            found.append(_Identifier(parts[0].strip(), tuple(name for name in names if name), parts[_TYPE].strip() if len(parts) > _TYPE else ""))
    return found
