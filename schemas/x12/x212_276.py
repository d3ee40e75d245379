"""Guide table of the 276, health care claim status request (005010X212).

No map of pyx12 covers it. Levels, names and service lines are as in the 277 of the same guide, whose table is seeded from pyx12; the rest is
that on which public open readers agree (the tables of stupidedi, the models of linuxforhealth-x12), checked against public sample files.
Weakest: whether SVC07 is required (it is taken as situational) and whether the subscriber's DMG is.
"""

GUIDE = "276"
TRANSACTION = "276"
FUNCTIONAL_GROUP = "HR"
VERSIONS = ("005010X212",)
RELATED: dict[str, str] = {}

TABLE = """\
loop ST - 0000 R *
ST 10100 ST R 1 : R ID 3-3 =276 | R AN 4-9 | R AN 1-35
ST 10200 BHT R 1 : R ID 4-4 =0010 | R ID 2-2 =13 | R AN 1-50 | R DT 8-8 | R TM 4-8 | N
loop 2000A ST 20100 R *
2000A 0100 HL R 1 : R AN 1-12 | N | R ID 1-2 =20 | R ID 1-1 =1
loop 2100A 2000A 0500 R 1
2100A 0500 NM1 R 1 : R ID 2-3 =PR | R ID 1-1 =2 | R AN 1-60 | N *4 | R ID 1-2 =PI,XV | R AN 2-80 | N *3 & P0809 C1110 C1203
loop 2000B 2000A 5000 R *
2000B 0100 HL R 1 : R AN 1-12 *2 | R ID 1-2 =21 | R ID 1-1 =1
loop 2100B 2000B 0500 R 1
2100B 0500 NM1 R 1 : R ID 2-3 =41 | R ID 1-1 =1,2 | S AN 1-60 | S AN 1-35 | S AN 1-25 | N *2 | R ID 1-2 =46 | R AN 2-80 | N *3 & P0809 C1110 C1203
loop 2000C 2000B 5000 R *
2000C 0100 HL R 1 : R AN 1-12 *2 | R ID 1-2 =19 | R ID 1-1 =1
loop 2100C 2000C 0500 R 2
2100C 0500 NM1 R 1 : R ID 2-3 =1P | R ID 1-1 =1,2 | S AN 1-60 | S AN 1-35 | S AN 1-25 | N | S AN 1-10 | R ID 1-2 =FI,SV,XX | R AN 2-80 | N *3 & P0809 C1110 C1203
loop 2000D 2000C 5000 R *
2000D 0100 HL R 1 : R AN 1-12 *2 | R ID 1-2 =22 | R ID 1-1 =0,1
2000D 0400 DMG S 1 : R ID 2-3 =D8 | R AN 1-35 | S ID 1-1 =F,M | N *8 & P0102 P1011 C1105
loop 2100D 2000D 0500 R 1
2100D 0500 NM1 R 1 : R ID 2-3 =IL | R ID 1-1 =1,2 | R AN 1-60 | S AN 1-35 | S AN 1-25 | N | S AN 1-10 | R ID 1-2 =24,II,MI | R AN 2-80 | N *3 & P0809 C1110 C1203
loop 2200D 2000D 0900 S *
2200D 0900 TRN R 1 : R ID 1-2 =1 | R AN 1-50 | N *2
2200D 1000 REF S 1 : R ID 2-3 =1K | R AN 1-50 | N *2 & R0203
2200D 1000 REF S 1 : R ID 2-3 =BLT | R AN 1-50 | N *2 & R0203
2200D 1000 REF S 1 : R ID 2-3 =LU | R AN 1-50 | N *2 & R0203
2200D 1000 REF S 1 : R ID 2-3 =6P | R AN 1-50 | N *2 & R0203
2200D 1000 REF S 1 : R ID 2-3 =EJ | R AN 1-50 | N *2 & R0203
2200D 1000 REF S 1 : R ID 2-3 =XZ | R AN 1-50 | N *2 & R0203
2200D 1000 REF S 1 : R ID 2-3 =D9 | R AN 1-50 | N *2 & R0203
2200D 1100 AMT S 1 : R ID 1-3 =T3 | R R 1-18 | N
2200D 1200 DTP S 1 : R ID 3-3 =472 | R ID 2-3 =D8,RD8 | R AN 1-35
loop 2210D 2200D 1300 S *
2210D 1300 SVC R 1 : R { R ID 2-2 =AD,ER,HC,HP,IV,N4,NU,WK ; R AN 1-48 ; S AN 2-2 *4 ; N *2 } | R R 1-18 | N | S AN 1-48 | N *2 | S R 1-15
2210D 1400 REF S 1 : R ID 2-3 =FJ | R AN 1-50 | N *2 & R0203
2210D 1500 DTP R 1 : R ID 3-3 =472 | R ID 2-3 =D8,RD8 | R AN 1-35
loop 2000E 2000D 5000 S *
2000E 0100 HL R 1 : R AN 1-12 *2 | R ID 1-2 =23 | N
2000E 0400 DMG R 1 : R ID 2-3 =D8 | R AN 1-35 | S ID 1-1 =F,M | N *8 & P0102 P1011 C1105
loop 2100E 2000E 0500 R 1
2100E 0500 NM1 R 1 : R ID 2-3 =QC | R ID 1-1 =1 | R AN 1-60 | S AN 1-35 | S AN 1-25 | N | S AN 1-10 | N *5 & P0809 C1110 C1203
loop 2200E 2000E 0900 R *
2200E 0900 TRN R 1 : R ID 1-2 =1 | R AN 1-50 | N *2
2200E 1000 REF S 1 : R ID 2-3 =1K | R AN 1-50 | N *2 & R0203
2200E 1000 REF S 1 : R ID 2-3 =BLT | R AN 1-50 | N *2 & R0203
2200E 1000 REF S 1 : R ID 2-3 =LU | R AN 1-50 | N *2 & R0203
2200E 1000 REF S 1 : R ID 2-3 =6P | R AN 1-50 | N *2 & R0203
2200E 1000 REF S 1 : R ID 2-3 =EJ | R AN 1-50 | N *2 & R0203
2200E 1000 REF S 1 : R ID 2-3 =XZ | R AN 1-50 | N *2 & R0203
2200E 1000 REF S 1 : R ID 2-3 =D9 | R AN 1-50 | N *2 & R0203
2200E 1100 AMT S 1 : R ID 1-3 =T3 | R R 1-18 | N
2200E 1200 DTP S 1 : R ID 3-3 =472 | R ID 2-3 =D8,RD8 | R AN 1-35
loop 2210E 2200E 1300 S *
2210E 1300 SVC R 1 : R { R ID 2-2 =AD,ER,HC,HP,IV,N4,NU,WK ; R AN 1-48 ; S AN 2-2 *4 ; N *2 } | R R 1-18 | N | S AN 1-48 | N *2 | S R 1-15
2210E 1400 REF S 1 : R ID 2-3 =FJ | R AN 1-50 | N *2 & R0203
2210E 1500 DTP R 1 : R ID 3-3 =472 | R ID 2-3 =D8,RD8 | R AN 1-35
ST 31600 SE R 1 : R N0 1-10 | R AN 4-9
"""  # noqa: E501
