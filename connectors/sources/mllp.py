"""MLLP listener: HL7 v2 messages over TCP or TLS, each acknowledged once the receiver has it safe, in order per connection.

What it holds in memory is bounded by its settings whatever senders do; one that is slow, silent or too fast is stopped without others noticing.
"""

import asyncio
import logging
import socket
from ipaddress import IPv6Address, ip_address

from connectors.sources.mllp_receiver import Answer, Connection, Counts, CutError, MllpSettings, Receiver
from connectors.sources.mllp_session import Session
from connectors.sources.mllp_shared import Shared
from connectors.tcp import keep_alive

KIND = "mllp"
ACCEPT_PAUSE_SECONDS = 0.1
"""After the system had no descriptor or memory for another connection."""
SWEEP_SECONDS = 1.0
MOST_TOLD = 1000
"""Addresses that were told of, so that the log does not grow with who knocks."""
FULL = "as many are open as may be"

logger = logging.getLogger("clearplane.source")


class MllpSource:
    """Implements connectors.source.Source; several listeners are several of these."""

    def __init__(self, receiver: Receiver, settings: MllpSettings) -> None:
        self._settings = settings
        self._shared = Shared(receiver, settings)
        self.counts = self._shared.counts
        self._listener: socket.socket | None = None
        self._stopping = asyncio.Event()
        self._over = asyncio.Event()
        self._running = False
        self._opening: set[asyncio.Task[None]] = set()
        self._told: set[str] = set()

    @property
    def port(self) -> int:
        """Of the listener, once started."""
        assert self._listener is not None
        return int(self._listener.getsockname()[1])

    async def start(self) -> None:
        """Senders can connect once this returns. Raises OSError when host and port cannot be had."""
        if self._listener is None:
            found = await asyncio.get_running_loop().getaddrinfo(self._settings.host, self._settings.port, type=socket.SOCK_STREAM)
            family, _, _, _, address = found[0]
            self._listener = _listening(family, address, self._settings.backlog)

    async def run(self) -> None:
        """Until `stop`. Raises OSError when host and port cannot be had. Cancelled, it drops every connection where it stands."""
        if self._stopping.is_set():
            return
        self._running = True
        try:
            await self.start()
            async with asyncio.TaskGroup() as tasks:
                sweeping, accepting = tasks.create_task(self._sweep()), tasks.create_task(self._accept())
                await self._stopping.wait()
                await _cancelled(accepting)
                await self._drain()
                sweeping.cancel()
        finally:
            self._close_listener()
            for opening in self._opening:
                opening.cancel()
            self._shared.abort()
            self._over.set()

    async def stop(self) -> None:
        """No other connection, no other byte; messages that are complete are handed over and answered, then the connections are closed."""
        self._stopping.set()
        if self._running:
            await self._over.wait()
        self._close_listener()

    def _close_listener(self) -> None:
        if self._listener is not None:
            self._listener.close()

    async def _accept(self) -> None:
        assert self._listener is not None
        loop, failing = asyncio.get_running_loop(), False
        while True:
            try:
                accepted, address = await loop.sock_accept(self._listener)
            except OSError as error:
                if not failing:
                    logger.warning("MLLP port %d cannot take connections: %s", self.port, error.strerror or type(error).__name__)
                failing = True
                await asyncio.sleep(ACCEPT_PAUSE_SECONDS)
                continue
            failing = False
            host, port = str(address[0]), int(address[1])
            if (reason := self._turned_away(host)) is not None:
                self._tell(reason)
                self.counts.turned_away += 1
                accepted.close()
                continue
            self._told.discard(FULL)
            self.counts.connections += 1
            self._shared.room -= 1
            opening = asyncio.create_task(self._open(accepted, host, port))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)

    def _turned_away(self, host: str) -> str | None:
        """Why, if it may not connect."""
        if self._shared.room <= 0:
            return FULL
        address = ip_address(host.partition("%")[0])
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        if not self._settings.peers or any(address in network for network in self._settings.peers):
            return None
        return f"{host} may not connect"

    def _tell(self, reason: str) -> None:
        """Once for each, and again once there was room."""
        if reason not in self._told:
            if len(self._told) >= MOST_TOLD:
                self._told.clear()
            self._told.add(reason)
            logger.warning("MLLP port %d turns a connection away: %s", self.port, reason)

    async def _open(self, accepted: socket.socket, host: str, port: int) -> None:
        """The TLS handshake counts as a connection, and has the time of a frame."""
        session: Session | None = None
        try:
            keep_alive(accepted)
            timeout = self._settings.read_seconds if self._settings.tls is not None else None
            _, session = await asyncio.get_running_loop().connect_accepted_socket(
                lambda: Session(self._shared, host, port), accepted, ssl=self._settings.tls, ssl_handshake_timeout=timeout
            )
        except OSError as error:  # ssl.SSLError among them; its text may quote what came, its reason is one of OpenSSL's names
            reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
            logger.info("MLLP connection %s:%d: could not be opened (%s)", host, port, reason)
            self.counts.failed += 1
        finally:
            if session is None:
                accepted.close()
                self._shared.room += 1

    async def _sweep(self) -> None:
        limits = [seconds for seconds in (self._settings.idle_seconds, self._settings.read_seconds) if seconds > 0]
        pause = min(SWEEP_SECONDS, *(seconds / 4 for seconds in limits)) if limits else SWEEP_SECONDS
        while True:
            await asyncio.sleep(pause)
            now = asyncio.get_running_loop().time()
            for session in list(self._shared.sessions):
                session.check(now)

    async def _drain(self) -> None:
        self._close_listener()
        await _cancelled(*self._opening)
        for session in list(self._shared.sessions):
            session.close()
        await self._shared.empty()


def _listening(family: socket.AddressFamily | int, address: tuple[object, ...], backlog: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setblocking(False)
        listener.bind(address)
        listener.listen(backlog)
    except BaseException:
        listener.close()
        raise
    return listener


async def _cancelled(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


__all__ = ["KIND", "Answer", "Connection", "Counts", "CutError", "MllpSettings", "MllpSource", "Receiver"]
