"""What the connections of one MLLP listener have in common: counts, places, and memory."""

import asyncio
from typing import Protocol

from connectors.sources.mllp_receiver import Counts, MllpSettings, Receiver


class Member(Protocol):
    """A connection. `in_hand`: something complete is not answered yet; `busy`: that, or a message has begun."""

    @property
    def in_hand(self) -> bool: ...

    @property
    def busy(self) -> bool: ...

    def flow(self) -> None: ...

    def check(self, now: float) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...


class Shared:
    """When memory is short only one connection goes on reading, until its message is answered; so there is always one that gets through."""

    def __init__(self, receiver: Receiver, settings: MllpSettings) -> None:
        self.receiver, self.settings, self.counts = receiver, settings, Counts()
        self.sessions: set[Member] = set()
        self.room = settings.max_connections
        self._held = 0
        self._favoured: Member | None = None
        self._waiting: dict[Member, None] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    def enter(self, session: Member) -> None:
        self.sessions.add(session)
        self._empty.clear()

    def leave(self, session: Member) -> None:
        if session in self.sessions:
            self.sessions.discard(session)
            self.room += 1
        if not self.sessions:
            self._empty.set()

    async def empty(self) -> None:
        await self._empty.wait()

    def abort(self) -> None:
        for session in list(self.sessions):
            session.abort()

    def account(self, session: Member, change: int) -> None:
        """`session` holds that many bytes more."""
        self._held += change
        if self._favoured is session and not session.busy:
            self._favoured = None
        elif change >= 0:
            return
        self._relieve()

    def short(self, session: Member) -> bool:
        """Whether it must wait for others; then it is told when that is over."""
        if self._held <= self.settings.memory_bytes or not session.busy:
            return False
        if self._favoured is None:
            self._favoured = session
        if self._favoured is session and not session.in_hand:
            return False
        self._waiting[session] = None
        return True

    def _relieve(self) -> None:
        """Those that wait the longest first, as many as may go on."""
        while self._waiting and (self._favoured is None or self._held <= self.settings.memory_bytes):
            session = next(iter(self._waiting))
            del self._waiting[session]
            session.flow()


__all__ = ["Member", "Shared"]
