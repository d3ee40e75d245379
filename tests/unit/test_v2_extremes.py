"""Messages that no sender means: what they cost grows as they do, and nothing of them stays."""

import tracemalloc
from collections.abc import Callable
from time import thread_time

import pytest

from parsers.hl7v2.convert import Reader, Settings
from parsers.outputs import Origin
from tests.unit.v2_breaks import ADT, GOOD, MERGE, ORU


def _merge(count: int) -> bytes:
    return GOOD[MERGE].replace(b"4711^^^HOSP^MR", b"1~" * count).replace(b"4700", b"1~" * count)


MANY: dict[str, Callable[[int], bytes]] = {
    "identifiers of both sides of a merge": _merge,
    "identifiers of two linked patients": lambda n: _merge(n).replace(b"A40^ADT_A39", b"A24").replace(b"MRG|", b"PID|1||"),
    "orders that say nothing": lambda n: GOOD[ORU] + b"OBR|\r" * 4 * n,
    "insurances that say nothing": lambda n: GOOD[ADT] + b"IN1|\r" * 4 * n + b"IN1|1|A\r" * n,
}


@pytest.mark.parametrize("name", MANY)
def test_time_is_linear(name: str) -> None:
    reader = Reader(Origin(sha256="0" * 64), Settings(engine="python"))

    def seconds(count: int) -> float:
        raw = MANY[name](count)
        begun = thread_time()
        reader.read(raw, 0)
        return thread_time() - begun

    small, large = (min(seconds(count) for _ in range(2)) for count in (800, 6400))
    assert large < 32 * small + 0.05


PLACES = {
    "MSH-7": (b"|20260304101502-0500|", b"|%s|"),
    "MSH-9.1": (b"|ADT^", b"|%s^"),
    "MSH-9.2": (b"^A01^", b"^%s^"),
    "MSH-9.3": (b"^ADT_A01|", b"^%s|"),
    "MSH-12": (b"|2.5|", b"|%s|"),
    "MSH-18": (b"||AL|NE\r", b"||AL|NE||%s\r"),
    "PID-3": (b"4711^^^HOSP^MR", b"%s^^^HOSP^MR"),
    "PID-3.4": (b"4711^^^HOSP^MR", b"4711^^^%s^MR"),
}


@pytest.mark.parametrize("engine", ["auto", "python"])
@pytest.mark.parametrize("place", PLACES)
def test_no_long_text_is_remembered(place: str, engine: str) -> None:
    """Not by a key of any of the tables that make reading quick."""
    reader = Reader(Origin(sha256="0" * 64), Settings(engine=engine))
    old, new = PLACES[place]
    text = place.encode() + engine.encode() + b"x" * 100_000
    messages = [GOOD[ADT].replace(old, new % (b"%d" % number + text)) for number in range(10)]
    reader.read(messages.pop(), 0)
    tracemalloc.start()
    try:
        for raw in messages:
            reader.read(raw, 0)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 4 * len(text)
