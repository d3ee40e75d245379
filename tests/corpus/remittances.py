"""The published tables of three remittances, and the same tables made from our events."""

import csv
from decimal import Decimal
from typing import Any

from tests.corpus.samples import convert, root, rows, samples

Row = dict[str, str]

DIFFERENCES: dict[tuple[str, int, str], str] = {
    ("united_healthcare_legacy_sample", 4, "adj_1_amount"): "The first CAS has a second triplet (elements 05 and 06), which the table leaves out.",
    ("united_healthcare_legacy_sample", 4, "adj_1_code"): "As above.",
    ("united_healthcare_legacy_sample", 4, "adj_1_group"): "As above.",
    ("united_healthcare_legacy_sample", 4, "adj_2_amount"): "As above: what the table has second is third.",
    ("united_healthcare_legacy_sample", 4, "adj_2_code"): "As above.",
    ("united_healthcare_legacy_sample", 4, "adj_2_group"): "As above.",
}
"""(file, row, column) -> why the two are not equal."""
NUMBERS = ("_amount", "_units")


def pairs() -> dict[str, str]:
    """Short name of each table -> the remittance it was made from."""
    found = [row for row in rows() if row["transaction"] == "835-dataframe" and row["pairs_with"]]
    return {row["file"].rpartition("__")[2].removesuffix(".csv"): row["pairs_with"] for row in found}


def expected(name: str) -> list[Row]:
    """The published table, empty cells left out."""
    path = root() / "expected" / "835-dataframe" / f"keironstoddart-edi-835-parser__{name}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return [{column: _number(column, value) for column, value in row.items() if column and value} for row in csv.DictReader(file)]


def rows_of(name: str) -> list[Row]:
    """The table as our events give it: a row a service line."""
    sample = next(one for one in samples() if one.name == pairs()[name])
    claims = [event["data"] for event in convert(sample).events if event["type"] == "clearplane.claim.adjudicated.v1"]
    return [_row(claim, line) for claim in claims for line in claim["lines"]]


def _row(claim: dict[str, Any], line: dict[str, Any]) -> Row:
    procedure = line["procedure"]
    patient = claim["patient"]
    row = {
        "marker": claim["patient_control_number"],
        "patient": f"{patient['first_name']} {patient['name']}".title(),
        "code": procedure["code"],
        "modifier": ", ".join(procedure.get("modifiers", [])),
        "qualifier": procedure["qualifier"],
        "allowed_units": line.get("units", ""),
        "billed_units": line.get("original_units", line.get("units", "")),
        "transaction_date": claim["payment"]["date"],
        "charge_amount": line.get("charge", ""),
        "allowed_amount": line.get("allowed_amount", ""),
        "paid_amount": line.get("paid_amount", ""),
        "payer": claim["payer"]["name"],
        "start_date": line["service_date"],
        "end_date": line["service_date"],
        "rendering_provider": claim.get("service_provider", {}).get("name", ""),
    }
    for index, adjustment in enumerate(line.get("adjustments", [])):
        row |= {f"adj_{index}_{name}": adjustment[key] for name, key in (("amount", "amount"), ("code", "reason"), ("group", "group"))}
    if "control_number" in line:
        row |= {"ref_0_qual": "6R", "ref_0_value": line["control_number"]}
    for index, remark in enumerate(line.get("remark_codes", [])):
        row |= {f"rem_{index}_code": remark["code"], f"rem_{index}_qual": remark["qualifier"]}
    return {column: _number(column, value) for column, value in row.items() if value}


def _number(column: str, value: str) -> str:
    return f"{Decimal(value):.4f}" if column.endswith(NUMBERS) else value


def different(name: str) -> set[tuple[str, int, str]]:
    """Cells in which the published table and ours differ."""
    found: set[tuple[str, int, str]] = set()
    for index, (theirs, ours) in enumerate(zip(expected(name), rows_of(name), strict=True)):
        found |= {(name, index, column) for column in {*theirs, *ours} if theirs.get(column) != ours.get(column)}
    return found
