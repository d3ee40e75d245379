"""What is changed in a table after it was seeded, and why; see `seed`."""

from .seed_edit import ST03, Edit, moved
from .seed_edits_acks import ACK_EDITS
from .seed_edits_members import MEMBER_EDITS
from .seed_edits_status import STATUS_EDITS

_SUBROGATION = "31, a subrogation demand, is a claim kind of every 837"
_PLB = "the reason codes of the first adjustment hold for all six"

_PLB_REASONS = "50,51,72,90,AH,AM,AP,B2,B3,BD,BN,C5,CR,CS,CT,CV,CW,DM,E3,FB,FC,GO,HM,IP,IR,IS,J1,L3,L6,LE,LS,OA,OB,PI,PL,RA,RE,SL,TL,WO,WU"


EDITS: dict[str, tuple[Edit, ...]] = {
    "837P": (
        Edit("ST 10050 ST ", ST03, "S AN 1-35", "R AN 1-35"),
        Edit("ST 10100 BHT ", _SUBROGATION, "=CH,RP", "=31,CH,RP"),
        moved("2330D", "2320", "3650", "3250"),
        moved("2330E", "2320", "4650", "3250"),
        moved("2330F", "2320", "5650", "3250"),
        moved("2330G", "2320", "6350", "3250"),
        moved("2410", "2400", "4940", "4930"),
        moved("2420G", "2400", "5310", "5000"),
        moved("2420H", "2400", "5380", "5000"),
    ),
    "837I": (
        Edit("ST 10050 ST ", ST03, " =005010X223A2", ""),
        moved("1000B", "ST", "10500", "10200"),
        moved("2010AC", "2000A", "0500", "0150"),
        moved("2310F", "2300", "2800", "2500"),
        moved("2330D", "2320", "3600", "3250"),
        moved("2330E", "2320", "3700", "3250"),
        moved("2330F", "2320", "3900", "3250"),
        moved("2330G", "2320", "4000", "3250"),
        moved("2330H", "2320", "5000", "3250"),
        moved("2330I", "2320", "6000", "3250"),
        moved("2410", "2400", "4940", "4930"),
        moved("2420D", "2400", "5300", "5000"),
        Edit("loop 2000B 2000A ", "the same place as in the 837P", " 0700 ", " 0200 "),
        Edit("loop 2000C 2000B ", "patients follow the subscriber's own claims (2300, position 1300)", " 0200 ", " 1400 "),
    ),
    "835": (
        moved("1000B", "ST", "11400", "10800"),
        Edit("ST 30100 PLB ", _PLB, "S { R ID 2-2 ;", f"S {{ R ID 2-2 ={_PLB_REASONS} ;"),
    ),
    **ACK_EDITS,
    **MEMBER_EDITS,
    **STATUS_EDITS,
}

__all__ = ["EDITS", "Edit"]
