"""Code lists as their publishers write them, to codes with the days they are valid. Texts are never read: they are not ours to keep.

Known are the order and code files of ICD-10-CM, the fixed-width HCPCS file, and any CSV whose header names its columns (HCPCS as CSV, the
taxonomy, X12's lists) or that is plainly `code[,from,to]`.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from gateway.toml_file import ConfigError, FileProblem
from parsers.x12.checks.forms import FORMS

Span = tuple[str, str]
"""First and last day a code is valid, ISO, "" where the list does not say."""
LARGEST = 128 << 20
MOST_CODES = 1_000_000

LISTS = {
    "icd10cm": "diagnoses (ICD-10-CM), the yearly order file",
    "icd10pcs": "inpatient procedures (ICD-10-PCS), the yearly order file",
    "hcpcs": "HCPCS level II, the quarterly file",
    "pos": "places of service",
    "carc": "claim adjustment reason codes",
    "rarc": "remittance advice remark codes",
    "claim-status": "claim status codes",
    "claim-status-category": "claim status category codes",
    "taxonomy": "provider taxonomy",
}
"""Lists that can be loaded. A list is of one code set."""
_CODE_SETS = {"claim-status": "status", "claim-status-category": "status_category"}

_ORDER_FILE = re.compile(r"\d{5} ([0-9A-Z]{3,7}) +([01]) ")
_CODE_FILE = re.compile(r"([A-Z0-9][0-9A-Z]{2,6}) +[^ ,]")
_HCPCS_FILE = re.compile(r"[A-Z]\d{4}.{5}[3478]")
_HCPCS_FIRST = "3"
_CODE_COLUMNS = frozenset({"code", "hcpc", "hcpcs", "hcpcs code"})
_FROM_COLUMNS = frozenset({"from", "start", "start date", "effective", "effective date", "effective_date", "add dt", "add_dt", "begin"})
_TO_COLUMNS = frozenset(
    {"to", "end", "end date", "stop", "stop date", "deactivation date", "term dt", "term_dt", "termination date", "deactivated", "expiration date"}
)
_HEAD = 20
"""Lines that say which format a file has."""
_DAYS = ("%Y%m%d", "%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y")


class Found(NamedTuple):
    """Codes of a file, and how many of its rows had a code that has not the form of the code set (headings, modifiers, other sets)."""

    codes: dict[str, Span]
    passed_over: int


def code_set(name: str) -> str:
    """The code set (`parsers.x12.checks.forms.FORMS`) that a list is of."""
    return _CODE_SETS.get(name, name)


def read_list(name: str, path: Path) -> Found:
    """Raises ConfigError where the file cannot be read as a list of that name."""
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST else b""
    except OSError as error:
        raise _problem(path, f"cannot be read: {error.strerror}") from None
    if size > LARGEST:
        raise _problem(path, f"is larger than {LARGEST >> 20} MiB, which no code list is")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    codes: dict[str, Span] = {}
    passed_over = 0
    form = FORMS[code_set(name)]
    for number, code, span in _rows(name, path, text.splitlines()):
        if not form[code]:
            passed_over += 1
            continue
        if span[0] and span[1] and span[1] < span[0]:
            raise _problem(path, "a code ends before it begins", number)
        codes[code] = joined(codes[code], span) if code in codes else span
        if len(codes) > MOST_CODES:
            raise _problem(path, f"holds more than {MOST_CODES:,} codes, which no code list does")
    if not codes:
        raise _problem(path, f"holds no code of {name}")
    return Found(codes, passed_over)


def joined(first: Span, second: Span) -> Span:
    """From the first day of either to the last day of either; what is open at one end stays open."""
    return (min(first[0], second[0]) if first[0] and second[0] else "", max(first[1], second[1]) if first[1] and second[1] else "")


def _problem(path: Path, text: str, line: int = 0) -> ConfigError:
    return ConfigError([FileProblem(path, line, text)])


def _rows(name: str, path: Path, lines: list[str]) -> Iterator[tuple[int, str, Span]]:
    """(line, code, span); which format of this list it is the first lines say."""
    head = [line for line in lines[:_HEAD] if line.strip()]
    if name == "hcpcs" and all(map(_HCPCS_FILE.match, head)):
        return _hcpcs_rows(path, lines)
    if name.startswith("icd10") and all(map(_ORDER_FILE.match, head)):
        return _order_rows(lines)
    if name.startswith("icd10") and all(map(_CODE_FILE.match, head)):
        return ((number, line.split()[0], ("", "")) for number, line in enumerate(lines, 1) if line.strip())
    return _csv_rows(path, lines)


def _order_rows(lines: Iterable[str]) -> Iterator[tuple[int, str, Span]]:
    """Only what may stand on a claim: headings have 0 behind the code."""
    for number, line in enumerate(lines, 1):
        match = _ORDER_FILE.match(line)
        if match is not None and match[2] == "1":
            yield number, match[1], ("", "")


def _hcpcs_rows(path: Path, lines: Iterable[str]) -> Iterator[tuple[int, str, Span]]:
    """Columns 1-5 the code, 11 the kind of record, 269-276 the day it was added, 285-292 the last day."""
    for number, line in enumerate(lines, 1):
        if line[10:11] == _HCPCS_FIRST:
            yield number, line[:5].strip(), (_day(path, number, line[268:276]), _day(path, number, line[284:292]))


def _csv_rows(path: Path, lines: list[str]) -> Iterator[tuple[int, str, Span]]:
    reader = csv.reader(io.StringIO("\n".join(lines)))
    columns: tuple[int, int | None, int | None] = (0, 1, 2)
    for row in reader:
        if not row or not row[0].strip():
            continue
        if reader.line_num <= _HEAD and (named := _columns(row)) is not None:
            columns = named
            continue
        code, first, last = ("" if at is None or at >= len(row) else row[at].strip() for at in columns)
        yield reader.line_num, code.replace(".", ""), (_day(path, reader.line_num, first), _day(path, reader.line_num, last))


def _columns(row: list[str]) -> tuple[int, int | None, int | None] | None:
    """Where code, first and last day stand, if this row is the header."""
    names = [" ".join(cell.lower().split()) for cell in row]
    places = [next((at for at, name in enumerate(names) if name in wanted), None) for wanted in (_CODE_COLUMNS, _FROM_COLUMNS, _TO_COLUMNS)]
    return None if places[0] is None else (places[0], places[1], places[2])


def _day(path: Path, number: int, text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    raise _problem(path, "a day that is no date (CCYYMMDD, CCYY-MM-DD or MM/DD/CCYY)", number)
