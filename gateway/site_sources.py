"""`[[feeds.sources]]` of a site file: where the messages of a feed come from."""

from collections.abc import Callable
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator, model_validator

from gateway.config import is_loopback
from gateway.secrets import SecretError, SecretRef, resolve
from gateway.site_tls import PLAIN, ServerTls, rooted
from gateway.toml_file import Strict

if TYPE_CHECKING:
    from connectors.sftp import SftpServer
    from connectors.sources.mllp import MllpSettings

Port = Annotated[int, Field(ge=1, le=65535)]
HostKey = Annotated[str, Field(pattern=r"^(ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$")]
"""A line of a public key file: `ssh-ed25519 AAAA...`."""


class DirectorySource(Strict):
    """A watched folder. `done` and `failed` default to folders of that name inside it."""

    type: Literal["directory"]
    path: Path
    pattern: str = "*"
    done: Path | None = None
    failed: Path | None = None
    stable_seconds: float = Field(default=2.0, ge=0)
    poll_seconds: float = Field(default=1.0, gt=0)


class HttpSource(Strict):
    """Uploads to /v1/intake/{site}/{feed}."""

    type: Literal["http"]


class MllpSource(Strict):
    """A listener for HL7 v2 over MLLP. `plain`: no TLS beyond loopback, because the network is private.

    `acknowledgement`: original is AA once the message is safe; enhanced is CA; auto asks MSH-15 and MSH-16 of each message; none writes nothing.
    `on_refusal`, when a message cannot be kept now: an answer that says so (AE or CE), or the connection is closed without one, so that the sender
    tries again. `check`: a message with an error among its findings is refused (AE or CE) and not kept; else findings hold up no message.
    `peers`: networks that may connect, `subjects`: of the client certificates that may; empty: all. `read_seconds`: a frame that has begun must be
    complete by then, and a second later for each `bytes_per_second` of it. `pending_bytes`: of one connection, from there on nothing more is read
    until answers have gone out; `memory_bytes`: of all connections together. `in_flight`: messages of one connection in work at once; above 1 one
    may overtake another. `end_seconds` of silence end a frame whose last byte does not come. `release2`: commit blocks before answers.
    """

    type: Literal["mllp"]
    host: str = "127.0.0.1"
    port: int = Field(ge=0, le=65535)
    tls: ServerTls | None = None
    plain: bool = False
    acknowledgement: Literal["original", "enhanced", "none", "auto"] = "auto"
    on_refusal: Literal["answer", "close"] = "answer"
    check: bool = False
    peers: tuple[str, ...] = Field(default=(), max_length=1000)
    subjects: tuple[str, ...] = Field(default=(), max_length=1000)
    connections: int = Field(default=1000, ge=1, le=100_000)
    message_bytes: int = Field(default=64 << 20, ge=1 << 10, le=1 << 30)
    pending_bytes: int = Field(default=1 << 20, ge=1 << 12, le=1 << 30)
    memory_bytes: int = Field(default=256 << 20, ge=1 << 20, le=1 << 40)
    in_flight: int = Field(default=1, ge=1, le=1000)
    read_seconds: float = Field(default=30.0, gt=0)
    bytes_per_second: int = Field(default=64 << 10, ge=1 << 10, le=1 << 30)
    idle_seconds: float = Field(default=3600.0, ge=0)
    end_seconds: float = Field(default=0.05, gt=0, le=60)
    backlog: int = Field(default=512, ge=1, le=65_535)
    release2: bool = False

    def listener(self) -> "MllpSettings":
        """As the connectors take it. Blocking: certificates are read. Raises OSError, SecretError."""
        from connectors.sources.mllp import MllpSettings

        same = ("host", "port", "memory_bytes", "pending_bytes", "in_flight", "idle_seconds", "read_seconds", "bytes_per_second", "end_seconds")
        return MllpSettings(
            **{name: getattr(self, name) for name in (*same, "backlog", "release2")},
            tls=None if self.tls is None else self.tls.context(),
            peers=tuple(map(ip_network, self.peers)),
            subjects=frozenset(self.subjects),
            max_connections=self.connections,
            max_message_bytes=self.message_bytes,
        )

    @field_validator("peers")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            ip_network(each)
        return value

    @model_validator(mode="after")
    def _tls_beyond_loopback(self) -> "MllpSource":
        if self.tls is None and not self.plain and not is_loopback(self.host):
            raise ValueError(f"the listener is not on loopback: {PLAIN}")
        if self.subjects and (self.tls is None or self.tls.client_ca is None):
            raise ValueError("subjects are of client certificates, so they need tls with client_ca")
        return self


class SftpAccess(Strict):
    """How to log in to an SFTP server. Its key is known beforehand, by `host_key` or a `known_hosts` file: none is trusted on first use."""

    host: str = Field(min_length=1)
    port: Port = 22
    user: str = Field(min_length=1)
    password: SecretRef | None = None
    key: Path | None = None
    key_password: SecretRef | None = None
    host_key: HostKey | None = None
    known_hosts: Path | None = None
    timeout_seconds: float = Field(default=30.0, gt=0, le=3600)

    def server(self) -> "SftpServer":
        """As the connectors take it; secrets are read when they are needed, and one that is not there raises SftpError then."""
        from connectors.sftp import SftpServer

        given = {"host_key": self.host_key or "", "known_hosts": self.known_hosts, "key": self.key}
        secrets = {"passphrase": _secret(self.key_password), "password": _secret(self.password)}
        return SftpServer(self.host, self.user, self.port, **given, **secrets, timeout=self.timeout_seconds)  # type: ignore[arg-type]

    @model_validator(mode="after")
    def _complete(self) -> "SftpAccess":
        if (self.password is None) == (self.key is None):
            raise ValueError("needs either a password or a key")
        if (self.host_key is None) == (self.known_hosts is None):
            raise ValueError("needs either host_key or known_hosts: a server whose key is not known beforehand is not trusted")
        if self.key_password is not None and self.key is None:
            raise ValueError("key_password goes with a key")
        if find_spec("asyncssh") is None:
            raise ValueError("SFTP needs a library that is not installed: install clearplane[sftp]")
        return self


class SftpSource(SftpAccess):
    """A folder on an SFTP server that is polled. `done` and `failed` are folders there, relative ones inside `path`."""

    type: Literal["sftp"]
    path: str = Field(min_length=1)
    pattern: str = "*"
    done: str = Field(default="done", min_length=1)
    failed: str = Field(default="failed", min_length=1)
    stable_seconds: float = Field(default=10.0, ge=0)
    poll_seconds: float = Field(default=30.0, gt=0)


Source = Annotated[DirectorySource | HttpSource | MllpSource | SftpSource, Field(discriminator="type")]


def _secret(reference: str | None) -> Callable[[], str] | None:
    def give() -> str:
        from connectors.sftp import SftpError

        try:
            return resolve(str(reference))
        except SecretError as error:
            raise SftpError(str(error)) from None

    return None if reference is None else give


def rooted_source(source: Source, base: Path) -> Source:
    """The same with absolute paths."""
    if isinstance(source, DirectorySource):
        folder = base / source.path
        return source.model_copy(update={"path": folder, "done": folder / (source.done or "done"), "failed": folder / (source.failed or "failed")})
    if isinstance(source, MllpSource):
        return source if source.tls is None else source.model_copy(update={"tls": rooted(source.tls, base, "certificate", "key", "client_ca")})
    return rooted(source, base, "key", "known_hosts") if isinstance(source, SftpSource) else source


__all__ = ["DirectorySource", "HttpSource", "MllpSource", "Port", "SftpAccess", "SftpSource", "Source", "rooted_source"]
