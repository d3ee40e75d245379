"""What is changed in the tables of the 834 and the 820 after they were seeded, and why; see `seed`."""

from .seed_edit import ST03, Edit, moved

_NO_WRAPPER = "pyx12 wraps the two kinds of ENT in loops that no segment opens; both stand in the detail area"

_ONE_SEGMENT = "a loop of one segment that stands once is a segment of the loop around it"

MEMBER_EDITS: dict[str, tuple[Edit, ...]] = {
    "834": (
        Edit("ST 10100 ST ", ST03, " =005010X220A1", ""),
        moved("1000B", "ST", "11900", "10700"),
        moved("1000C", "ST", "13100", "10700"),
        Edit("loop 1100C ", _ONE_SEGMENT),
        Edit("1100C 1200 ACT ", _ONE_SEGMENT, "1100C 1200 ACT R", "1000C 1200 ACT S"),
    ),
    "820": (
        Edit("ST 10100 ST ", ST03, " =005010X218", ""),
        moved("1000B", "ST", "11500", "10700"),
        moved("1000C", "ST", "12300", "10700"),
        Edit("loop TABLE2AREA2 ", _NO_WRAPPER),
        Edit("loop TABLE2AREA3 ", _NO_WRAPPER),
        Edit("loop 2000A ", _NO_WRAPPER, " TABLE2AREA2 0100 ", " ST 20100 "),
        Edit("loop 2000B ", _NO_WRAPPER, " TABLE2AREA3 0100 ", " ST 20100 "),
    ),
}
