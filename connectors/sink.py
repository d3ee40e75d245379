"""What a way out is: it hands a message to a partner and returns only once the partner has it."""

from typing import Protocol


class SinkAway(Exception):
    """Not handed over, or nobody can say; the same call may work later. A partner may then see the message twice. The text holds no data."""


class SinkRefused(Exception):
    """The partner will not take these bytes, however often they are sent. The text is fit for an operator and holds no data."""


class Sink(Protocol):
    """One lane: whoever sends waits for the call before, so that order is kept."""

    async def send(self, name: str, body: bytes) -> None:
        """Raises SinkAway or SinkRefused. `name` says which message it is; the same name with the same bytes is the same message."""

    async def close(self) -> None:
        """Give the connection back; the next `send` opens it again."""


__all__ = ["Sink", "SinkAway", "SinkRefused"]
