"""How a partner wants its interchanges written: delimiters, character set, line breaks, envelope. Plain data."""

from typing import Literal, NamedTuple

from parsers.x12.delimiters import Delimiters

Charset = Literal["basic", "extended", "latin-1", "utf-8"]

_BASIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !\"&'()*+,-./:;?="
_EXTENDED = "abcdefghijklmnopqrstuvwxyz%@[]_{}\\|<>~^`#$"
CHARACTERS: dict[str, frozenset[int]] = {
    "basic": frozenset(map(ord, _BASIC)),
    "extended": frozenset(map(ord, _BASIC + _EXTENDED)),
}
"""Character codes of the X12 sets that a profile may hold a partner to."""
CANDIDATES = "*|~:>^!<+;`{}[]=%$#@?&\\_"
"""Delimiters that are tried, in this order, where a profile lets them be chosen."""


class Profile(NamedTuple):
    """None and "" leave what the source has. `newline` stands behind each terminator; `trim` leaves out empty elements and components at the end.

    `choose`: another delimiter is taken where data hold the one that is wanted. `versions` are pairs (GS08 or ST03 as it is, as it shall be).
    `interchange`, `group` and `set` are the first control numbers; further ones count up, sets anew in each group.
    """

    delimiters: Delimiters | None = None
    newline: str | None = None
    charset: Charset | None = None
    trim: bool = False
    choose: bool = False
    sender_qualifier: str = ""
    sender: str = ""
    receiver_qualifier: str = ""
    receiver: str = ""
    application_sender: str = ""
    application_receiver: str = ""
    usage: Literal["", "P", "T"] = ""
    acknowledgment: Literal["", "0", "1"] = ""
    versions: tuple[tuple[str, str], ...] = ()
    interchange: int | None = None
    group: int | None = None
    set: int | None = None


def problem(profile: Profile) -> str:
    """Why nothing can be written under this profile, as a sentence; "" when it is good."""
    marks = [mark for mark in profile.delimiters or () if mark]
    wanted = profile.delimiters
    if wanted is not None and (not all((wanted.element, wanted.component, wanted.terminator)) or len(set(marks)) != len(marks)):
        return "element, component, repetition and terminator have to be there and differ"
    if any(len(mark) != 1 or mark.isalnum() or mark in " \t" or ord(mark) > _LAST_BYTE for mark in marks):
        return "a delimiter is one character that is no letter, digit or blank"
    widths = ((profile.sender, 15), (profile.receiver, 15), (profile.application_sender, 15), (profile.application_receiver, 15),
              (profile.sender_qualifier, 2), (profile.receiver_qualifier, 2))  # fmt: skip
    if any(len(value) > width for value, width in widths):
        return "an identifier is too long for its place: 15 characters, a qualifier 2"
    numbers = profile.interchange, profile.group, profile.set
    if any(number is not None and not 0 < number < _MOST for number in numbers):
        return "a control number has 1 to 9 digits and is not 0"
    envelope = [value for value, _ in widths] + [text for pair in profile.versions for text in pair]
    if any(mark in value for mark in marks for value in envelope):
        return "an identifier holds a delimiter"
    return ""


_LAST_BYTE, _MOST = 255, 10**9
