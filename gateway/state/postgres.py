"""State on PostgreSQL: how it is reached, and locks that hold across machines."""

import os
import ssl
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, text

from gateway.config import StateSettings, is_loopback
from gateway.state.errors import StateError

CONNECT_SECONDS = 5
POOL_SECONDS = 15.0
LIMITS = {"statement_timeout": 60_000, "lock_timeout": 15_000, "idle_in_transaction_session_timeout": 60_000}
"""Milliseconds. A machine that stops in mid-transaction, and holds its locks, loses them after the last."""
PEER = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""How soon a server that fell silent is given up: seconds, seconds, tries, milliseconds."""
_LOCK = text("SELECT pg_advisory_xact_lock(:number)")
_RESERVED = frozenset({"password", "passfile", "service", "sslmode", "sslrootcert", "options", "connect_timeout", "target_session_attrs"})


def open_postgres(url: URL, settings: StateSettings, password: str | None) -> Engine:
    """Connects when first used. Raises StateError."""
    taken = _RESERVED & url.query.keys() | ({"password"} if url.password is not None else set())
    if taken:
        raise StateError(f"state.url may not set {', '.join(sorted(taken))}: there is a setting for it, or it is fixed")
    arguments: dict[str, str | int] = {
        "connect_timeout": CONNECT_SECONDS,
        "target_session_attrs": "read-write",
        "options": " ".join(f"-c {name}={value}" for name, value in LIMITS.items()),
        **PEER,
        **tls_arguments(url, settings),
    }
    if "application_name" not in url.query:
        arguments["application_name"] = "clearplane"
    if password is not None:
        arguments["password"] = password
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"), hide_parameters=True, connect_args=arguments, isolation_level="READ COMMITTED",
            pool_size=settings.connections, max_overflow=0, pool_timeout=POOL_SECONDS, pool_pre_ping=True,
        )  # fmt: skip
    except ImportError:
        raise StateError("State on PostgreSQL needs its driver: install clearplane[cluster]") from None


def take_locks(connection: Connection, names: Iterable[str]) -> None:
    """Wait until no other transaction on any machine holds one of these; they end with the transaction.

    In the order of their numbers, so that no two transactions wait for each other. A later statement sees what earlier holders committed.
    """
    for number in sorted({_number(name) for name in names}):
        connection.execute(_LOCK, {"number": number})


def _number(name: str) -> int:
    return int.from_bytes(sha256(f"clearplane/{name}".encode()).digest()[:8], "big", signed=True)


def tls_arguments(url: URL, settings: StateSettings) -> dict[str, str]:
    """Verified unless every host is loopback; a Unix socket never speaks TLS, whatever is asked for."""
    if settings.ca_file is None and (settings.trusted_network or _on_this_machine(url)):
        return {"sslmode": "prefer"}
    return {"sslmode": "verify-full", "sslrootcert": str(settings.ca_file or _machine_authorities())}


def _on_this_machine(url: URL) -> bool:
    """Without a host the environment or a socket decides, so the answer is no: it costs a socket nothing."""
    named = [url.host or "", *_listed(url, "host"), *_listed(url, "hostaddr"), os.environ.get("PGHOSTADDR", "")]
    hosts = [host for host in named if host]
    return bool(hosts) and all(is_loopback(host) for host in hosts)


def _listed(url: URL, name: str) -> list[str]:
    """Values of a query parameter, which may be repeated, hold commas, and ports after hosts; a path is a socket and left out."""
    value = url.query.get(name, ())
    values = ",".join([value] if isinstance(value, str) else value).split(",")
    return [_without_port(host) for host in values if not host.startswith(("/", "@"))]


def _without_port(host: str) -> str:
    """`h:5432` and `[::1]:5432` without their port; `::1` as it is."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def _machine_authorities() -> str:
    """Python's, because the library that comes with the driver looks in a folder of its builders."""
    found = ssl.get_default_verify_paths().cafile
    return found if found is not None and Path(found).is_file() else "system"
