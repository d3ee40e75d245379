"""HL7 v2 messages to events, beside the libraries that read them."""

import sys
from collections.abc import Callable

from bench.measure import ALONE, OURS, Contender, Row, rates
from bench.peers import install
from parsers.hl7v2.extension import available

FAST, SLOW, SLOWEST = (1.0, 10.0), (0.2, 2.0), (0.02, 0.1)
WARM_UPS = 6
FIELDS = "parse, 6 fields"


def contenders() -> list[Contender]:
    return [
        Contender(OURS, "events", FAST, lambda: [sys.executable, "-m", "bench.ours_messages"]),
        *([Contender(ALONE, "events", FAST, lambda: [sys.executable, "-m", "bench.ours_messages_python"])] if available() else []),
        Contender("HAPI", FIELDS, FAST, install.hapi, WARM_UPS),
        Contender("@medplum/core", FIELDS, FAST, install.medplum, WARM_UPS),
        Contender("hl7lw", FIELDS, FAST, lambda: install.message_library("hl7lw")),
        Contender("python-hl7", FIELDS, SLOW, lambda: install.message_library("hl7")),
        Contender("hl7apy", FIELDS, SLOWEST, lambda: install.message_library("hl7apy")),
    ]


def compare(runs: int, say: Callable[[str], None]) -> list[Row]:
    return rates("hl7v2", "many", contenders(), runs, say, "HL7 v2.5")
