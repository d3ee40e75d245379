"""Control segments of an interchange, version 00501 (and the ISA of 00401).

Source: pyx12's control map for lengths, with ISA11 free (a repetition separator, where pyx12's guide maps pin the 4010 value U) and GS08 and
ST03 free, because the guides say which versions are theirs.
"""

GUIDE = "envelope"
TRANSACTION = ""
FUNCTIONAL_GROUP = ""
VERSIONS: tuple[str, ...] = ()
RELATED: dict[str, str] = {}

TABLE = """\
loop ISA - 0010 R *
ISA 0100 ISA R 1 : R ID 2-2 =00,03 | R AN 10-10 | R ID 2-2 =00,01 | R AN 10-10 | R ID 2-2 =01,14,20,27,28,29,30,33,ZZ | R AN 15-15 | R ID 2-2 =01,14,20,27,28,29,30,33,ZZ | R AN 15-15 | R DT 6-6 | R TM 4-4 | R AN 1-1 | R ID 5-5 =00401,00501 | R N0 9-9 | R ID 1-1 =0,1 | R ID 1-1 =P,T | R AN 1-1
ISA 0200 TA1 S * : R N0 9-9 | R DT 6-6 | R TM 4-4 | R ID 1-1 =A,E,R | R ID 3-3 =000,001,002,003,004,005,006,007,008,009,010,011,012,013,014,015,016,017,018,019,020,021,022,023,024,025,026,027,028,029,030,031
loop GS ISA 0300 S *
GS 0100 GS R 1 : R ID 2-2 | R AN 2-15 | R AN 2-15 | R DT 8-8 | R TM 4-8 | R N0 1-9 | R ID 1-2 =X | R AN 1-12
loop ST GS 0200 R *
ST 0100 ST R 1 : R ID 3-3 | R AN 4-9 | S AN 1-35
ST 9000 SE R 1 : R N0 1-10 | R AN 4-9
GS 9000 GE R 1 : R N0 1-6 | R N0 1-9
ISA 9000 IEA R 1 : R N0 1-5 | R N0 9-9
"""  # noqa: E501
