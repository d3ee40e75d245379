"""Guide table of the 275, additional information to support a claim or encounter (005010X210), also read for a services review (005010X211,
006020X316) and for the attachments of 006020X314, and where a sender names the 278 inquiry's version in a 275.

Partial, hand-written from public outlines of 005010X210 and X211 (loops, segments, which reference stands where), the X12 base standard and the
published samples. Every party stands at one position, as in the base standard, because the guides order them differently; the numbers and dates
of the claim, which they put under the patient, stand beside them. Weakest: qualifier lists (REF, NM1), CAT and EFI beyond their first elements,
and where BDS stands in 006020 (taken under EFI and directly under LX).
"""

GUIDE = "275"
TRANSACTION = "275"
FUNCTIONAL_GROUP = "PI"
VERSIONS = ("005010X210",)
RELATED: dict[str, str] = {"005010X211": "", "006020X314": "", "006020X316": "", "005010X215": ""}
PARTIAL = True

TABLE = """\
loop ST - 0000 R *
ST 10100 ST R 1 : R ID 3-3 =275 | R AN 4-9 | S AN 1-35
ST 10200 BGN S 1 : R ID 2-2 | R AN 1-50 | R DT 8-8 | S TM 4-8 | N | S AN 1-50 | N | S ID 1-2 | N
loop 1000A ST 10500 S 1
1000A 0500 NM1 R 1 : R ID 2-3 =PR,X3 | S ID 1-1 =1,2 | S AN 1-60 | S AN 1-35 | S AN 1-25 | S AN 1-10 *2 | S ID 1-2 | S AN 2-80 | N *3 & P0809
1000A 0950 PER S 1 : R ID 2-2 =IC | S AN 1-60 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | N & P0304 P0506 P0708
1000A 1000 REF S * : R ID 2-3 =0B,1G,1J,2U,EI,FY,G2,G5,LU,N5,N7,NF,SY,TJ,ZH | R AN 1-50 | S AN 1-80 | N & R0203
loop 1000B ST 10500 S 1
1000B 0500 NM1 R 1 : R ID 2-3 =41 | S ID 1-1 =1,2 | S AN 1-60 | S AN 1-35 | S AN 1-25 | S AN 1-10 *2 | S ID 1-2 | S AN 2-80 | N *3 & P0809
1000B 0950 PER S 1 : R ID 2-2 =IC | S AN 1-60 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | N & P0304 P0506 P0708
1000B 1000 REF S * : R ID 2-3 =0B,1G,1J,2U,EI,FY,G2,G5,LU,N5,N7,NF,SY,TJ,ZH | R AN 1-50 | S AN 1-80 | N & R0203
loop 1000C ST 10500 S *
1000C 0500 NM1 R 1 : R ID 2-3 =1P,2B,36,71,72,73,77,82,85,87,DK,DN,FA,G3,P3,QB,QV,SJ | S ID 1-1 =1,2 | S AN 1-60 | S AN 1-35 | S AN 1-25 | S AN 1-10 *2 | S ID 1-2 | S AN 2-80 | N *3 & P0809
1000C 0600 PRV S 1 : R ID 1-3 | S ID 2-3 =PXC | S AN 1-50 | N *3 & P0203
loop 1100C 1000C 0700 S 1
1100C 0700 NX1 R 1 : R ID 2-3 | N *4
1100C 0800 N3 S 1 : R AN 1-55 | S AN 1-55
1100C 0900 N4 S 1 : R AN 2-30 | S ID 2-2 @states | S ID 3-15 | S ID 2-3 @country | N *2 | S ID 1-3 & E0207 C0605 C0704
1000C 0950 PER S 1 : R ID 2-2 =IC | S AN 1-60 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | N & P0304 P0506 P0708
1000C 1000 REF S * : R ID 2-3 =0B,1G,1J,2U,EI,FY,G2,G5,LU,N5,N7,NF,SY,TJ,ZH | R AN 1-50 | S AN 1-80 | N & R0203
loop 1000D ST 10500 S 1
1000D 0500 NM1 R 1 : R ID 2-3 =IL,QC | S ID 1-1 =1,2 | S AN 1-60 | S AN 1-35 | S AN 1-25 | S AN 1-10 *2 | S ID 1-2 | S AN 2-80 | N *3 & P0809
1000D 0960 DMG S 1 : R ID 2-3 =D8 | R AN 1-35 | S ID 1-1 =F,M,U | N *8 & P0102 P1011 C1105
ST 10500 REF S * : R ID 2-3 =1K,1L,1W,6P,6R,9F,BB,BLT,D9,EA,EJ,F8,FJ,G1,IK,NT,SY,Y4 | R AN 1-50 | N *2 & R0203
ST 10500 DTP S 1 : R ID 3-3 =472 | R ID 2-3 =D8,RD8 | R AN 1-35
loop 2000A ST 20100 S *
2000A 0100 LX R 1 : R N0 1-6
2000A 0150 TRN S * : R ID 1-2 | R AN 1-50 | S AN 10-10 | S AN 1-50
2000A 0175 STC S * : R { R AN 1-30 *2 ; S ID 2-3 ; S ID 1-3 } | S DT 8-8 | S ID 1-2 | S R 1-18 | N *5 | S { R AN 1-30 *2 ; S ID 2-3 ; S ID 1-3 } *2 | S AN 1-264
2000A 0500 REF S * : R ID 2-3 =1K,6R,9F,BB,BLT,D9,EA,EJ,F8,FJ,G1,IK,NT | R AN 1-50 | S AN 1-80 | N & R0203
2000A 0550 BIN S * : R N0 1-15 | R AN 1-999999999
2000A 0550 BDS S * : R ID 3-3 | R N0 1-15 | R AN 1-999999999
loop 2100A 2000A 0600 S 1
2100A 0600 DTP R 1 : R ID 3-3 =472 | R ID 2-3 =D8,RD8 | R AN 1-35
loop 2100B 2000A 0600 S *
2100B 0600 DTP R 1 : R ID 3-3 =097,368 | R ID 2-3 =D8 | R AN 1-35
2100B 0700 CAT S 1 : R ID 1-2 | S ID 1-2 | S AN 1-30
loop 2110B 2100B 0800 S *
2110B 0800 EFI R 1 : R ID 2-2 | S AN 1-264 | N *2 | S AN 1-30 | N | S AN 1-30 | N | S AN 1-30 | N | S AN 1-64 | N *5
2110B 0900 BIN S * : R N0 1-15 | R AN 1-999999999
2110B 0900 BDS S * : R ID 3-3 | R N0 1-15 | R AN 1-999999999
ST 31100 SE R 1 : R N0 1-10 | R AN 4-9
"""  # noqa: E501
