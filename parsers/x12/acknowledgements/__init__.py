"""Acknowledgements of a received file: TA1, 999 or 997, and 277CA. Each is a rendering, a pure function of the bytes and of the findings.

`wanted` says which interchanges are to be written, so that control numbers can be drawn first; `write` gives the bytes of one of them. What
was published decides: R is said only of what was refused, and a claim is rejected exactly when it was refused.
"""

from parsers.x12.acknowledgements.profile import Findings, Kind, Numbers, Profile, Wanted
from parsers.x12.acknowledgements.wanted import wanted
from parsers.x12.acknowledgements.writing import write

__all__ = ["Findings", "Kind", "Numbers", "Profile", "Wanted", "wanted", "write"]
