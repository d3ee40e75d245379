"""How the 834 of exchanges and member reports is made out of the 834 table, as edits; the sources are named in `x307_834`."""

from .seed_edit import Edit

_PARTIES = "exchanges name submitter, receiver, source and employers in the heading"
_REPORTS = "what the samples of exchanges and member reports hold"

_N1 = "S AN 1-60 | S ID 1-2 | S AN 2-80 | N *2 & R0203 P0304"
_N3 = "R AN 1-55 | S AN 1-55"
_N4 = "S AN 2-30 | S ID 2-2 @states | S ID 3-15 | S ID 2-3 @country | N *2 | S ID 1-3"
_PER = "R ID 2-2 | S AN 1-60 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | N"
_HEALTH = "{ R ID 1-3 ; S AN 1-30 ; S ID 2-3 =D8 ; S AN 1-35 ; S R 1-18 ; S R 1-15 ; S AN 1-30 }"

_HEADING = f"""
loop 1000D ST 10700 S 1
1000D 0700 N1 R 1 : R ID 2-3 =41 | {_N1}
loop 1000E ST 10700 S 1
1000E 0700 N1 R 1 : R ID 2-3 =40 | {_N1}
loop 1000F ST 10700 S 1
1000F 0700 N1 R 1 : R ID 2-3 =ACV | {_N1}
loop 1000G ST 10700 S *
1000G 0700 N1 R 1 : R ID 2-3 =62 | {_N1}
1000G 0900 N3 S 1 : {_N3}
1000G 1000 N4 S 1 : {_N4}
1000G 1100 PER S * : {_PER}
loop 1100G 1000G 1200 S *
1100G 1200 ACT R 1 : R AN 1-35 | N *8
1100G 1210 REF S * : R ID 2-3 | R AN 1-50 | S AN 1-80 | N & R0203
1100G 1220 N3 S 1 : {_N3}
1100G 1230 N4 S 1 : {_N4}
1100G 1240 PER S * : {_PER}
1100G 1250 DTP S * : R ID 3-3 | R ID 2-3 | R AN 1-35
1100G 1260 AMT S * : R ID 1-3 | R R 1-18 | N
"""
_OTHERS = """
loop 2100I 2000 0300 S *
2100I 0300 NM1 R 1 : R ID 2-3 =2J,P5 | R ID 1-1 =1,2 | S AN 1-60 | S AN 1-35 | S AN 1-25 | S AN 1-10 *2 | S ID 1-2 | S AN 2-80 | N *3 & P0809
"""

EXCHANGE: tuple[Edit, ...] = (
    Edit("1000C 1200 ACT ", _PARTIES, add=_HEADING),
    Edit("2000 0200 REF S 13", _REPORTS, "=17,23,", "=17,18,23,"),
    Edit("2000 0200 REF S 13", _REPORTS, ",P5,Q4,QQ,ZZ", ",P5,POL,Q4,QQ,SY,WH,ZZ"),
    Edit("2100A 0300 NM1 ", _REPORTS, "=34,ZZ", "=34,MI,ZZ"),
    Edit("2100A 1300 HLH ", _REPORTS, add=f"2100A 1400 HI S 1 : R {_HEALTH} | S {_HEALTH} *11"),
    Edit("2100G 0600 N4 ", _REPORTS, add=_OTHERS),
    Edit("2310 3700 PER ", _REPORTS, add="2310 3800 PRV S 1 : R ID 1-3 =OT | R ID 2-3 =PXC | R AN 1-50 | N *3"),
    Edit("2310 3950 PLA ", _REPORTS, "=2 | R ID 2-3 =1P", "=2,ND | R ID 2-3 =1P,P3,QN"),
    Edit("2310 3950 PLA ", _REPORTS, "| R ID 2-3 =14,", "| S ID 2-3 =14,"),
    Edit("2750 6882 N1 ", _REPORTS, "=75 | R AN 1-60 | N *4 ", "=75,AG | S AN 1-60 | S ID 1-2 | S AN 2-80 | N *2 "),
    Edit("2750 6883 REF ", _REPORTS, "=00,", "=00,0B,"),
    Edit("2750 6883 REF ", _REPORTS, "R AN 1-50 | N *2", "R AN 1-50 | S AN 1-80 | N"),
)
