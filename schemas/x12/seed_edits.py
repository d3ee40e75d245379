"""What is changed in a table after it was seeded, and why; see `seed`."""

from typing import NamedTuple


class Edit(NamedTuple):
    """In the rows that start with `rows` and hold `old`: replace `old` by `new`, drop the row (new None), or add rows after the last one."""

    rows: str
    why: str
    old: str = ""
    new: str | None = None
    add: str = ""


_ONE_POSITION = "loops opened by the same segment of the standard share its position, so that they may come in any order; pyx12 spreads them"
_ST03 = "the transaction set names its guide in ST03; which version strings are this guide's is said once, in VERSIONS"
_SUBROGATION = "31, a subrogation demand, is a claim kind of every 837"
_PLB = "the reason codes of the first adjustment hold for all six"

_PLB_REASONS = "50,51,72,90,AH,AM,AP,B2,B3,BD,BN,C5,CR,CS,CT,CV,CW,DM,E3,FB,FC,GO,HM,IP,IR,IS,J1,L3,L6,LE,LS,OA,OB,PI,PL,RA,RE,SL,TL,WO,WU"


def _moved(loop: str, parent: str, seeded: str, position: str) -> Edit:
    return Edit(f"loop {loop} {parent} ", _ONE_POSITION, f" {seeded} ", f" {position} ")


EDITS: dict[str, tuple[Edit, ...]] = {
    "837P": (
        Edit("ST 10050 ST ", _ST03, "S AN 1-35", "R AN 1-35"),
        Edit("ST 10100 BHT ", _SUBROGATION, "=CH,RP", "=31,CH,RP"),
        _moved("2330D", "2320", "3650", "3250"),
        _moved("2330E", "2320", "4650", "3250"),
        _moved("2330F", "2320", "5650", "3250"),
        _moved("2330G", "2320", "6350", "3250"),
        _moved("2410", "2400", "4940", "4930"),
        _moved("2420G", "2400", "5310", "5000"),
        _moved("2420H", "2400", "5380", "5000"),
    ),
    "837I": (
        Edit("ST 10050 ST ", _ST03, " =005010X223A2", ""),
        _moved("1000B", "ST", "10500", "10200"),
        _moved("2010AC", "2000A", "0500", "0150"),
        _moved("2310F", "2300", "2800", "2500"),
        _moved("2330D", "2320", "3600", "3250"),
        _moved("2330E", "2320", "3700", "3250"),
        _moved("2330F", "2320", "3900", "3250"),
        _moved("2330G", "2320", "4000", "3250"),
        _moved("2330H", "2320", "5000", "3250"),
        _moved("2330I", "2320", "6000", "3250"),
        _moved("2410", "2400", "4940", "4930"),
        _moved("2420D", "2400", "5300", "5000"),
        Edit("loop 2000B 2000A ", "the same place as in the 837P", " 0700 ", " 0200 "),
        Edit("loop 2000C 2000B ", "patients follow the subscriber's own claims (2300, position 1300)", " 0200 ", " 1400 "),
    ),
    "835": (
        _moved("1000B", "ST", "11400", "10800"),
        Edit("ST 30100 PLB ", _PLB, "S { R ID 2-2 ;", f"S {{ R ID 2-2 ={_PLB_REASONS} ;"),
    ),
}
