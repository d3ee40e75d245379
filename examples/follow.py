"""Follow the events of a gateway with nothing but the standard library.

    CLEARPLANE_KEY=cp_... python examples/follow.py 'http://127.0.0.1:8400/v1/events?usage=test&type=claim.adjudicated'

Prints one line an event. The position is kept in `follow.cursor`, so that a restart goes on where this one ended: the cursor is written after
an event was handled, which makes delivery at least once. An event that comes twice has the same `id`.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

CURSOR = Path("follow.cursor")
SILENCE_SECONDS = 60.0
"""The gateway sends a heartbeat every 15 seconds unless configured otherwise; after this long the connection is taken for dead."""


class Message(NamedTuple):
    """One server-sent event. `data` is empty for a heartbeat, whose id moves the cursor past events that were filtered out."""

    kind: str
    id: str
    data: str


def messages(lines: Iterator[bytes]) -> Iterator[Message]:
    """Lines of a text/event-stream as messages, one at each empty line."""
    kind, at, data = "message", "", ""
    for raw in lines:
        line = raw.decode().rstrip("\r\n")
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            yield Message(kind, at, data)
            kind, data = "message", ""
        elif name == "event":
            kind = value
        elif name == "id":
            at = value
        elif name == "data":
            data += value


def handle(event: dict[str, Any]) -> None:
    """What a real consumer replaces."""
    data = event["data"]
    amounts = {name: data[name] for name in ("total_charge", "paid_amount", "patient_responsibility") if name in data}
    print(event["type"], event["id"], *(f"{name}={value}" for name, value in amounts.items()), flush=True)


def follow(url: str, key: str) -> None:
    """One connection: returns when it ends. Raises HTTPError, OSError, HTTPException."""
    headers = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
    if CURSOR.exists():
        headers["Last-Event-ID"] = CURSOR.read_text()
    with urlopen(Request(url, headers=headers), timeout=SILENCE_SECONDS) as answer:  # noqa: S310 (the address is the caller's own)
        for message in messages(answer):
            if message.kind == "expired":
                sys.exit("the position is older than what the gateway keeps; delete follow.cursor to begin at the oldest event")
            if message.data:
                handle(json.loads(message.data))
            if message.id:
                CURSOR.write_text(message.id)


def main() -> None:
    if len(sys.argv) != 2 or "CLEARPLANE_KEY" not in os.environ:
        sys.exit(f"usage: CLEARPLANE_KEY=cp_... {sys.argv[0]} URL")
    while True:
        try:
            follow(sys.argv[1], os.environ["CLEARPLANE_KEY"])
        except HTTPError as error:
            if error.code == 410:
                sys.exit("the position has expired or belongs to another log; delete follow.cursor to begin at the oldest event")
            if error.code not in (429, 503):
                sys.exit(f"the gateway answers {error.code} {error.reason}")
        except (OSError, HTTPException):
            pass  # not reachable now: tried again below
        time.sleep(2)


if __name__ == "__main__":
    main()
