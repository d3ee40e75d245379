"""The guide tables against what they were made from, against the facts the project states, and the row format itself."""

import importlib
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import pyx12

from schemas import x12
from schemas.x12.guide import QUALIFIERS, QUALIFIERS_AMONG_NAMESAKES, Element, Guide, Loop, Segment, qualifier_codes
from schemas.x12.seed import edited, seed
from schemas.x12.seed_edits import Edit

MAP_FOLDER = Path(pyx12.__file__).parent / "map"
MAP_FILES = {
    "277": "277.5010.X212.xml", "277CA": "277.5010.X214.xml", "820": "820.5010.X218.xml", "834": "834.5010.X220.A1.xml",
    "835": "835.5010.X221.A1.xml", "837I": "837Q3.I.5010.X223.A1.xml", "837P": "837.5010.X222.A1.xml", "999": "999.5010X231.A1.xml",
}  # fmt: skip
NAMES = sorted([*MAP_FILES, "834X307", "837D"])
WRAPPERS = {"HEADER", "DETAIL", "FOOTER", "1100C", "TABLE2AREA2", "TABLE2AREA3", "TABLE2AREA4", "TABLE2AREA5", "TABLE2AREA6"}
LEVELS = {"277": ("2000A", "2000B", "2000C", "2000D", "2000E")}
"""Hierarchical levels that a map has side by side and the table one in the other."""
Path_ = tuple[str, ...]

# Where a table is meant to differ from pyx12's map: (guide, place) -> (pyx12 says, the table says).
CORRECTED_ROWS: dict[tuple[str, str, str], tuple[str, str]] = {
    ("277CA", "ST/2000A/2000B", "2000C"): ("R", "S"),
    ("277CA", "ST/2000A/2000B/2000C", "2200C"): ("R", "S"),
    ("277CA", "ST/2000A/2000B/2000C/2000D/2200D", "DTP"): ("R", "S"),
    ("834", "ST/1000C", "ACT"): ("R", "S"),
}
_GROUPS, _SETS = ("BE", "HB", "HC", "HI", "HN", "HP", "HR", "HS", "RA"), ("270", "271", "276", "277", "278", "820", "834", "835", "837")
CORRECTED_ELEMENTS: dict[tuple[str, str], tuple[object, object]] = {
    ("277", "ST/ST#0/3"): (("R", "AN", 1, 35, ("005010X212",)), ("R", "AN", 1, 35, ())),
    ("277CA", "ST/ST#0/3"): (("R", "AN", 1, 35, ("005010X214",)), ("R", "AN", 1, 35, ())),
    ("820", "ST/ST#0/3"): (("R", "AN", 1, 35, ("005010X218",)), ("R", "AN", 1, 35, ())),
    ("834", "ST/ST#0/3"): (("R", "AN", 1, 35, ("005010X220A1",)), ("R", "AN", 1, 35, ())),
    ("999", "ST/ST#0/3"): (("R", "AN", 1, 35, ("005010X231A1",)), ("R", "AN", 1, 35, ())),
    ("999", "ST/AK1#1/1"): (("R", "ID", 2, 2, _GROUPS), ("R", "ID", 2, 2, tuple(sorted((*_GROUPS, "AG", "PI"))))),
    ("999", "ST/2000/AK2#0/1"): (("R", "ID", 3, 3, _SETS), ("R", "ID", 3, 3, tuple(sorted((*_SETS, "275", "824"))))),
    ("837P", "ST/ST#0/3"): (("S", "AN", 1, 35, ()), ("R", "AN", 1, 35, ())),
    ("837P", "ST/BHT#1/6"): (("R", "ID", 2, 2, ("CH", "RP")), ("R", "ID", 2, 2, ("31", "CH", "RP"))),
    ("837I", "ST/ST#0/3"): (("R", "AN", 1, 35, ("005010X223A2",)), ("R", "AN", 1, 35, ())),
}
PLB_REASONS_OMITTED = {("835", f"ST/PLB#7/{element}-1") for element in (5, 7, 9, 11, 13)}
CORRECTED_POSITIONS = {
    "277": {"2000B", "2000C", "2000D", "2000E"},
    "277CA": set(),
    "820": {"1000B", "1000C"},
    "834": {"1000B", "1000C"},
    "999": set(),
    "837P": {"2330D", "2330E", "2330F", "2330G", "2410", "2420G", "2420H"},
    "837I": {"1000B", "2010AC", "2000B", "2000C", "2310F", "2330D", "2330E", "2330F", "2330G", "2330H", "2330I", "2410", "2420D"},
    "835": {"1000B"},
}


def _text(node: ElementTree.Element, tag: str) -> str:
    return node.findtext(tag, "").strip()


def _map_nodes(node: ElementTree.Element, path: Path_) -> Iterator[tuple[Path_, ElementTree.Element]]:
    """(path of the loop it stands in, node) of every loop and segment of a pyx12 map, wrappers left out."""
    for child in node:
        if child.tag == "segment":
            yield path, child
        elif child.tag == "loop":
            name = child.attrib["xid"]
            if name in WRAPPERS:
                yield from _map_nodes(child, path)
            else:
                yield path, child
                yield from _map_nodes(child, (*path, name))


def _map(name: str) -> list[tuple[Path_, ElementTree.Element]]:
    whole = ElementTree.parse(MAP_FOLDER / MAP_FILES[name])  # noqa: S314
    root = whole.find(".//loop[@xid='ST_LOOP']")
    assert root is not None
    nodes = [(_below_levels(name, path, node), node) for path, node in _map_nodes(root, ("ST",))]
    if not any(node.attrib["xid"] == "SE" for _, node in nodes):  # a map may have it outside
        nodes += [(("ST",), node) for node in whole.iter("segment") if node.attrib["xid"] == "SE"]
    return nodes


def _below_levels(name: str, path: Path_, node: ElementTree.Element) -> Path_:
    """The path of a node in the table, where each level stands in the one above."""
    levels = LEVELS.get(name, ())
    level = next((level for level in (*path, node.attrib["xid"]) if level in levels[1:] and levels[0] not in path), None)
    return path if level is None else ("ST", *levels[: levels.index(level)], *path[1:])


def _expanded(loop: Loop, path: Path_) -> Iterator[tuple[Path_, Segment | Loop]]:
    """The same for a table, every shared subtree walked wherever it stands."""
    for child in sorted([*loop.segments, *loop.loops], key=lambda child: child.index):
        yield path, child
        if isinstance(child, Loop):
            yield from _expanded(child, (*path, child.id))


def _limit(text: str) -> int | None:
    return None if text.startswith(">") else int(text)


def _facts(path: Path_, node: ElementTree.Element) -> tuple[str, str, str, int | None]:
    most = _text(node, "max_use") if node.tag == "segment" else _text(node, "repeat")
    return "/".join(path), node.attrib["xid"], _text(node, "usage"), _limit(most)


def _row_facts(path: Path_, row: Segment | Loop) -> tuple[str, str, str, int | None]:
    return "/".join(path), row.tag if isinstance(row, Segment) else row.id, row.req, row.max


def _corrected(name: str, facts: tuple[str, str, str, int | None]) -> tuple[str, str, str, int | None]:
    path, row, requirement, most = facts
    said, corrected = CORRECTED_ROWS.get((name, path, row), (requirement, requirement))
    assert said == requirement
    return path, row, corrected, most


@pytest.mark.parametrize("name", MAP_FILES)
def test_every_loop_and_segment_of_the_map_is_there_with_requirement_and_repeat(name: str) -> None:
    wanted = [_corrected(name, _facts(path, node)) for path, node in _map(name)]
    found = [_row_facts(path, row) for path, row in _expanded(x12.guide(name).root, ("ST",))]
    assert sorted(found, key=str) == sorted(wanted, key=str)


@pytest.mark.parametrize("name", MAP_FILES)
def test_positions_differ_from_the_map_only_where_corrected(name: str) -> None:
    moved = set()
    rows = {("/".join(path), row.id): row.pos % 10000 for path, row in _expanded(x12.guide(name).root, ("ST",)) if isinstance(row, Loop)}
    for path, node in _map(name):
        if node.tag == "loop" and rows["/".join(path), node.attrib["xid"]] != int(_text(node, "pos")):
            moved.add(node.attrib["xid"])
    assert moved == CORRECTED_POSITIONS[name]


def _kinds() -> dict[str, tuple[str, int, int]]:
    nodes = ElementTree.parse(MAP_FOLDER / "dataele.xml").iter("data_ele")  # noqa: S314
    return {node.attrib["ele_num"]: (node.attrib["data_type"], int(node.attrib["min_len"]), int(node.attrib["max_len"])) for node in nodes}


def _map_elements(name: str) -> Iterator[tuple[str, object]]:
    """(place, facts) of each element and component; place is path/TAG#n/element[-component], n counting the segments of the loop."""
    kinds = _kinds()
    counts: dict[Path_, int] = {}
    for path, segment in _map(name):
        if segment.tag != "segment":
            continue
        number = counts.get(path, 0)
        counts[path] = number + 1
        where = f"{'/'.join(path)}/{segment.attrib['xid']}#{number}"
        yield f"{where}&", tuple((rule.text or "").strip() for rule in segment.findall("syntax"))
        for position, node in enumerate((child for child in segment if child.tag in {"element", "composite"}), 1):
            parts = [(f"{where}/{position}", node)]
            if node.tag == "composite" and _text(node, "usage") != "N":
                yield f"{where}/{position}", _text(node, "usage")
                parts = [(f"{where}/{position}-{number}", part) for number, part in enumerate(node.findall("element"), 1)]
            for place, part in parts:
                usage = _text(part, "usage")
                codes = tuple((code.text or "").strip() for code in part.findall("valid_codes/code"))
                yield place, "N" if usage == "N" else (usage, *kinds[_text(part, "data_ele")], codes)


def _element_facts(element: Element) -> object:
    return element.req if element.req == "N" or element.components else (element.req, element.type, element.min, element.max, element.codes)


def _table_elements(guide: Guide) -> Iterator[tuple[str, object]]:
    counts: dict[Path_, int] = {}
    for path, row in _expanded(guide.root, ("ST",)):
        if isinstance(row, Loop):
            continue
        number = counts.get(path, 0)
        counts[path] = number + 1
        where = f"{'/'.join(path)}/{row.tag}#{number}"
        yield f"{where}&", row.syntax
        for position, element in enumerate(row.elements, 1):
            yield f"{where}/{position}", _element_facts(element)
            for component, part in enumerate(element.components, 1):
                yield f"{where}/{position}-{component}", _element_facts(part)


@pytest.mark.parametrize("name", MAP_FILES)
def test_elements_codes_and_syntax_rules_differ_from_the_map_only_where_corrected(name: str) -> None:
    wanted = dict(_map_elements(name))
    found = dict(_table_elements(x12.guide(name)))
    assert found.keys() == wanted.keys()
    differing = {place: (wanted[place], found[place]) for place in wanted if wanted[place] != found[place]}
    spread = {place: facts for place, facts in differing.items() if (name, place) in PLB_REASONS_OMITTED}
    assert {(name, place): facts for place, facts in differing.items() if place not in spread} == {
        key: facts for key, facts in CORRECTED_ELEMENTS.items() if key[0] == name
    }
    assert {(name, place) for place in spread} == {key for key in PLB_REASONS_OMITTED if key[0] == name}
    assert all(facts[1] == found["ST/PLB#7/3-1"] for facts in spread.values())


@pytest.mark.parametrize("name", NAMES)
def test_seeding_again_gives_the_checked_in_table(name: str) -> None:
    module = next(module for module in x12._modules().values() if name == module.GUIDE)
    assert seed(name) == module.TABLE


def test_an_edit_that_fits_no_row_is_an_error() -> None:
    with pytest.raises(ValueError, match="no row for the edit of 'A 0200'"):
        edited("A 0100 NM1 R 1 : N\n", (Edit("A 0200", "gone"),))


# The facts the project states about the guides, section by section.


def _lines(name: str, loop: str, tag: str) -> list[Segment]:
    return [segment for segment in x12.guide(name).segments() if segment.loop == loop and segment.tag == tag]


def test_835_has_no_cr_group_and_no_st03() -> None:
    for loop in ("2100", "2110"):
        assert _lines("835", loop, "CAS")[0].elements[0].codes == ("CO", "OA", "PI", "PR")
    assert _lines("835", "ST", "ST")[0].elements[2].req == "N"


@pytest.mark.parametrize("name", ["837P", "837I", "837D"])
def test_837_keeps_the_cr_group_and_needs_st03(name: str) -> None:
    assert "CR" in _lines(name, "2320", "CAS")[0].elements[0].codes
    assert _lines(name, "ST", "ST")[0].elements[2] == Element("R", "AN", 1, 35)


@pytest.mark.parametrize(("name", "loop"), [("835", "2100"), ("837P", "2320"), ("837I", "2320"), ("837D", "2320")])
def test_remark_codes_stand_at_moa_03_to_07(name: str, loop: str) -> None:
    elements = _lines(name, loop, "MOA")[0].elements
    assert [at for at, element in enumerate(elements, 1) if element.external == "remark_code"] == [3, 4, 5, 6, 7]


@pytest.mark.parametrize(("name", "loop"), [("835", "2100"), ("837I", "2320")])
def test_remark_codes_stand_at_mia_05_and_20_to_23(name: str, loop: str) -> None:
    elements = _lines(name, loop, "MIA")[0].elements
    assert [at for at, element in enumerate(elements, 1) if element.external == "remark_code"] == [5, 20, 21, 22, 23]


def test_third_related_cause_is_not_used() -> None:
    assert _lines("837P", "2300", "CLM")[0].elements[10].components[2].req == "N"


def test_cas_has_six_triplets() -> None:
    for name in NAMES:
        for segment in (segment for segment in x12.guide(name).segments() if segment.tag == "CAS"):
            assert len(segment.elements) == 19
            assert [segment.elements[at].type for at in (1, 4, 7, 10, 13, 16)] == ["ID"] * 6


def test_present_on_admission_is_component_nine() -> None:
    principal = next(line for line in _lines("837I", "2300", "HI") if "ABK" in qualifier_codes(line, (1, 1)))
    assert principal.elements[0].components[8].codes == ("N", "U", "W", "Y")


PROVIDER_LOOPS = {
    "837P": {
        "2310A": {"DN", "P3"}, "2310B": {"82"}, "2310C": {"77"}, "2310D": {"DQ"}, "2310E": {"PW"}, "2310F": {"45"},
        "2330A": {"IL"}, "2330B": {"PR"}, "2330C": {"DN", "P3"}, "2330D": {"82"}, "2330E": {"77"}, "2330F": {"DQ"}, "2330G": {"85"},
        "2420A": {"82"}, "2420B": {"QB"}, "2420C": {"77"}, "2420D": {"DQ"}, "2420E": {"DK"}, "2420F": {"DN", "P3"}, "2420G": {"PW"}, "2420H": {"45"},
    },
    "837I": {
        "2310A": {"71"}, "2310B": {"72"}, "2310C": {"ZZ"}, "2310D": {"82"}, "2310E": {"77"}, "2310F": {"DN"},
        "2330A": {"IL"}, "2330B": {"PR"}, "2330C": {"71"}, "2330D": {"72"}, "2330E": {"ZZ"}, "2330F": {"77"}, "2330G": {"82"}, "2330H": {"DN"},
        "2330I": {"85"}, "2420A": {"72"}, "2420B": {"ZZ"}, "2420C": {"82"}, "2420D": {"DN"},
    },
    "837D": {
        "2310A": {"DN", "P3"}, "2310B": {"82"}, "2310C": {"77"}, "2310D": {"DD"}, "2310E": {"DQ"},
        "2330A": {"IL"}, "2330B": {"PR"}, "2330C": {"DN", "P3"}, "2330D": {"82"}, "2330E": {"DQ"}, "2330F": {"85"}, "2330G": {"77"}, "2330H": {"DD"},
        "2420A": {"82"}, "2420B": {"DD"}, "2420C": {"DQ"}, "2420D": {"77"},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", PROVIDER_LOOPS)
def test_provider_loops_carry_their_entity_codes(name: str) -> None:
    found = {loop.id: set(loop.segments[0].elements[0].codes) for loop in x12.guide(name).loops() if loop.id[:4] in {"2310", "2330", "2420"}}
    assert found == PROVIDER_LOOPS[name]


DENTAL_LINES = {
    ("2300", "DTP"): {"439", "050", "452", "472"},
    ("2300", "REF"): {"4N", "9F", "G1", "F8", "9A", "9C", "D9", "G3"},
    ("2330B", "REF"): {"2U", "EI", "FY", "NF", "G1", "9F", "T4", "F8", "G3"},
    ("2400", "DTP"): {"472", "139", "441", "452", "446", "196", "198"},
    ("2400", "REF"): {"9B", "9D", "G1", "6R", "9F", "G3"},
}


@pytest.mark.parametrize("place", DENTAL_LINES)
def test_dental_dates_and_references(place: tuple[str, str]) -> None:
    assert {code for line in _lines("837D", *place) for code in line.elements[0].codes} == DENTAL_LINES[place]


def test_dental_claim_and_line_elements() -> None:
    claim = _lines("837D", "2300", "CLM")[0].elements
    assert (len(claim), claim[18].codes, claim[9].req) == (20, ("PB",), "N")
    assert [_lines("837D", "2300", tag)[0].max for tag in ("DN1", "DN2")] == [1, 35]
    assert _lines("837D", "2300", "DN2")[0].elements[5].codes == ("JP",)
    service = _lines("837D", "2400", "SV3")[0].elements
    assert (service[0].components[0].codes, len(service[3].components), len(service[10].components)) == (("AD",), 5, 4)
    tooth = _lines("837D", "2400", "TOO")[0].elements
    assert (tooth[0].codes, tooth[2].components[0].codes) == (("JP",), ("B", "D", "F", "I", "L", "M", "O"))
    assert not {"PAT", "SV1", "SV5", "CR1", "CR2", "CRC", "LIN"} & {s.tag for s in x12.guide("837D").segments() if s.loop != "2000C"}


# Which line of one tag a segment is.


def _starters(loop: Loop) -> list[Segment]:
    return [child.segments[0] for child in loop.loops]


@pytest.mark.parametrize("name", NAMES)
def test_lines_that_compete_in_one_place_are_told_apart_by_their_qualifier(name: str) -> None:
    guide = x12.guide(name)
    for loop in guide.loops():
        for rivals in (loop.segments, [*loop.segments, *_starters(loop)]):
            for at, segment in enumerate(rivals):
                for other in rivals[at + 1 :]:
                    if other.tag != segment.tag or other is segment:
                        continue
                    place = guide.qualifier(segment)
                    assert place is not None, (loop.id, segment)
                    assert place == guide.qualifier(other)
                    assert not set(qualifier_codes(segment, place)) & set(qualifier_codes(other, place)), (loop.id, segment.tag)


def test_qualifier_of_a_line() -> None:
    guide = x12.guide("837P")
    assert guide.qualifier(_lines("837P", "2000A", "HL")[0]) == (3, None)
    assert guide.qualifier(_lines("837P", "2300", "HI")[0]) == (1, 1)
    assert [guide.qualifier(line) for line in _lines("837P", "2400", "PWK")] == [(2, None)] * 2
    assert guide.qualifier(_lines("837P", "2300", "PWK")[0]) is None
    assert guide.qualifier(_lines("837P", "2300", "CLM")[0]) is None
    assert not QUALIFIERS.keys() & QUALIFIERS_AMONG_NAMESAKES.keys()


# The loader.


def test_guides_are_found_by_listing_and_versions_of_a_family_share_one() -> None:
    modules = {path.stem for path in Path(x12.__file__).parent.glob("x[0-9]*_*.py")}
    assert {module.__name__.rpartition(".")[2] for module in x12._modules().values()} == modules
    assert set(x12.guides()) == set(x12.guide_names())
    assert x12.guide_for("005010X222A1") is x12.guide_for("005010X222A2") is x12.guides()["837P"]
    versions = {"837P": ("", "A1", "A2"), "837I": ("", "A1", "A2", "A3"), "837D": ("", "A1", "A2", "A3"), "835": ("", "A1")}
    numbers = {"837P": "X222", "837I": "X223", "837D": "X224", "835": "X221"}
    for name, number in numbers.items():
        guide = x12.guide(name)
        assert guide.versions == tuple(f"005010{number}{errata}" for errata in versions[name])
        assert (guide.transaction, guide.functional_group) == (("835", "HP") if name == "835" else ("837", "HC"))
    assert x12.guide_for("004010X098A1") is None


@pytest.mark.parametrize(
    ("version", "name", "use"),
    [
        ("005010X291", "837P", "predetermination"),
        ("005010X292", "837I", "predetermination"),
        ("005010X298", "837P", "postadjudicated"),
        ("005010X299", "837I", "postadjudicated"),
        ("005010X300", "837D", "postadjudicated"),
    ],
)
def test_related_versions_borrow_the_table(version: str, name: str, use: str) -> None:
    guide = x12.guide_for(version)
    assert guide is not None
    assert (guide.name, guide.related[version], version in guide.versions) == (name, use, False)


def test_control_segments() -> None:
    x12.control_segments.cache_clear()
    rows = {segment.tag: segment for segment in x12.control_segments().segments()}
    assert set(rows) == {"ISA", "TA1", "GS", "ST", "SE", "GE", "IEA"}
    assert x12.control_segments.__wrapped__().root == x12.control_segments().root
    isa = rows["ISA"].elements
    assert all(element.min == element.max for element in isa)
    assert 3 + sum(1 + element.max for element in isa) + 1 == 106
    assert isa[10].codes == ()
    assert rows["GS"].elements[7].codes == rows["ST"].elements[2].codes == ()


@pytest.mark.parametrize("name", NAMES)
def test_the_tree_is_complete_and_in_order(name: str) -> None:
    guide = x12.guide(name)
    loops = list(guide.loops())
    by_id = {loop.id: loop for loop in loops if loop.same is None}
    assert len(by_id) == len([loop for loop in loops if loop.same is None])
    assert all(segment.loop in by_id for segment in guide.segments())
    for loop in loops:
        assert loop.segments, f"{loop.id} cannot be opened"
        places = [(child.pos, child.index) for child in loop.children()]
        assert places == sorted(places)
        if loop.same is None:
            indexes = [child.index for child in loop.children()]
            assert name == "835" or indexes == sorted(indexes), f"{loop.id}: rows and positions disagree"
    assert [child.tag for child in guide.root.children() if isinstance(child, Segment)][-1] == "SE"


@pytest.mark.parametrize("name", ["837D", "837I", "837P"])
def test_a_patient_holds_the_same_claim_loop_as_a_subscriber(name: str) -> None:
    loops = {(loop.id, loop.parent): loop for loop in x12.guide(name).loops()}
    own, again = loops["2300", "2000B"], loops["2300", "2000C"]
    assert again.segments is own.segments
    assert again.loops is own.loops
    assert (own.req, again.req, again.same) == ("S", "R", "2000B")


@pytest.mark.parametrize("name", NAMES)
def test_text_and_guide_are_one_another(name: str) -> None:
    guide = x12.guide(name)
    module = importlib.import_module(f"schemas.x12.{next(m.__name__ for m in x12._modules().values() if name == m.GUIDE).rsplit('.', 1)[1]}")
    assert x12.to_text(guide) == module.TABLE
    said = (guide.transaction, guide.functional_group, guide.versions, guide.related, guide.purposes, guide.partial)
    assert x12.parse(f"# a comment\n\n{module.TABLE}", name, *said) == guide


@pytest.mark.parametrize("name", NAMES)
def test_parsing_a_table_is_quick(name: str) -> None:
    text = x12.to_text(x12.guide(name))
    durations = []
    for _ in range(5):
        start = time.perf_counter()
        x12.parse(text)
        durations.append(time.perf_counter() - start)
    assert min(durations) < 0.04


# The row format.

SMALL = "loop ST - 0000 R *\nST 10100 ST R 1 : R ID 3-3 =837 & \n".replace(" & ", "")


def test_an_element_row_says_what_it_says() -> None:
    row = "ST 10200 HI S 2 : R { R ID 1-3 =BK,BF ; S AN 1-30 @list /[0-9]{2}/ *2 ; N } x5 | N *2 | S R 1-18 x3 & P0102 R0304\n"
    (_, segment) = x12.parse(SMALL + row).segments()
    part = Element("S", "AN", 1, 30, external="list", pattern="[0-9]{2}")
    composite = Element("R", repeat=5, components=(Element("R", "ID", 1, 3, ("BK", "BF")), part, part, Element("N")))
    assert segment == Segment(
        "ST", 10200, "HI", "S", 2, (composite, Element("N"), Element("N"), Element("S", "R", 1, 18, repeat=3)), ("P0102", "R0304"), 3
    )
    assert x12.to_text(x12.parse(SMALL + row)) == SMALL + row


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("loop A", "a loop row is"),
        ("loop A B 0100 R 1", "parent loop B is not above"),
        ("loop ST - 0000 R 1", "loop ST stands twice"),
        ("loop A ST 0100 Q 1", "requirement is R, S or N"),
        ("loop A ST first R 1", "invalid literal"),
        ("loop A ST 0100 R 1 same 2000B", "no loop A under 2000B"),
        ("loop ST ST 0100 R 1 same -", "would hold itself"),
        ("A 0100 NM1 R 1 : N", "loop A is not above"),
        ("ST 0100 NM1 R : N", "a segment row is"),
        ("ST 0100 NM1 R 1", "a segment row is"),
        ("ST 0100 NM1 R 1 : R", "has no type"),
        ("ST 0100 NM1 R 1 : R ID", "has no length"),
        ("ST 0100 NM1 R 1 : R ID 2", "invalid literal"),
        ("ST 0100 NM1 R 1 : R ID 2-3 85", "unexpected 85"),
        ("ST 0100 NM1 R 1 : R { R ID 2-2", "not in list"),
        ("ST 0100 NM1 R 1 : R { N } y", "unexpected y"),
        ("ST 0100 NM1 R 1 :  | N", "an element is missing"),
        ("ST 0100 NM1 R 1 : N & X0102", "not a syntax rule"),
        ("ST 0100 NM1 R 1 : N & P01", "not a syntax rule"),
        ("ST 0100 NM1 R 1 : N & P0102", "beyond the 1"),
    ],
)
def test_a_bad_row_is_named_by_its_line(row: str, problem: str) -> None:
    with pytest.raises(ValueError, match=rf"line 4: .*{problem}"):
        x12.parse(f"{SMALL}# comment\n{row}\n")


def test_a_table_has_one_root() -> None:
    with pytest.raises(ValueError, match="line 1: a table has one root loop"):
        x12.parse("loop A - 0000 R 1\nloop B - 0000 R 1\n")
