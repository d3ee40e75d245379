"""Every public sample gives the same events and findings with the compiled lane and without, whole and in small reads and chunks."""

from parsers.x12.convert import Settings
from parsers.x12.plan import ScanLimits
from tests.corpus.samples import samples
from tests.engines import assert_equal

SMALL = Settings(scan=ScanLimits(block=1 << 12, read=997, chunk=3000))


def test_every_sample() -> None:
    events = 0
    for sample in samples():
        events += len(assert_equal(sample.content()).events)
        assert_equal(sample.content(), SMALL)
    assert events
