"""Guide table of the 997, functional acknowledgement, of the base standard in all its versions and of 005010X230.

Source: pyx12's map 997.4010 for places, requirements and codes, widened to the base standard 005010: any group and set may be acknowledged,
AK103 and AK203 name versions, AK401 has a repetition. Weakest: codes that only later versions have.
"""

GUIDE = "997"
TRANSACTION = "997"
FUNCTIONAL_GROUP = "FA"
VERSIONS = (
    "005010X230", "005010X230A1", "005010", "004060", "004050", "004040", "004030", "004020", "004010", "003070", "003060", "003050", "003040",
    "003030", "003020", "003010",
)  # fmt: skip
RELATED: dict[str, str] = {}

TABLE = """\
loop ST - 0000 R *
ST 10100 ST R 1 : R ID 3-3 =997 | R AN 4-9 | S AN 1-35
ST 10200 AK1 R 1 : R ID 2-2 | R N0 1-9 | S AN 1-12
loop AK2 ST 10300 S *
AK2 0300 AK2 R 1 : R ID 3-3 | R AN 4-9 | S AN 1-35
loop AK3 AK2 0400 S *
AK3 0400 AK3 R 1 : R ID 2-3 | R N0 1-10 | S AN 1-6 | S ID 1-3 =1,2,3,4,5,6,7,8
AK3 0500 AK4 S 99 : R { R N0 1-2 ; S N0 1-2 ; S N0 1-4 } | S N0 1-4 | R ID 1-3 =1,2,3,4,5,6,7,8,9,10,12,13 | S AN 1-99
AK2 0600 AK5 R 1 : R ID 1-1 =A,E,M,R,W,X | S ID 1-3 =1,2,3,4,5,6,7,8,9,10,11,12,13,15,16,17,18,19,23,24,25,26,27 *5
ST 10700 AK9 R 1 : R ID 1-1 =A,E,M,P,R,W,X | R N0 1-6 *3 | S ID 1-3 =1,2,3,4,5,6,10,11,12,13,14,15,16,17,18,19,23,24,25,26 *5
ST 30800 SE R 1 : R N0 1-10 | R AN 4-9
"""
