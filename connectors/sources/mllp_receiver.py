"""What an MLLP listener is told, and whom it hands messages to."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any, NamedTuple, Protocol

from connectors.mllp import Frame, encode
from connectors.source import RefusedError


class MllpSettings(NamedTuple):
    """Sizes in bytes, times in seconds; `idle_seconds` 0 means that a silent connection stays.

    `peers` and `subjects` (of the client certificate, as Connection has it) say who may connect; empty: whoever can reach the port.
    `memory_bytes` is for all connections together, beside one message of full size and a read of each; `pending_bytes` is how far one
    connection is read ahead. A frame begun must be complete after `read_seconds`, and a second more for each `bytes_per_second` of it.
    `end_seconds` without another byte end a frame whose last byte is 0x1C. `release2`: a commit block of MLLP release 2 before each answer.
    """

    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    peers: tuple[IPv4Network | IPv6Network, ...] = ()
    subjects: frozenset[str] = frozenset()
    max_connections: int = 1000
    max_message_bytes: int = 64 << 20
    memory_bytes: int = 256 << 20
    pending_bytes: int = 1 << 20
    in_flight: int = 1
    idle_seconds: float = 3600.0
    read_seconds: float = 30.0
    bytes_per_second: int = 64 << 10
    end_seconds: float = 0.05
    backlog: int = 512
    release2: bool = False


Answer = bytes | tuple[bytes, ...] | None


class CutError(RefusedError):
    """The frame did not end in time."""


class Receiver(Protocol):
    """Where messages go. Calls of one connection come in the order of its bytes, at most `in_flight` at a time."""

    async def handle(self, message: bytes, connection: "Connection") -> Answer:
        """The message that acknowledges it, several in their order, or None. It is safe for good once this returns; an error leads to `refuse`."""

    def refuse(self, message: bytes, error: Exception) -> Answer:
        """The answer to what was not taken; None closes the connection without one. After OverLimitError and CutError `message` is its beginning."""

    async def fragment(self, data: bytes, fault: str, connection: "Connection") -> None:
        """Bytes that are no message: "outside" of any frame, or "cut" off. The sender gets no answer to them that says they are safe."""


class Connection:
    """Who sends. `subject` is that of the client certificate as `CN=...,O=...`, empty without one."""

    __slots__ = ("_write", "host", "name", "subject")

    def __init__(self, write: Callable[[bytes], bool], host: str, port: int, subject: str) -> None:
        self._write, self.host, self.name, self.subject = write, host, f"{host}:{port}", subject

    def send(self, message: bytes) -> bool:
        """One more answer to something handled before. False when the sender is gone or takes nothing. Raises FramingError."""
        return self._write(encode(message))


@dataclass(slots=True)
class Counts:
    """Since the start; `open` now. `failed`: connections that did not get as far as a message, such as handshakes of TLS. `unstarted`: messages
    without start byte, taken all the same. `bytes` are those of messages, `last` is when one came (seconds since 1970)."""

    connections: int = 0
    open: int = 0
    turned_away: int = 0
    failed: int = 0
    messages: int = 0
    bytes: int = 0
    last: float = 0.0
    answered: int = 0
    refused: int = 0
    fragments: int = 0
    bytes_outside: int = 0
    over_limit: int = 0
    unstarted: int = 0
    idle: int = 0
    slow: int = 0


def subject_of(certificate: dict[str, Any] | None) -> str:
    """Subject of a certificate as the ssl module gives it: `CN=sender,O=Hospital`, in its own order."""
    short = {"commonName": "CN", "organizationName": "O", "organizationalUnitName": "OU", "countryName": "C"}
    parts = (pair for group in (certificate or {}).get("subject", ()) for pair in group)
    return ",".join(f"{short.get(name, name)}={value}" for name, value in parts)


def framed(answer: Answer, frame: Frame) -> bytes:
    """Framed as the message was. Raises FramingError."""
    if isinstance(answer, bytes):
        return encode(answer, frame)
    return b"".join(encode(each, frame) for each in answer or ())


__all__ = ["Answer", "Connection", "Counts", "CutError", "MllpSettings", "Receiver", "framed", "subject_of"]
