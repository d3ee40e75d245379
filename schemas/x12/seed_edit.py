"""One change of a seeded table; the modules `seed_edits*` list them, `seed` applies them."""

from typing import NamedTuple

ST03 = "the transaction set names its guide in ST03; which version strings are this guide's is said once, in VERSIONS"
ONE_POSITION = "loops opened by the same segment of the standard share its position, so that they may come in any order; pyx12 spreads them"


class Edit(NamedTuple):
    """In the rows that start with `rows` and hold `old`: replace `old` by `new`, drop the row (new None), or add rows after the last one."""

    rows: str
    why: str
    old: str = ""
    new: str | None = None
    add: str = ""


def moved(loop: str, parent: str, seeded: str, position: str) -> Edit:
    """The loop at another position."""
    return Edit(f"loop {loop} {parent} ", ONE_POSITION, f" {seeded} ", f" {position} ")
