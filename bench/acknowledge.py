"""Reads one file and writes its TA1, 999 and 277CA: `python -m bench.acknowledge ENGINE FILE...`, the last file counts, those before it warm up.

Prints one JSON line: CPU seconds of reading it (events made and thrown away) and of writing, the claims, the bytes written.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime
from typing import Any

from parsers.x12.acknowledgements import Numbers, Profile, wanted, write
from parsers.x12.convert import Event, Origin, Settings, Summary, convert
from schemas.envelope import Finding

PROFILE = Profile(ta1="always", functional="999", claims="277CA")
WRITTEN = datetime(2025, 12, 31, 12, 53, tzinfo=UTC)


def acknowledge(path: str, engine: str) -> dict[str, Any]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(descriptor).st_size

        def read_at(offset: int, length: int) -> bytes:
            return os.pread(descriptor, length, offset)

        started = time.process_time()
        findings: list[Finding] = []
        claims = written = 0
        for output in convert(read_at, size, Origin(sha256="0" * 64), Settings(engine=engine)):
            if isinstance(output, Event):
                output.to_json()
            elif isinstance(output, Summary):
                claims = output.counts.published
            else:
                findings.append(output)
        read = time.process_time()
        for number, one in enumerate(wanted(read_at, size, findings, PROFILE, True), 1):
            for segments in write(one, read_at, size, findings, PROFILE, Numbers(number, number, 1), WRITTEN):
                written += len(segments)
        return {"read": read - started, "write": time.process_time() - read, "claims": claims, "out": written}
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    answers = [acknowledge(path, sys.argv[1]) for path in sys.argv[2:]]
    print(json.dumps(answers[-1]))
