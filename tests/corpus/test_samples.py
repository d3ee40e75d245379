"""Every public X12 sample through `clearplane convert`: nothing is lost, every event keeps its contract, every field is in the bytes."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import orjson
import pytest

from parsers.x12.convert import Settings
from parsers.x12.plan import ScanLimits
from schemas.events import event_kinds
from tests.conftest import converted
from tests.corpus.fields import check_fields
from tests.corpus.samples import Sample, convert, root, run_of, samples
from tests.corpus.tokens import Envelope, envelopes, items

SCHEMAS = Path(__file__).parents[2] / "docs" / "reference" / "schemas"
TINY = Settings(scan=ScanLimits(block=1 << 10, read=61, chunk=1))

every = pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name[4:])


@every
def test_exit_code(sample: Sample) -> None:
    """0 or 1; 2 only where the file holds no transaction set and no TA1."""
    run = convert(sample)
    if not any(envelope.kind == "ST" for envelope in envelopes(sample.content())) and not items(sample.content()):
        assert run.code == 2
    else:
        bad = any(finding["severity"] == "error" for finding in run.findings) or run.summary["refused"] or run.summary["dead"]
        assert run.code == (1 if bad else 0)


def _of_the_set(event: dict[str, Any]) -> bool:
    """An event that a set has beside those of its items: of an 835, and of a 277CA, which unlike a 999 says who acknowledges."""
    kind = event["type"]
    return bool(kind.startswith("clearplane.remittance") or (kind.startswith("clearplane.submission") and "source" in event["data"]))


@every
def test_every_item_is_accounted_for(sample: Sample) -> None:
    """Items counted from the bytes, by a tokeniser of the tests' own, end as published, no event kind, refused or dead."""
    run = convert(sample)
    counted = items(sample.content())
    summary = run.summary
    published = {event["data"]["provenance"]["item"] for event in run.events if not _of_the_set(event)}
    unpublished = {finding["item"] for finding in run.findings if finding["outcome"] in ("refused", "dead") and "item" in finding}
    assert summary["items"] == len(counted) == sum(summary[name] for name in ("published", "no_event_kind", "refused", "dead"))
    assert summary["published"] == len(published)
    assert published | {int(item.split(".")[0]) for item in unpublished} == {segment.offset for segment in counted}
    assert summary["refused"] + summary["dead"] == len(unpublished)
    assert summary["events"] == len(run.events)


@cache
def _validators() -> dict[str, jsonschema.Draft202012Validator]:
    """The checked-in schemas, closed: a key they do not name is an error."""
    found = {}
    for path in SCHEMAS.glob("*.json"):
        schema = orjson.loads(path.read_bytes())
        for part in (schema, *schema.get("$defs", {}).values()):
            if "properties" in part:
                part["additionalProperties"] = False
        found[path.name.removesuffix(".v1.json")] = jsonschema.Draft202012Validator(schema)
    return found


@every
def test_events_keep_their_contract(sample: Sample) -> None:
    for event in convert(sample).events:
        kind = event["type"].removeprefix("clearplane.").removesuffix(".v1")
        event_kinds()[kind].model_validate(event["data"])
        _validators()[kind].validate(event["data"])


@every
def test_every_field_is_in_the_bytes(sample: Sample) -> None:
    for event in convert(sample).events:
        check_fields(sample.content(), event)


@every
def test_does_not_depend_on_how_bytes_arrive(sample: Sample) -> None:
    """Blocks of a thousand bytes, reads of 61 and a cut before every item give the events, ids and findings of one read."""
    content = sample.content()
    whole, parts = converted(content), converted(content, TINY)
    assert [event.to_json() for event in parts.events] == [event.to_json() for event in whole.events]
    assert parts.findings == whole.findings
    assert parts.summary == whole.summary
    assert [event["id"] for event in convert(sample).events] == [event.attributes["id"] for event in whole.events]


NOTED = {
    "ISA-not-106": {"ISA_LENGTH"},
    "no ISA/GS envelope (starts at ST or GS)": {"ENVELOPE_MISSING"},
    "text before the ISA": {"FILE_JUNK", "FILE_LEADING_BLANKS"},
    "BOM": {"FILE_BOM"},
    "ISA/IEA mismatch": {"IEA_MISSING", "IEA_CONTROL_NUMBER", "IEA_COUNT"},
    "GS/GE mismatch": {"GE_MISSING", "GE_CONTROL_NUMBER", "GE_COUNT"},
    "ST/SE mismatch": {"SE_MISSING", "SE_CONTROL_NUMBER", "SE_COUNT"},
}
"""Note of the manifest -> findings, one of which must come."""
THREE_BYTES = r"term=\xe2"
"""A terminator of three bytes (an ellipsis in UTF-8) of which the manifest saw one: its IEA is right, and its note is not."""


@every
def test_noted_oddities_are_found(sample: Sample) -> None:
    codes = {finding["code"] for finding in convert(sample).findings}
    for note, expected in NOTED.items():
        if note in sample.notes and THREE_BYTES not in sample.notes:
            assert codes & expected, note
    says_no = sample.folder == "824" or (sample.folder == "271" and b"AAA" in sample.content())  # a good file that rejects something
    if ("source name suggests invalid/error case" in sample.notes and not says_no) or "source fixture dir 'fail'" in sample.notes:
        assert any(finding["severity"] == "error" for finding in convert(sample).findings)


WRONG = {
    ("ISA", "missing"): "IEA_MISSING", ("ISA", "number"): "IEA_CONTROL_NUMBER", ("ISA", "count"): "IEA_COUNT",
    ("GS", "missing"): "GE_MISSING", ("GS", "number"): "GE_CONTROL_NUMBER", ("GS", "count"): "GE_COUNT",
    ("ST", "missing"): "SE_MISSING", ("ST", "number"): "SE_CONTROL_NUMBER", ("ST", "count"): "SE_COUNT",
}  # fmt: skip


def _wrong(envelope: Envelope) -> Iterator[str]:
    if envelope.closing_number is None:
        yield WRONG[envelope.kind, "missing"]
        return
    if envelope.closing_number != envelope.number:
        yield WRONG[envelope.kind, "number"]
    if envelope.stated != envelope.counted:
        yield WRONG[envelope.kind, "count"]


@every
def test_envelope_findings_are_exact(sample: Sample) -> None:
    """Trailers that are missing, name another number or miscount, as counted here: those findings, so many of each, and no other."""
    expected = Counter(code for envelope in envelopes(sample.content()) for code in _wrong(envelope))
    found = Counter(finding["code"] for finding in convert(sample).findings if finding["code"] in WRONG.values())
    assert found == expected


def test_the_installed_command(tmp_path: Path) -> None:
    """The console script does what the function does: output, findings, exit code."""
    command = Path(sys.executable).with_name("clearplane")
    for name in ("837P/moov-io-x12__sample.txt", "835/kputnam-stupidedi__era-sample.edi", "837P/azoner-pyx12__x12testdata.837miss.x12"):
        sample = next(one for one in samples() if one.name == f"x12/{name}")
        findings = tmp_path / "findings.jsonl"
        done = subprocess.run([command, "convert", root() / sample.name, "--findings", findings], capture_output=True, check=False)
        assert run_of(done.returncode, done.stdout, findings.read_bytes()) == convert(sample)
