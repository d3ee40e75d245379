"""What hl7apy 1.3 gets wrong, or reads otherwise than this program does on purpose: patterns on its messages, and why."""

from schemas.hl7v2.wanted import TABLES

_OPEN = (
    "0007", "0023", "0069", "0092", "0098", "0112", "0130", "0141", "0190", "0200", "0201", "0203", "0204", "0215", "0217", "0220", "0223",
    "0231", "0270", "0301", "0305", "0315", "0316", "0360", "0396", "0399", "0441",
)  # fmt: skip
"""Tables of the users, and those of HL7 that every version has added to."""
KNOWN: dict[str, tuple[str, str]] = {
    "choice": (r"Missing required child ORM_O01\w*\.(OBR|RQD|RQ1|RXO|ODS|ODT)$", "it asks for every segment of a choice of which one is enough"),
    "coded": (r"^Datatype None is not correct", "it calls a code with a text or a second repetition (TXA-2 as code and text) a wrong data type"),
    "withdrawn": (r"^Child limit exceeded \w+_\d+\.\w+_\d+$", "a field or component that a version has withdrawn may still be filled"),
    "structure": (r"^Unknown element found: None\.<Message >$", "it has no structure for the event, and calls that an error of the message"),
    "open": (rf"not in table HL7({'|'.join(_OPEN)}) ", "the table is open: sites and later versions add codes"),
    "codes": (rf"not in table HL7({'|'.join(TABLES)}) ", "codes of later versions may be sent ahead of MSH-12; ours are those of all versions"),
    "timing": (r"Missing required child RDE_O11_ORDER\.RDE_O11_TIMING_ENCODED$", "it gives the timing behind an RXE to the group before it"),
    "order": (r"^Invalid children detected for <(Message|Group) ", "it asks for the segments in the order of their groups"),
    "ahead": (r"^Invalid children detected for <(Segment|Field|Component) ", "fields and components of later versions may be sent ahead of MSH-12"),
}
"""Name -> (pattern on hl7apy's message, why)."""
