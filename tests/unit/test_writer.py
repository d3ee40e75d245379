"""The writer: envelope, counts, trimming, delimiters, refusals, streaming."""

from collections.abc import Iterator
from itertools import islice

import pytest

from parsers.x12.delimiters import Delimiters, read_isa
from parsers.x12.writer import USUAL, Element, Group, Interchange, Segment, Set, Unwritable, encoder, isa, write
from schemas.x12 import guide

INTERCHANGE = Interchange("SENDER", "RECEIVER", "240131", "1405", 42)
BAR = Delimiters("|", ">", "!", "$%")


def _group(name: str, number: int, *sets: Set) -> Group:
    return Group(guide(name), "APP", "OTHER", "20240131", "1405", number, sets)


def test_whole_interchange() -> None:
    first = Set("0001", [["BHT", "0019", "00", "X"], ["HI", ("ABK", "I10"), ("ABF", "", "")]])
    second = Set("0002", [["BHT", "0019"]])
    written = b"".join(write(INTERCHANGE, [_group("837P", 7, first, second), _group("835", 8, Set("0003", []))], newline="\n"))
    assert written.decode("ascii").splitlines() == [
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240131*1405*^*00501*000000042*0*T*:~",
        "GS*HC*APP*OTHER*20240131*1405*7*X*005010X222A2~",
        "ST*837*0001*005010X222A2~",
        "BHT*0019*00*X~",
        "HI*ABK:I10*ABF~",
        "SE*4*0001~",
        "ST*837*0002*005010X222A2~",
        "BHT*0019~",
        "SE*3*0002~",
        "GE*2*7~",
        "GS*HP*APP*OTHER*20240131*1405*8*X*005010X221A1~",
        "ST*835*0003~",
        "SE*2*0003~",
        "GE*1*8~",
        "IEA*2*000000042~",
    ]


@pytest.mark.parametrize("delimiters", [USUAL, BAR, Delimiters("\x1d", "\x1f", "", "\x1c")])
def test_isa_says_its_delimiters(delimiters: Delimiters) -> None:
    written = isa(INTERCHANGE, delimiters)
    assert len(written) == 105 + len(delimiters.terminator)
    read = read_isa(written + b"GS" + delimiters.element.encode())
    assert read is not None
    assert read.delimiters == delimiters
    assert read.elements[12] == "000000042"


@pytest.mark.parametrize(
    ("segment", "text"),
    [
        (["REF", "EA", "12", "", ""], "REF|EA|12"),
        (["SVC", ("HC", "99213", "", ""), "", "5"], "SVC|HC>99213||5"),
        (["SVC", ("", ""), "5"], "SVC||5"),
        (["EQ", ["30", "98"]], "EQ|30!98"),
        (["HCR", "A1", [("X", "", "1"), "Y"]], "HCR|A1|X>>1!Y"),
        (["K3", "* is data here"], "K3|* is data here"),
        (["N1", "PÉREZ"], "N1|PÉREZ"),
    ],
)
def test_segments(segment: Segment, text: str) -> None:
    assert encoder(BAR)(segment) == (text + "$%").encode("latin-1")


@pytest.mark.parametrize("mark", list(USUAL))
@pytest.mark.parametrize("place", ["plain", "component", "repetition", "repeated component"])
def test_refuses_delimiters_in_data(mark: str, place: str) -> None:
    value = f"A{mark}B"
    values: dict[str, Element] = {"plain": value, "component": ("HC", value), "repetition": ["A", value], "repeated component": ["A", ("B", value)]}
    with pytest.raises(ValueError, match="delimiter"):
        encoder()(["SVC", values[place], "1"])


@pytest.mark.parametrize("segment", [[], [""], ["N1", "Ж"]])
def test_refuses_what_is_no_segment(segment: list[str]) -> None:
    with pytest.raises(ValueError, match=r"tag|latin-1"):
        encoder()(segment)


def test_refuses_a_repetition_without_a_separator() -> None:
    with pytest.raises(ValueError, match="repetition"):
        encoder(USUAL._replace(repetition=""))(["EQ", ["1", "2"]])


@pytest.mark.parametrize("delimiters", [USUAL._replace(component="*"), USUAL._replace(element=""), USUAL._replace(terminator="^")])
def test_refuses_delimiters_that_do_not_differ(delimiters: Delimiters) -> None:
    with pytest.raises(ValueError, match="differ"):
        encoder(delimiters)


@pytest.mark.parametrize("change", [{"sender": "X" * 16}, {"control_number": 10**9}, {"date": "20240131"}, {"receiver": "A*B"}])
def test_refuses_what_does_not_fit_an_isa(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"long|delimiter"):
        isa(INTERCHANGE._replace(**change))  # type: ignore[arg-type]


def test_streams() -> None:
    """A body without end: the first bytes are there before the set is over, so nothing is collected."""

    def endless() -> Iterator[Segment]:
        number = 0
        while True:
            number += 1
            yield ["LX", str(number)]

    written = write(INTERCHANGE, [_group("837P", 1, Set("0001", endless()))])
    assert list(islice(written, 3, 6)) == [b"LX*1~", b"LX*2~", b"LX*3~"]


@pytest.mark.parametrize(
    ("segment", "place"),
    [
        (["REF", "EA", "1~2"], ("REF", 2, None)),
        (["SVC", ("HC", "9:9"), "5"], ("SVC", 1, 2)),
        (["HCR", "A1", ["X", ("Y", "Z*")]], ("HCR", 2, 2)),
        (["N1", "PR", "Ж"], ("N1", 2, None)),
    ],
)
def test_says_where_the_value_is_that_cannot_be_written(segment: Segment, place: tuple[str, int, int | None]) -> None:
    with pytest.raises(Unwritable) as caught:
        encoder()(segment)
    assert (caught.value.tag, caught.value.element, caught.value.component) == place


def test_binary_data_are_written_as_they_are() -> None:
    assert encoder()(["BIN", "5", b"\x00~*:^"]) == b"BIN*5*\x00~*:^~"
    assert encoder()(["BDS", "ASC", "0", b""]) == b"BDS*ASC*0*~"


def test_other_encodings() -> None:
    assert encoder(encoding="utf-8")(["N1", "PR", "PÉREZ Ж"]) == "N1*PR*PÉREZ Ж~".encode()
    with pytest.raises(Unwritable, match="ascii"):
        encoder(encoding="ascii")(["N1", ("PR", "É")])
