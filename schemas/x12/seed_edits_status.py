"""What is changed in the table of the 277 after it was seeded, and why; see `seed`."""

from .seed_edit import ST03, Edit

_NO_WRAPPER = "pyx12 wraps each level in a loop that no segment opens; a level stands below the one that its HL02 names"
_LEVELS_LAST = "a level follows the names and statuses of the level above"
_SE = "pyx12's map has the trailer outside the transaction set"

STATUS_EDITS: dict[str, tuple[Edit, ...]] = {
    "277": (
        Edit("ST 10100 ST ", ST03, " =005010X212", ""),
        Edit("loop 2000B 2000A ", _LEVELS_LAST, " 0100 ", " 5000 "),
        *(Edit(f"loop TABLE2AREA{number} ", _NO_WRAPPER) for number in (4, 5, 6)),
        Edit("loop 2000C ", _NO_WRAPPER, " TABLE2AREA4 0100 ", " 2000B 5000 "),
        Edit("loop 2000D ", _NO_WRAPPER, " TABLE2AREA5 0100 ", " 2000C 5000 "),
        Edit("loop 2000E ", _NO_WRAPPER, " TABLE2AREA6 0100 ", " 2000D 5000 "),
        Edit("2220E 2100 DTP ", _SE, add="ST 32700 SE R 1 : R N0 1-10 | R AN 4-9"),
    ),
}
