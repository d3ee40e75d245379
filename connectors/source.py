"""What a source of messages is: it takes bytes from the outside world and hands them to a sink, and answers the sender only after that."""

from collections.abc import AsyncIterator
from typing import Any, Protocol

PIECE_BYTES = 1 << 20
"""A source hands a message over in pieces of at most this size, so that memory does not grow with the message."""

Report = dict[str, Any]


class RefusedError(Exception):
    """The sink will never take these bytes (too large, feed unknown). Its text is fit for the sender and holds no data."""


class OverLimitError(RefusedError):
    """The message is over the sink's limit."""


class SourceChangedError(Exception):
    """The message changed while it was read; nothing of it may be kept."""


class Sink(Protocol):
    """Where messages go. Every exception but RefusedError means: not taken, the same call may work later."""

    async def accept(self, name: str, content_type: str, chunks: AsyncIterator[bytes]) -> str:
        """Take one message; it is safe for good once this returns its receipt. An exception raised by `chunks` leaves nothing behind."""

    async def outcome(self, receipt: str) -> Report | None:
        """What became of it: at least `status` ("done" when all went well); None while it is being worked on."""


class Source(Protocol):
    async def run(self) -> None:
        """Hand over messages until `stop`. Errors of the outside world are logged and tried again; only a wrong configuration raises."""

    async def stop(self) -> None:
        """Finish the message in hand, take no other, and return once `run` is over."""
