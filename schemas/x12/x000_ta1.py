"""Table of the TA1, interchange acknowledgement: a control segment that stands between ISA and GS, read as a set of one segment.

Source: the control segments of `envelope`. It has neither ST nor SE, and no version of its own.
"""

GUIDE = "TA1"
TRANSACTION = "TA1"
FUNCTIONAL_GROUP = ""
VERSIONS: tuple[str, ...] = ()
RELATED: dict[str, str] = {}

TABLE = """\
loop ST - 0000 R *
ST 10100 TA1 R 1 : R N0 9-9 | R DT 6-6 | R TM 4-4 | R ID 1-1 =A,E,R | R ID 3-3 =000,001,002,003,004,005,006,007,008,009,010,011,012,013,014,015,016,017,018,019,020,021,022,023,024,025,026,027,028,029,030,031
"""  # noqa: E501
