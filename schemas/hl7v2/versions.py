"""The versions, and how the tables mark them: a digit or small letter says from which version on something holds."""

from typing import Final

VERSIONS: Final = ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", "2.8.1", "2.8.2")
MARKS: Final = "123456789abc"
DEFAULT: Final = "2.5"
"""For a message that names none: the middle of what is in use."""
_NEAREST: Final = {"2.0": "2.1", "2.0D": "2.1", "2": DEFAULT, "2.3.2": "2.3.1", "2.7.1": "2.7"}


def version_of(text: str) -> tuple[str, bool]:
    """MSH-12.1 -> (the version whose table is used, whether the text names one of HL7)."""
    text = text.strip()
    if text in VERSIONS:
        return text, True
    if text in _NEAREST:
        return _NEAREST[text], text not in ("2",)
    if text.startswith("2.9"):
        return VERSIONS[-1], True
    return DEFAULT, False
