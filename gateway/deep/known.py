"""What pyx12 4 gets wrong, or reads otherwise than this program does on purpose: patterns on its messages, and why."""

KNOWN: dict[str, tuple[str, str]] = {
    "pwk": (r"\(PWK02\)", "it holds the second PWK of a line, told apart by PWK01, against the codes of the first"),
    "bht06": (r"\(BHT06\)", "it has no subrogation (31)"),
    "plb": (r"Loop FOOTER exceeded max count", "it counts a second PLB as a second footer"),
    "isa11": (r"\(ISA11\)", "it asks for U in ISA11, which is the repetition separator"),
    "blank": (r"trailing space|trailing spaces", "a blank at the end of an AN element is data"),
    "empty": (r"contains trailing element terminators", "nothing is lost by an element separator at the end of a segment"),
    "state": (r"is not a valid code for .*\((N402|CLM11-04)\)", "its list of states is of its own time"),
}
"""Name -> (pattern on pyx12's message, why)."""

VERSIONS = {
    "837P": "005010X222A1",
    "837I": "005010X223A2",
    "835": "005010X221A1",
    "834": "005010X220A1",
    "820": "005010X218",
    "277CA": "005010X214",
    "999": "005010X231A1",
}
"""Guide -> the one version string under which pyx12 finds its map."""
