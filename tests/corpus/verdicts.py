"""What pyx12 and this project say of one file, in words that can be compared: a set of places, each with the codes given there."""

import io
import json
import logging
import re
from functools import cache
from typing import Any, NamedTuple
from unittest.mock import patch

from pyx12 import map_if  # type: ignore[import-untyped]
from pyx12.errors import EngineError  # type: ignore[import-untyped]
from pyx12.params import params  # type: ignore[import-untyped]
from pyx12.x12n_document import x12n_document  # type: ignore[import-untyped]

from tests.corpus.samples import Sample, convert, samples

VERSIONS = {
    "005010X222A1", "005010X223A2", "005010X221A1", "005010X220A1", "005010X218", "005010X214", "005010X231", "005010X231A1",
}  # fmt: skip
"""Guides that pyx12 4 and this project both read; pyx12 takes no other version string of them."""

PARAMETERS = params()
MAPS = cache(map_if.load_map_file)
"""pyx12 reads its map anew for every file, which is most of its time."""

Places = dict[str, str]
"""Place -> code. A place is `{ordinal in its set} {tag}{element}`, `missing {tag}` or `{trailer}`."""


class Verdict(NamedTuple):
    """`word`: valid, invalid, or why there is no verdict."""

    word: str
    places: Places


def compared() -> list[Sample]:
    """Files of the guides that both know."""
    return [sample for sample in samples() if sample.version.split()[:1] and sample.version.split()[0] in VERSIONS]


@cache
def theirs(sample: Sample) -> Verdict:
    """pyx12's verdict. It gets text, because it opens files as ASCII."""
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    report = io.StringIO()
    try:
        with patch.object(map_if, "load_map_file", MAPS):
            good = x12n_document(PARAMETERS, io.StringIO(sample.content().decode("latin-1")), io.StringIO(), None, None, report)
    except EngineError:
        return Verdict("no map", {})
    if not report.getvalue():
        return Verdict("not read", {})
    places: Places = {}
    for interchange in json.loads(report.getvalue())["interchanges"]:
        _add(places, "IEA", interchange)
        for group in interchange["groups"]:
            _add(places, "GE", group)
            for one in group["transactions"]:
                _add(places, "SE", one)
                for segment in one["segments"]:
                    _segment(places, segment)
    return Verdict("valid" if good else "invalid", places)


def _add(places: Places, name: str, node: dict[str, Any]) -> None:
    for error in node["errors"]:
        places[name] = f"{name} {error['err_cde']}"


def _segment(places: Places, segment: dict[str, Any]) -> None:
    place = f"{segment['seg_count']} {segment['seg_id']}"
    for error in segment["errors"]:
        missing = re.search(r"\((\w+)\) missing", error["err_str"])
        places[f"missing {missing[1]}" if missing else place] = f"segment {error['err_cde']}"
    for element in segment["elements"]:
        for error in element["errors"]:
            places[f"{place}{element['ele_pos']:02d}"] = f"element {error['err_cde']}"


TRAILERS = {"SE_": "SE", "GE_": "GE", "IEA_": "IEA"}


@cache
def ours(sample: Sample) -> Verdict:
    """Ours: invalid when there is a finding at severity error."""
    places: Places = {}
    findings = convert(sample).findings
    for finding in findings:
        at, code = finding["location"], finding["code"]
        trailer = next((tag for prefix, tag in TRAILERS.items() if code.startswith(prefix)), None)
        if trailer is not None:
            place = trailer
        elif code in ("SEGMENT_MISSING", "LOOP_MISSING"):
            place = f"missing {finding['text'].split()[0] if code == 'SEGMENT_MISSING' else finding['text'].split()[1]}"
        elif at.get("segment") is None:
            place = at.get("tag", "file")
        else:
            place = f"{at['segment']} {at.get('tag', '')}" + (f"{at['element']:02d}" if "element" in at else "")
        places[place] = code
    return Verdict("invalid" if any(finding["severity"] == "error" for finding in findings) else "valid", places)
