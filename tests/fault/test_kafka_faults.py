"""The short form of kafka_faults: one plane, four kinds of fault, a few thousand claims."""

from collections.abc import Iterator

import pytest

from tests.fault.kafka_faults import Experiment
from tests.fault.plane.check import Claim, Event, Expected, Verdict, judged
from tests.fault.plane.plane import Servers

CLAIMS = 1500


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Experiment]:
    """Three brokers, a database, an object store, one intake node and three workers."""
    with Servers(tmp_path_factory.mktemp("plane")) as servers, servers.plane() as plane:
        yield Experiment(plane, "short", short=True)


@pytest.mark.parametrize("scenario", ["broker killed", "worker killed in a transaction", "EndTxn late", "brokers away"])
def test_every_acknowledged_claim_is_there_once_and_in_order(experiment: Experiment, scenario: str) -> None:
    result = experiment.run(scenario, CLAIMS)
    assert result.faults
    assert all(result.faults.values())
    assert not result.problems


WANTED = Expected({f"{receipt}.{at}.claim.submitted": Claim("K1", at) for receipt, at in (("a", 1), ("a", 2), ("b", 3))}, {"a": 2, "b": 1}, {})


def _event(receipt: str, at: int, number: str = "K1", partition: int = 0, in_claims: bool = True) -> Event:
    return Event(f"{receipt}.{at}.claim.submitted", partition, 1000 * at, Claim(number, at), in_claims)


FIRST, SECOND, THIRD = _event("a", 1), _event("a", 2), _event("b", 3)


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ([FIRST, SECOND, THIRD], Verdict(3, 0, 0, 0, 0)),
        ([FIRST, SECOND, FIRST, THIRD], Verdict(4, 1, 0, 0, 0)),
        ([FIRST, THIRD], Verdict(2, 0, 1, 0, 0)),
        ([FIRST, SECOND, THIRD, _event("c", 4)], Verdict(4, 0, 0, 1, 0)),
        ([FIRST, SECOND, _event("b", 3, "K2")], Verdict(3, 0, 0, 1, 0)),
        ([FIRST, SECOND, _event("b", 3, in_claims=False)], Verdict(3, 0, 0, 1, 0)),
        ([FIRST, THIRD, SECOND], Verdict(3, 0, 0, 0, 1)),
        ([FIRST, SECOND, _event("b", 3, partition=1)], Verdict(3, 0, 0, 0, 1)),
    ],
    ids=["right", "repeated", "lost", "unknown", "another claim's content", "another topic", "another order", "another partition"],
)
def test_what_a_reader_saw_is_judged(events: list[Event], verdict: Verdict) -> None:
    assert judged(events, WANTED) == verdict
