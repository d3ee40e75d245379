"""Runs pyx12 over standard input and prints what it finds as one JSON object; started by `gateway.deep.run`, never imported by it.

Texts and values of pyx12's findings hold data of the file, so only places and codes leave this process.
"""

import io
import json
import logging
import re
import resource
import sys
from typing import Any

from gateway.deep.known import KNOWN


def main(memory: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    logging.disable(logging.CRITICAL)
    from pyx12.params import params  # type: ignore[import-untyped,import-not-found,unused-ignore]
    from pyx12.x12n_document import x12n_document  # type: ignore[import-untyped,import-not-found,unused-ignore]

    text = io.TextIOWrapper(sys.stdin.buffer, encoding="latin-1", newline="")
    report = io.StringIO()
    accepted = x12n_document(params(), text, io.StringIO(), None, None, report)
    found = json.loads(report.getvalue() or "{}")
    json.dump({"accepted": bool(accepted), "points": list(_points(found))}, sys.stdout)


def _points(report: dict[str, Any]) -> Any:
    """(set, segment, tag, element, component, code, known fault) of every error; sets count from 0 over the file, 0 elsewhere says none."""
    number = -1
    for interchange in report.get("interchanges", ()):
        yield from _errors(interchange, -1, 0, "ISA")
        for group in interchange["groups"]:
            yield from _errors(group, -1, 0, "GS")
            for one in group["transactions"]:
                number += 1
                yield from _errors(one, number, 0, "ST")
                for segment in one["segments"]:
                    place = number, segment["seg_count"] or 0, segment["seg_id"] or ""
                    yield from _errors(segment, *place)
                    for element in segment["elements"]:
                        yield from _errors(element, *place, element["ele_pos"] or 0, element["subele_pos"] or 0)


def _errors(holder: dict[str, Any], number: int, segment: int, tag: str, element: int = 0, component: int = 0) -> Any:
    for error in holder["errors"]:
        known = next((name for name, (pattern, _) in KNOWN.items() if re.search(pattern, error["err_str"] or "")), "")
        yield [number, segment, tag, element, component, str(error["err_cde"] or ""), known]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
