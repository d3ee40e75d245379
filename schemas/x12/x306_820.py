"""Guide table of the 820 of health insurance exchanges (005010X306): payments to plans and marketplaces.

Written by hand, partial: places and qualifiers from 17 public sample sets, types and lengths of the segments from the 820 of 005010X218.
Weakest: everything about requirement and repeat, so nobody is held to them.
"""

GUIDE = "820X306"
TRANSACTION = "820"
FUNCTIONAL_GROUP = "RA"
VERSIONS = ("005010X306",)
RELATED: dict[str, str] = {}
PARTIAL = True

TABLE = """\
loop ST - 0000 R *
ST 10100 ST R 1 : R ID 3-3 =820 | R AN 4-9 | R AN 1-35
ST 10200 BPR R 1 : R ID 1-2 | R R 1-18 | R ID 1-1 | R ID 3-3 | S ID 1-10 | S ID 2-2 | S AN 3-12 | S ID 1-3 | S AN 1-35 | S AN 10-10 | S AN 9-9 | S ID 2-2 | S AN 3-12 | S ID 1-3 | S AN 1-35 | R DT 8-8 | N *5
ST 10350 TRN R 1 : R ID 1-2 | R AN 1-50 | S AN 10-10 | S AN 1-50
ST 10400 CUR S 1 : R ID 2-3 | R ID 3-3 @currency
ST 10500 REF S * : R ID 2-3 | R AN 1-50 | N *2
ST 10600 DTM S 1 : R ID 3-3 =009,035,097 | R DT 8-8 | N *4
ST 10600 DTM S 1 : R ID 3-3 =582 | N *3 | R ID 2-3 =RD8 | R AN 1-35
loop 1000A ST 10700 R 1
1000A 0700 N1 R 1 : R ID 2-3 =PE | S AN 1-60 | S ID 1-2 | S AN 2-80 | N *2
1000A 0900 N3 S 1 : R AN 1-55 | S AN 1-55
1000A 1000 N4 S 1 : S AN 2-30 | S ID 2-2 @states | S ID 3-15 | S ID 2-3 @country | N *2 | S ID 1-3
1000A 1200 PER S * : R ID 2-2 | S AN 1-60 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | N
loop 1000B ST 10700 R 1
1000B 0700 N1 R 1 : R ID 2-3 =PR,RM | S AN 1-60 | S ID 1-2 | S AN 2-80 | N *2
1000B 0900 N3 S 1 : R AN 1-55 | S AN 1-55
1000B 1000 N4 S 1 : S AN 2-30 | S ID 2-2 @states | S ID 3-15 | S ID 2-3 @country | N *2 | S ID 1-3
1000B 1200 PER S * : R ID 2-2 | S AN 1-60 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | S ID 2-2 | S AN 1-256 | N
loop 2000 ST 20100 S *
2000 0100 ENT R 1 : R N0 1-6 | S ID 2-3 | S ID 1-2 | S AN 2-80 | N *5
loop 2100 2000 0200 S 1
2100 0200 NM1 R 1 : R ID 2-3 =DO,EY,IL,QE | R ID 1-1 | S AN 1-60 | S AN 1-35 | S AN 1-25 | S AN 1-10 *2 | S ID 1-2 | S AN 2-80 | N *3
2100 0700 REF S * : R ID 2-3 | R AN 1-50 | N *2
loop 2300 2000 1500 R *
2300 1500 RMR R 1 : R ID 2-3 | R AN 1-50 | S ID 2-2 | R R 1-18 | S R 1-18 | N *3
2300 1700 REF S * : R ID 2-3 | R AN 1-50 | N *2
2300 1800 DTM S 1 : R ID 3-3 =582,AAG | S DT 8-8 | N *2 | S ID 2-3 =RD8 | S AN 1-35
loop 2320 2300 2100 S *
2320 2100 ADX R 1 : R R 1-18 | R ID 2-2 | N *2
ST 30500 SE R 1 : R N0 1-10 | R AN 4-9
"""  # noqa: E501
