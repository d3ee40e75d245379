"""Public HL7 v2 samples give the same events and findings with the compiled lane and without."""

from itertools import islice

from tests.corpus.samples import samples
from tests.property.test_v2_engines import ORIGINS, Pair, messages_of


def test_samples() -> None:
    """The first messages of every third file; the files of one source are alike."""
    pair = Pair(ORIGINS[0], None)
    for sample in samples("hl7v2")[::3]:
        for message in islice(messages_of(sample.content()), 2):
            pair.same(message)
