"""What a check hands back."""

from typing import NamedTuple


class Problem(NamedTuple):
    """What a check found. `line` is the index in `lines`; `level` and `difference` (decimal text) are set for an imbalance.

    `level`: line, claim, lines_to_claim, payment, cob_line, cob_claim. `difference` is what the formula gives less what the sender states.
    """

    code: str
    line: int | None = None
    level: str = ""
    difference: str = ""
