"""Which structure an event has, what a structure holds, and without which segments a message says little.

The structure follows from the event (MSH-9.2), not from MSH-9.3, which many senders fill wrongly. Sources: chapters 3 to 12 of the standard for the
events; the tables of `structures` for the rest.
"""

from functools import cache
from typing import Final, NamedTuple

from schemas.hl7v2 import structures
from schemas.hl7v2.tables import rows

_EVENTS: Final = """\
ADT_A01 A01 A04 A08 A13
ADT_A05 A05 A14 A28 A31
ADT_A06 A06 A07
ADT_A09 A09 A10 A11
ADT_A12 A12
ADT_A21 A21 A22 A23 A25 A26 A27 A29 A32 A33
ADT_A30 A30 A34 A35 A36 A46 A47 A48 A49
ADT_A39 A39 A40 A41 A42
ADT_A43 A43 A44
ADT_A50 A50 A51
ADT_A52 A52 A53 A55
ADT_A61 A61 A62
CCM_I21 I21
CRM_C01 C01 C02 C03 C04 C05 C06 C07 C08
CSU_C09 C09 C10 C11 C12
MDM_T01 T01 T03 T05 T07 T09 T11
MDM_T02 T02 T04 T06 T08 T10
MFK_M01 M01 M02 M03 M04 M05 M06 M07 M08 M09 M10 M11 M12 M13 M14 M15 M16 M17
ORU_R30 R30 R31 R32
PEX_P07 P07 P08
PGL_PC6 PC6 PC7 PC8
PMU_B01 B01 B02
PMU_B04 B04 B05 B06
PPG_PCG PCG PCH PCJ
PPP_PCB PCB PCD
PPR_PC1 PC1 PC2 PC3
QBP_Q11 Q11 Q22 Q23 Q24 Q25
QBP_Q21 Q21 Q22 Q23 Q24 Q25 Q26 Q27 Q28 Q29 Q30 Q31 Q32
RDE_O11 O11 O25
REF_I12 I12 I13 I14 I15
RPA_I08 I08 I09 I10 I11
RQA_I08 I08 I09 I10 I11
RRI_I12 I12 I13 I14 I15
RSP_K11 K11
RSP_K21 K21
RSP_K23 K23 K24
SDR_S31 S31 S36
SDR_S32 S32 S37
SIU_S12 S12 S13 S14 S15 S16 S17 S18 S19 S20 S21 S22 S23 S24 S26 S27
SRM_S01 S01 S02 S03 S04 S05 S06 S07 S08 S09 S10 S11
SRR_S01 S01 S02 S03 S04 S05 S06 S07 S08 S09 S10 S11
STC_S33 S33 S34 S35
SSU_U03 U03
"""
"""Structures that serve several events; another event has the structure of its own name."""

_ELSEWHERE: Final = {
    "ADT_A01": ("A05", "A14", "A28", "A31"),
    "ADT_A09": ("A12", "A15", "A16", "A25", "A26", "A27", "A32", "A33"),
    "ADT_A43": ("A49",),
    "ADT_A44": ("A44", "A47"),
    "ADT_A54": ("A55",),
    "QBP_Q21": ("Q22",),
    "RSP_K21": ("K22", "K23", "K24"),
}
"""Where versions other than those of the table above put an event."""

NEEDED: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "ACK": (("MSA",),),
    "ADT": (("PID",),),
    "BAR": (("PID",),),
    "DFT": (("PID",), ("FT1",)),
    "MDM": (("PID",), ("TXA",)),
    "MFN": (("MFI",),),
    "OMG": (("ORC", "OBR"),),
    "OML": (("ORC", "OBR"),),
    "ORM": (("ORC", "OBR"),),
    "ORR": (("MSA",),),
    "ORU": (("PID",), ("OBR",)),
    "OUL": (("OBR",),),
    "RAS": (("PID",), ("RXA",)),
    "RDE": (("PID",), ("RXE", "RXO")),
    "RDS": (("PID",), ("RXD",)),
    "RGV": (("PID",), ("RXG",)),
    "SIU": (("SCH",),),
    "VXU": (("PID",), ("RXA",)),
}
"""Message type -> what it must have, one of each list, whatever its event."""
WITHOUT_PATIENT: Final = frozenset({"A19", "A20"})
"""Events of ADT that are about a bed or ask something."""


class Structure(NamedTuple):
    """`tags`: what may stand in it. `required`: what must, outside groups, by every version. `single`: what may stand once, as it has one place that
    does not repeat and no group around it. `order`: those of one place outside groups, with their rank."""

    name: str
    tags: frozenset[str]
    required: frozenset[str]
    single: frozenset[str]
    order: dict[str, int]


@cache
def _structures() -> dict[str, str]:
    return rows(structures.TABLE)


@cache
def types() -> frozenset[str]:
    """Message types (MSH-9.1) of any version."""
    return frozenset(name[:3] for name in _structures())


@cache
def _by_event() -> dict[tuple[str, str], str]:
    """(type, event) -> the structure it shares with other events."""
    shared = {(name[:3], event): name for name, events in rows(_EVENTS).items() for event in events.split()}
    return {**{(name[:3], name[4:]): name for name in _structures() if len(name) > 3}, **shared}


def structure_name(kind: str, event: str) -> str:
    """`("ADT", "A04")` gives `ADT_A01`; "" where no version has that event for that type."""
    if kind in ("ACK", "MCF"):
        return "ACK"
    name = _by_event().get((kind, event), "")
    if not name and kind == "MFN" and event[:1] in ("M", "Z"):
        name = "MFN_Znn"
    return name if name in _structures() else kind if kind in _structures() and not event else ""


def structure_allowed(kind: str, event: str, name: str) -> bool:
    """Whether some version has this structure for the event."""
    return name == structure_name(kind, event) or event in _ELSEWHERE.get(name, ()) or (kind == "ACK" and name in ("ACK", f"ACK_{event}"))


@cache
def structure(name: str) -> Structure:
    """KeyError for a name that no version has."""
    now, _, older = _structures()[name].partition(" + ")
    words = now.split()
    places = [word.rstrip("*!") for word in words if word not in "()"]
    depth, required, single, order = 0, set(), set(), {}
    for rank, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        tag = word.rstrip("*!")
        if depth or word == ")":
            continue
        if word.endswith("!"):
            required.add(tag)
        if places.count(tag) == 1:
            order[tag] = rank
            if "*" not in word:
                single.add(tag)
    return Structure(name, frozenset((*places, *older.split())), frozenset(required), frozenset(single), order)
