"""Every HL7 v2 file of the samples: nothing raises, every message is accounted for, and what was published elsewhere as FHIR is in our events."""

import re

import pytest

from schemas.events import event_kinds
from tests.corpus.fhir_pairs import compared_pairs, missing, reason, values
from tests.corpus.samples import Sample, convert, samples

SAMPLES = samples("hl7v2")
HEADER = re.compile(rb"(?:^|[\r\n\x0b]|\xef\xbb\xbf|BHS[^\r\n]*)[ \t]*(?:MSH)(?=[^A-Za-z0-9\s])")


def headers(content: bytes) -> int:
    """MSH at the start of a line, counted in the bytes."""
    return len(HEADER.findall(content.replace(b"\0", b"")))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_message_is_accounted_for(sample: Sample):
    run = convert(sample)
    summary = run.summary
    ended = sum(summary[name] for name in ("published", "no_event_kind", "refused", "dead"))
    assert summary["items"] == ended == headers(sample.content())
    offsets = {event["data"]["provenance"]["msh"] for event in run.events}
    assert len(offsets) == summary["published"]
    for event in run.events:
        event_kinds()[event["type"].removeprefix("clearplane.").removesuffix(".v1")].model_validate(event["data"])


def test_what_was_published_as_fhir_is_in_the_events():
    """Or it is said why not."""
    unexplained = [found for pair in compared_pairs() for found in missing(pair) if not reason(found)]
    assert not unexplained
    assert sum(map(values, compared_pairs())) > 10 * len(list(compared_pairs()))
