"""Delimiters read from an ISA as it is, and guessed where there is none."""

import pytest

from parsers.x12.delimiters import Delimiters, guess, read_isa

ISA = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240115*0930*^*00501*000000001*0*T*:~"
GS = b"GS*HC*SENDER*"

READ: dict[str, tuple[bytes, Delimiters, int, tuple[str, ...]]] = {
    "usual": (ISA + GS, Delimiters("*", ":", "^", "~"), 106, ()),
    "line break after it": (ISA + b"\r\n" + GS, Delimiters("*", ":", "^", "~"), 106, ()),
    "line feed as terminator": (ISA[:-1] + b"\n" + GS, Delimiters("*", ":", "^", "\n"), 106, ()),
    "carriage return as terminator": (ISA[:-1] + b"\r" + GS, Delimiters("*", ":", "^", "\r"), 106, ()),
    "terminator of three bytes": (ISA[:-1] + b"\xe2\x80\xa6\n" + GS, Delimiters("*", ":", "^", "\xe2\x80\xa6"), 108, ()),
    "others": (ISA.replace(b"*", b"|").replace(b"^", b"!").replace(b":~", b">\x1c") + b"GS|", Delimiters("|", ">", "!", "\x1c"), 106, ()),
    "padding lost": (ISA.replace(b"SENDER         ", b"SENDER") + GS, Delimiters("*", ":", "^", "~"), 97, ("ISA_LENGTH",)),
    "padding added": (ISA.replace(b"SENDER", b"SENDER  ") + GS, Delimiters("*", ":", "^", "~"), 108, ("ISA_LENGTH",)),
    "U as repetition": (ISA.replace(b"*^*", b"*U*") + GS, Delimiters("*", ":", "", "~"), 106, ("ISA_REPETITION",)),
    "U in 00401": (ISA.replace(b"*^*00501", b"*U*00401") + GS, Delimiters("*", ":", "", "~"), 106, ()),
    "repetition is the component separator": (ISA.replace(b"*^*", b"*:*") + GS, Delimiters("*", ":", "", "~"), 106, ("ISA_REPETITION",)),
    "TA1 follows": (ISA + b"\nTA1*", Delimiters("*", ":", "^", "~"), 106, ()),
}


@pytest.mark.parametrize("name", READ)
def test_read(name: str) -> None:
    head, delimiters, length, issues = READ[name]
    isa = read_isa(head)
    assert isa is not None
    assert (isa.delimiters, isa.length, isa.issues) == (delimiters, length, issues)
    assert (isa.elements[5].strip(), isa.elements[12], len(isa.elements)) == ("SENDER", "000000001", 16)


@pytest.mark.parametrize(
    "head", [b"", b"ISA", b"ISA*00*1*00*2*ZZ~", b"ISAAC NEWTON WAS HERE AND WROTE THIS", ISA[:-2] + b"**~" + GS, ISA[:104] + b"A~" + GS]
)
def test_not_an_isa(head: bytes) -> None:
    assert read_isa(head) is None


GUESSED = {
    b"ST*837*0001~BHT*0019~": Delimiters("*", ":", "", "~"),
    b"ST|835|0001\nBPR|I|1\nSVC|HC>1|": Delimiters("|", ">", "", "\n"),
    b"GS*HC*A*B*20240101*1200*1*X*005010X222A1'\r\nST*837*": Delimiters("*", ":", "", "'"),
    b"ST*999*1~\n": Delimiters("*", ":", "^", "~"),
}


@pytest.mark.parametrize("head", GUESSED)
def test_guessed(head: bytes) -> None:
    assert guess(head) == GUESSED[head]


@pytest.mark.parametrize("head", [b"", b"STAR WARS IS A FILM", b"HL*1**20*1~", b"ST*8"])
def test_nothing_to_guess_from(head: bytes) -> None:
    assert guess(head) is None
