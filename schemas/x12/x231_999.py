"""Guide table of the 999, implementation acknowledgement (005010X231 and 005010X231A1).

Source: pyx12's map 999.5010X231.A1 for places, requirements, repeats, types, lengths, codes and syntax rules, with the edits and their reasons
in `seed_edits_acks`; `python -m schemas.x12.seed 999` prints the table. Senders that name no guide (GS08 005010) are read by it too.
Weakest: error code 11 of IK403, and how often CTX repeats its first element.
"""

GUIDE = "999"
TRANSACTION = "999"
FUNCTIONAL_GROUP = "FA"
VERSIONS = ("005010X231", "005010X231A1")
RELATED: dict[str, str] = {"005010": ""}

TABLE = """\
loop ST - 0000 R *
ST 10050 ST R 1 : R ID 3-3 =999 | R AN 4-9 | R AN 1-35
ST 10200 AK1 R 1 : R ID 2-2 =AG,BE,HB,HC,HI,HN,HP,HR,HS,PI,RA | R N0 1-9 | R AN 1-12
loop 2000 ST 10300 S *
2000 0300 AK2 R 1 : R ID 3-3 =270,271,275,276,277,278,820,824,834,835,837 | R AN 4-9 | S AN 1-35
loop 2100 2000 0400 S *
2100 0400 IK3 R 1 : R ID 2-3 | R N0 1-6 | S AN 1-4 | S ID 1-3 =1,2,3,4,5,6,7,8,I4,I6,I7,I8,I9
2100 0500 CTX S 9 : R { R AN 1-35 =SITUATIONAL_TRIGGER ; N } x10 | R ID 2-3 | R N0 1-6 | S AN 1-4 | S { R N0 1-2 ; S N0 1-2 ; S N0 1-4 } | S { R N0 1-4 ; N }
2100 0500 CTX S 1 : R { R AN 1-35 =TRN02,NM109,PATIENT_NAME_NM109,SUBSCRIBER_NAME_NM109,ENT01,SUBSCRIBER_NUMBER_REF02,CLM01 ; R AN 1-35 } x10 | N *3 | S { R N0 1-2 ; S N0 1-2 ; S N0 1-4 } | N
loop 2110 2100 0600 S *
2110 0600 IK4 S 1 : R { R N0 1-2 ; S N0 1-2 ; S N0 1-4 } | S N0 1-4 | R ID 1-3 =1,2,3,4,5,6,7,8,9,10,11,12,13,I10,I11,I12,I13,I6,I9 | S AN 1-99
2110 0700 CTX S 10 : R { R AN 1-35 =SITUATIONAL_TRIGGER ; N } x10 | R ID 2-3 | R N0 1-6 | S AN 1-4 | S { R N0 1-2 ; S N0 1-2 ; S N0 1-4 } | S { R N0 1-4 ; N }
2000 0800 IK5 R 1 : R ID 1-1 =A,E,M,R,W,X | S ID 1-3 =1,2,3,4,5,6,7,8,9,10,11,12,13,15,16,17,18,19,23,24,25,26,27,I5,I6 *5
ST 10900 AK9 R 1 : R ID 1-1 =A,E,M,P,R,W,X | R N0 1-6 *3 | S ID 1-3 =1,2,3,4,5,6,10,11,12,13,14,15,16,17,18,19,23,24,25,26 *5
ST 30800 SE R 1 : R N0 1-10 | R AN 4-9
"""  # noqa: E501
