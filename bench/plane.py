"""The gateway as it is run: `clearplane run` processes on a configuration of their own, embedded or on Kafka.

On Kafka one process takes files in (role intake) and each worker is a process of the role normalise with one reading process; State is on
PostgreSQL, and stored files are in one folder that all share. The embedded log has one process with as many reading processes as workers.
"""

import json
import secrets
import sys
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from confluent_kafka.admin import AdminClient

from bench.processes import Used, used
from bench.servers import Servers
from gateway.api.keys import create_key
from gateway.config import Config
from gateway.stores import open_state
from tests.servers.process import Server, ServerProcess, free_ports, wait_until

SITE = "bench"
FEEDS = 6
POLL_SECONDS = 0.25
START_SECONDS, JOIN_SECONDS = 60.0, 60.0
GROUPS = ("normalise", "publish", "projection", "read")


class Setup(NamedTuple):
    """`spread` None is the default of the log, False never shares a large file out. `mllp`: the port of a listener, 0 for none. `roles`: of each
    process on the embedded log; the first takes messages."""

    log: str = "embedded"
    workers: int = 2
    spread: bool | None = None
    mllp: int = 0
    roles: tuple[str, ...] = ("all",)


class Plane(Server):
    """Blocking. `inbox(feed)` is a watched folder, `intake` takes uploads."""

    def __init__(self, folder: Path, setup: Setup, servers: Servers | None = None) -> None:
        self.folder, self.setup = folder, setup
        self._servers = servers
        self.prefix = f"{secrets.token_hex(4)}." if setup.log == "kafka" else ""
        self._database = servers.postgres.new_database() if servers is not None and setup.log == "kafka" else ""
        roles = {"intake": "intake", **{f"worker {number + 1}": "normalise" for number in range(setup.workers)}}
        self._roles = roles if setup.log == "kafka" else {role.replace(",", " and "): role for role in setup.roles}
        self._ports = dict(zip(self._roles, free_ports(len(self._roles)), strict=True))
        self._processes: dict[str, ServerProcess] = {}

    @property
    def config(self) -> Config:
        return Config.load(self._file(next(iter(self._roles))))

    @property
    def broker(self) -> str:
        assert self._servers is not None
        return self._servers.broker

    @property
    def intake(self) -> tuple[str, int]:
        """Host and port of the process that takes files in."""
        return "127.0.0.1", next(iter(self._ports.values()))

    @property
    def pids(self) -> list[int]:
        """Process ids; the first listens for messages."""
        return [process.pid for process in self._processes.values()]

    def inbox(self, feed: int) -> Path:
        return self.folder / "inbox" / str(feed)

    def token(self) -> str:
        """Of a new key that may upload. Call it outside of an event loop's thread."""
        state = open_state(self.config)
        try:
            return create_key(state, "bench", ["intake:write"])[1]
        finally:
            state.close()

    def used(self) -> dict[str, Used]:
        """By process of the gateway."""
        return {name: used([process.pid]) for name, process in self._processes.items()}

    def cpu(self) -> tuple[float, float]:
        """CPU seconds of the gateway, and of the servers it uses."""
        mine = sum(one.cpu for one in self.used().values())
        return mine, used(self._servers.pids).cpu if self.prefix and self._servers is not None else 0.0

    # -- life

    def start(self) -> None:
        self._write()
        for name, role in self._roles.items():
            self._start(name, role)
        for name in self._roles:
            wait_until(lambda name=name: self._ready(name), START_SECONDS, f"{name} is ready")  # type: ignore[misc]
        if self.setup.log == "kafka":
            self._wait_joined()

    def close(self) -> None:
        for process in self._processes.values():
            process.stop()

    def _start(self, name: str, role: str) -> None:
        program = Path(sys.executable).parent / "clearplane"
        command: list[str | Path] = [program, "run", "--config", self._file(name), "--role", role, "--log-level", "WARNING"]
        folder = self.folder / name.replace(" ", "-")
        folder.mkdir()
        self._processes[name] = process = ServerProcess(f"The gateway's {name}", command, folder)
        process.start()

    def _ready(self, name: str) -> bool:
        if not self._processes[name].running:
            raise RuntimeError(f"{name} ended: {self._processes[name].tail()[-300:]}")
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self._ports[name]}/health/ready", timeout=5) as answer:
            return bool(json.load(answer)["status"] == "ready")
        return False

    def _wait_joined(self) -> None:
        """Until every worker is a member of every group, and no rebalance is under way."""
        admin = AdminClient({"bootstrap.servers": self.broker})
        groups = [self.prefix + group for group in GROUPS if group != "read" or self.setup.spread is not False]

        def joined() -> bool:
            found = [future.result() for future in admin.describe_consumer_groups(groups).values()]
            return all(group.state.name == "STABLE" and len(group.members) == self.setup.workers for group in found)

        wait_until(joined, JOIN_SECONDS, "the workers share the partitions")

    # -- configuration

    def _file(self, name: str) -> Path:
        return self.folder / f"{name.replace(' ', '-')}.toml"

    def _write(self) -> None:
        sites = self.folder / "sites"
        sites.mkdir(parents=True)
        lines = [f'id = "{SITE}"', 'usage = "test"']
        for feed in range(FEEDS):
            self.inbox(feed).mkdir(parents=True)
            lines += ["[[feeds]]", f'id = "feed-{feed}"', 'duplicate_control_number = "ignore"']
            lines += ["[[feeds.sources]]", 'type = "http"', "[[feeds.sources]]", 'type = "directory"', f'path = "{self.inbox(feed)}"']
            lines += ["stable_seconds = 0", f"poll_seconds = {POLL_SECONDS}"]
        if self.setup.mllp:
            lines += [
                "[[feeds]]",
                'id = "messages"',
                "[[feeds.sources]]",
                'type = "mllp"',
                f"port = {self.setup.mllp}",
                'acknowledgement = "original"',
            ]
        (sites / "bench.toml").write_text("\n".join(lines) + "\n")
        for name in self._roles:
            self._file(name).write_text(self._settings(self._ports[name]))

    def _settings(self, port: int) -> str:
        parts = [f'data_dir = "{self.folder / "data"}"', f'sites_dir = "{self.folder / "sites"}"']
        parts += [
            f"workers = {1 if self.setup.log == 'kafka' else self.setup.workers}",
            "[api]",
            f"port = {port}",
            "[log]",
            f'kind = "{self.setup.log}"',
        ]
        if self.setup.spread is False:
            parts.append("spread_bytes = 0")
        if self.setup.log == "kafka":
            parts += [f'prefix = "{self.prefix}"', "[log.kafka]", f'servers = ["{self.broker}"]', "[state]", f'url = "{self._database}"']
        return "\n".join(parts) + "\n"


def by_process(all_used: Mapping[str, Used]) -> dict[str, list[float]]:
    """Resident MB of each process of the gateway, the largest of its reading processes behind its own."""
    found = {}
    for name, one in all_used.items():
        first, *rest = one.resident.values()
        found[name] = [first, *([max(rest)] if rest else [])]
    return found
