"""Guide table of the 824, application reporting for insurance (005010X186 and 005010X186A1).

Written by hand, partial: places from four public sample sets, the meaning of OTI, TED, CTX and RED from the base standard 005010.
Weakest: which qualifiers the guide allows, requirement and repeat of everything, TED08 and CTX03 to CTX06; nobody is held to them.
"""

GUIDE = "824"
TRANSACTION = "824"
FUNCTIONAL_GROUP = "AG"
VERSIONS = ("005010X186", "005010X186A1")
RELATED: dict[str, str] = {}
PARTIAL = True

TABLE = """\
loop ST - 0000 R *
ST 10100 ST R 1 : R ID 3-3 =824 | R AN 4-9 | S AN 1-35
ST 10200 BGN R 1 : R ID 2-2 | R AN 1-50 | R DT 8-8 | S TM 4-8 | S ID 2-2 | S AN 1-50 | S ID 2-2 | S ID 1-2 | S ID 2-2
loop 1000A ST 10300 R 1
1000A 0300 N1 R 1 : R ID 2-3 =41 | S AN 1-60 | S ID 1-2 | S AN 2-80 | N *2
1000A 0500 N3 S 1 : R AN 1-55 | S AN 1-55
1000A 0600 N4 S 1 : S AN 2-30 | S ID 2-2 @states | S ID 3-15 | S ID 2-3 @country | N *2 | S ID 1-3
1000A 0700 REF S * : R ID 2-3 | S AN 1-50 | N *2
1000A 0800 PER S * : R ID 2-2 | S AN 1-60 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | N
loop 1000B ST 10300 R 1
1000B 0300 N1 R 1 : R ID 2-3 =40 | S AN 1-60 | S ID 1-2 | S AN 2-80 | N *2
1000B 0500 N3 S 1 : R AN 1-55 | S AN 1-55
1000B 0600 N4 S 1 : S AN 2-30 | S ID 2-2 @states | S ID 3-15 | S ID 2-3 @country | N *2 | S ID 1-3
1000B 0700 REF S * : R ID 2-3 | S AN 1-50 | N *2
1000B 0800 PER S * : R ID 2-2 | S AN 1-60 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | N
loop 2000 ST 20100 R *
2000 0100 OTI R 1 : R ID 1-2 | R ID 2-3 | R AN 1-50 | S AN 2-15 *2 | S DT 8-8 | S TM 4-8 | S N0 1-9 | S AN 4-9 | S ID 3-3 | S AN 1-12 | S ID 2-2 *3 | S ID 1-2 *2 | S ID 3-3
2000 0200 REF S * : R ID 2-3 | S AN 1-50 | N *2
2000 0300 DTM S * : R ID 3-3 | S DT 8-8 | S TM 4-8 | N *3
2000 0400 PER S * : R ID 2-2 | S AN 1-60 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | N
2000 0500 AMT S * : R ID 1-3 | R R 1-18 | N
2000 0600 QTY S * : R ID 2-2 | R R 1-15 | N *2
loop 2100 2000 0700 S *
2100 0700 NM1 R 1 : R ID 2-3 | R ID 1-1 | S AN 1-60 | S AN 1-35 | S AN 1-25 | S AN 1-10 *2 | S ID 1-2 | S AN 2-80 | N *3
loop 2200 2000 0800 S *
2200 0800 TED R 1 : R ID 1-3 | S AN 1-60 | S ID 2-3 | S N0 1-10 | S { S N0 1-2 *2 ; S N0 1-4 } | S N0 1-4 | S AN 1-99 *2
2200 0810 CTX S * : R { S AN 1-35 *2 } x10 | S ID 2-3 | S N0 1-10 | S AN 1-6 | S { S N0 1-2 *2 ; S N0 1-4 } | S { S N0 1-4 *2 }
2200 0820 RED S * : R AN 1-80 | S ID 2-2 *2 | S AN 1-15 | S ID 1-3 | S AN 1-30
ST 30900 SE R 1 : R N0 1-10 | R AN 4-9
"""  # noqa: E501
