"""The proxy of the test servers, which can also kill a gateway at an exact point of a transaction: the moment one of its requests passes."""

import contextlib
import os
import signal
import threading
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from tests.servers.kafka_wire import Request
from tests.servers.proxy import KafkaProxy
from tests.servers.relay import Link, Relay

LOOPBACK = "0100007F"
ESTABLISHED = "01"


class Struck(NamedTuple):
    """Which process was killed, and in the transaction of which id."""

    pid: int
    transactional_id: str


class Strike:
    """Armed until the first request of this kind that belongs to a transaction of one of these processes.

    `passing`: so many of them are let through before. `struck` is set with `result`.
    """

    def __init__(self, api_key: int, pids: Collection[int], passing: int) -> None:
        self.api_key, self.pids, self.passing = api_key, frozenset(pids), passing
        self.struck = threading.Event()
        self.result: Struck | None = None

    def look(self, request: Request, port: int) -> None:
        """Called before the request goes on. It still does: what a process has sent arrives although the process is dead."""
        if self.result is not None or request.api_key != self.api_key or request.transactional_id is None:
            return
        pid = owner_of(port, self.pids)
        if pid is None:
            return
        self.passing -= 1
        if self.passing < 0:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self.result = Struck(pid, request.transactional_id)
            self.struck.set()


class _Relay(Relay):
    strike: Strike | None = None

    def _keeps_back(self, request: Request, frame: bytes, link: Link) -> bool:
        if self.strike is not None:
            self.strike.look(request, link.writers[0].get_extra_info("peername")[1])
        return super()._keeps_back(request, frame, link)


class PlaneProxy(KafkaProxy):
    """KafkaProxy with `strike`."""

    def __init__(self, nodes: int) -> None:
        super().__init__(nodes)
        self._relay: _Relay = _Relay(self.ports)

    def strike(self, api_key: int, pids: Collection[int], passing: int = 0) -> Strike:
        """SIGKILL to whichever of `pids` sends the next such request of a transaction, after `passing` others; before the broker has it."""
        strike = Strike(api_key, pids, passing)
        self._do(lambda: setattr(self._relay, "strike", strike))
        return strike


def owner_of(port: int, pids: Collection[int]) -> int | None:
    """Which of these processes has the connection from this port of 127.0.0.1. Linux."""
    wanted = f"socket:[{_inode(port)}]"
    for pid in pids:
        with contextlib.suppress(OSError):
            for handle in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    if str(handle.readlink()) == wanted:
                        return pid
    return None


def _inode(port: int) -> str:
    address = f"{LOOPBACK}:{port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == address and fields[3] == ESTABLISHED:
            return fields[9]
    return ""
