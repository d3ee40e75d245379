"""What a check hands back."""

from typing import NamedTuple

from schemas.codes.findings import FindingKind


class Problem(NamedTuple):
    """What a check found. `line` is the index in `lines`; `level` and `difference` (decimal text) are set for an imbalance.

    `level`: line, claim, lines_to_claim, payment, cob_line, cob_claim. `difference` is what the formula gives less what the sender states.
    `where` names the element in words ("SV101-2"), where a rule is about one. `kind` comes with a code that a site made (`SITE_...`).
    """

    code: str
    line: int | None = None
    level: str = ""
    difference: str = ""
    where: str = ""
    kind: FindingKind | None = None
