"""pyx12's word on acknowledgements: those it publishes for its own samples, those it writes for a file, and what it says of ours."""

import io
import json
import logging
from functools import cache
from typing import NamedTuple
from unittest.mock import patch

from pyx12 import map_if  # type: ignore[import-untyped]
from pyx12.params import params  # type: ignore[import-untyped]
from pyx12.x12n_document import x12n_document  # type: ignore[import-untyped]

from tests.corpus.samples import root, rows

MAPS = cache(map_if.load_map_file)


class SetSaid(NamedTuple):
    """What a 997 or 999 says of one set: ST02, segments and elements in error as `TAG position code` and `element code`, result with its codes."""

    number: str
    errors: tuple[str, ...]
    result: str


def sets_said(text: str) -> list[SetSaid]:
    """Of every received set, in order. IK303, CTX, data element numbers and values are left out."""
    found: list[SetSaid] = []
    errors: list[str] = []
    number = ""
    for segment in text.replace("\n", "").split("~"):
        e = [*segment.strip().split("*"), "", "", "", ""]
        if e[0] == "AK2":
            number, errors = e[2], []
        elif e[0] in ("AK3", "IK3"):
            errors.append(f"{e[1]} {e[2]} {e[4]}")
        elif e[0] in ("AK4", "IK4"):
            errors.append(f"{e[1]} {e[3]}")
        elif e[0] in ("AK5", "IK5"):
            found.append(SetSaid(number, tuple(errors), "*".join(e[1:]).rstrip("*")))
    return found


def published() -> list[tuple[str, bytes, str]]:
    """(name, the file acknowledged, the acknowledgement) of each pair that pyx12 publishes."""
    folder = root()
    pairs = [row for row in rows() if row["transaction"] == "x12-acks"]
    return [
        (
            row["file"].split("x12testdata.")[1].split(".res")[0],
            (folder / row["pairs_with"]).read_bytes(),
            (folder / row["file"]).read_text("latin-1"),
        )
        for row in pairs
    ]


def theirs(data: bytes) -> tuple[str, dict[str, list[str]]]:
    """(acknowledgement pyx12 writes for a file, what it finds in it: segment and element -> messages)."""
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    written, report = io.StringIO(), io.StringIO()
    with patch.object(map_if, "load_map_file", MAPS):
        x12n_document(params(), io.StringIO(data.decode("latin-1").replace("\n", "")), written, None, None, report)
    found: dict[str, list[str]] = {}
    for interchange in json.loads(report.getvalue() or '{"interchanges": []}')["interchanges"]:
        _errors(found, "ISA", interchange)
        for group in interchange["groups"]:
            _errors(found, "GS", group)
            for one in group["transactions"]:
                _errors(found, "ST", one)
                for segment in one["segments"]:
                    _errors(found, segment["seg_id"], segment)
                    for element in segment["elements"]:
                        _errors(found, f"{segment['seg_id']}{element['ele_pos']:02d}", element)
    return written.getvalue(), found


def _errors(found: dict[str, list[str]], place: str, node: dict[str, list[dict[str, str]]]) -> None:
    for error in node["errors"]:
        found.setdefault(place, []).append(error["err_str"])
