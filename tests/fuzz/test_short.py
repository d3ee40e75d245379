"""The fuzz targets for a moment: the golden inputs, changed at random from fixed seeds."""

from random import Random

import pytest

from tests.fuzz.__main__ import GOLDEN
from tests.fuzz.__main__ import TARGETS as NAMES
from tests.fuzz.targets import TARGETS

X12, HL7V2 = ([path.read_bytes() for path in sorted(GOLDEN.glob(f"*/input.{kind}"))] for kind in ("x12", "hl7"))
INTERESTING = b"*:^~|>\n\r\x00\xff\xef ISAGSTE0123456789"
INTERESTING_V2 = b'|^~\\&"\n\r\x0b\x1c\x00\xff\xef MSHPIDOBX0123456789'


def test_the_command_runs_every_target() -> None:
    assert set(NAMES) == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_raised(name: str, seed: int) -> None:
    rng = Random(f"{name} {seed}")
    for _ in range(60):
        inputs, interesting = (HL7V2, INTERESTING_V2) if name == "messages" else (X12, INTERESTING)
        TARGETS[name](_mutated(bytearray(rng.choice(inputs)), interesting, rng))


def _mutated(content: bytearray, interesting: bytes, rng: Random) -> bytes:
    for _ in range(rng.randrange(1, 30)):
        at = rng.randrange(len(content) + 1)
        kind = rng.randrange(5)
        if kind == 0:
            content[at : at + 1] = bytes([rng.choice(interesting)])
        elif kind == 1:
            content[at:at] = bytes(rng.choice(interesting) for _ in range(rng.randrange(1, 12)))
        elif kind == 2:
            del content[at : at + rng.randrange(1, 40)]
        elif kind == 3:
            start = rng.randrange(len(content) + 1)
            content[at:at] = content[start : start + rng.randrange(200)]
        else:
            content[at : at + 1] = bytes([rng.randrange(256)])
    return bytes(content[rng.randrange(3) * rng.randrange(2) :])
