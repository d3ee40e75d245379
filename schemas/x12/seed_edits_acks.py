"""What is changed in the tables of the 277CA and the 999 after they were seeded, and why; see `seed`."""

from .seed_edit import ST03, Edit

ACK_EDITS: dict[str, tuple[Edit, ...]] = {
    "277CA": (
        Edit("ST 10050 ST ", ST03, " =005010X214", ""),
        Edit("loop 2000C 2000B ", "a batch that is rejected as a whole has nothing beneath the receiver (HL04 0)", " R *", " S *"),
        Edit("2200D 1200 DTP ", "a predetermination, or a claim whose dates cannot be read, has none that could be repeated", " R 1 ", " S 1 "),
        Edit("loop 2200C 2000C ", "stands only where the provider level has a status of its own", " R 1", " S 1"),
    ),
    "999": (
        Edit("ST 10050 ST ", ST03, " =005010X231A1", ""),
        Edit("ST 10200 AK1 ", "groups of every function are acknowledged, 824 (AG) and 275 (PI) too", "=BE,", "=AG,BE,"),
        Edit("ST 10200 AK1 ", "groups of every function are acknowledged, 824 (AG) and 275 (PI) too", ",HS,RA", ",HS,PI,RA"),
        Edit("2000 0300 AK2 ", "sets of every kind are acknowledged, 275 and 824 too", "270,271,276", "270,271,275,276"),
        Edit("2000 0300 AK2 ", "sets of every kind are acknowledged, 275 and 824 too", "820,834", "820,824,834"),
    ),
}
