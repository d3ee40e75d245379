"""Sends HL7 v2 files over MLLP in plain Python and prints each answer: python examples/send.py HOST PORT FILE...

A file may hold several messages; the next one goes when the one before it is answered, as an interface engine does it.
"""

import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

START, END = b"\x0b", b"\x1c\r"
WAIT_SECONDS = 30.0
_SEGMENT_ENDS = re.compile(rb"\r\n|\n")


def messages(content: bytes) -> Iterator[bytes]:
    """Each from its MSH to the next one, segments ended by carriage returns."""
    content = _SEGMENT_ENDS.sub(b"\r", content)
    starts = [found.start() for found in re.finditer(rb"(?<![^\r])MSH", content)]
    for start, end in zip(starts, [*starts[1:], len(content)], strict=True):
        yield content[start:end]


def answer(connection: socket.socket) -> bytes:
    received = b""
    while not received.endswith(END):
        more = connection.recv(65536)
        if not more:
            raise ConnectionError("the receiver hung up without an answer")
        received += more
    return received.removeprefix(START).removesuffix(END)


def main(host: str, port: str, files: list[str]) -> None:
    with socket.create_connection((host, int(port)), WAIT_SECONDS) as connection:
        for path in files:
            for message in messages(Path(path).read_bytes()):
                connection.sendall(START + message + END)
                print(*(line.decode("ascii", "replace") for line in answer(connection).split(b"\r") if line.startswith((b"MSA", b"ERR"))))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
