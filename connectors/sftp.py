"""A connection to an SFTP server: known host key, key or password, every wait bounded. What a source and a sink share."""

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import asyncssh

KEEPALIVE_SECONDS = 15.0
LOST = (asyncssh.ConnectionLost, asyncssh.SFTPNoConnection, asyncssh.SFTPConnectionLost, asyncssh.DisconnectError, asyncssh.ChannelOpenError)

FAILURES = (OSError, asyncssh.Error, asyncssh.KeyImportError, asyncssh.KeyEncryptionError)


class SftpError(Exception):
    """The server cannot be had (`away`), or does not do what it is asked. The text names no file and no secret."""

    def __init__(self, text: str, away: bool = True) -> None:
        super().__init__(text)
        self.away = away


class SftpServer(NamedTuple):
    """`host_key` is the server's public key as in an authorized_keys line, `known_hosts` a file of such; one of both has to be there, because a
    server that nobody has vouched for could be anyone. `password` and `passphrase` give a secret when it is needed; they may raise SftpError.

    `timeout` seconds bound connecting and every single request.
    """

    host: str
    user: str
    port: int = 22
    host_key: str = ""
    known_hosts: Path | None = None
    key: Path | None = None
    passphrase: Callable[[], str] | None = None
    password: Callable[[], str] | None = None
    timeout: float = 30.0

    @property
    def title(self) -> str:
        host = f"[{self.host}]" if _is_ipv6(self.host) else self.host
        return f"sftp {host}:{self.port}"


class Session:
    """One connection, made when it is needed and anew after it was lost. Used by one task at a time."""

    def __init__(self, server: SftpServer) -> None:
        self._server = server
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None
        self._limit = asyncio.Timeout(None)

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[asyncssh.SFTPClient, None]:
        """The client, for requests that together, or from one `goes_on` to the next, may take `timeout`. Raises SftpError for whatever goes wrong."""
        try:
            async with asyncio.timeout(self._server.timeout) as self._limit:
                yield await self._ready()
        except TimeoutError:
            await self.close()
            raise SftpError("the server does not answer in time") from None
        except FAILURES as error:
            away = not isinstance(error, asyncssh.SFTPError) or isinstance(error, LOST)
            if away:
                await self.close()
            raise SftpError(reason_of(error), away) from error

    def goes_on(self) -> None:
        """Part of what is being done is done: a large file or folder may take as long as it needs, as long as something moves."""
        self._limit.reschedule(asyncio.get_running_loop().time() + self._server.timeout)

    async def close(self) -> None:
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.abort()
            with contextlib.suppress(OSError, asyncssh.Error, TimeoutError):
                async with asyncio.timeout(1):
                    await connection.wait_closed()

    async def _ready(self) -> asyncssh.SFTPClient:
        if self._connection is not None and self._connection.is_closed():  # by the server, as many do with silent ones
            await self.close()
        if self._client is None:
            self._connection = await asyncssh.connect(self._server.host, self._server.port, options=await asyncio.to_thread(_options, self._server))
            self._client = await self._connection.start_sftp_client(path_errors="surrogateescape")  # any name a file has there
        return self._client


def _options(server: SftpServer) -> asyncssh.SSHClientConnectionOptions:
    """Nothing is taken from the account this runs under: no agent, no configuration, no keys of its own. Blocking: reads keys."""
    if not server.host_key and server.known_hosts is None:
        raise asyncssh.HostKeyNotVerifiable("no host key is configured")
    known: Any = str(server.known_hosts)
    if server.host_key:
        known = ([asyncssh.import_public_key(server.host_key)], [], [])
    keys = None
    if server.key is not None:
        keys = [asyncssh.read_private_key(server.key, server.passphrase() if server.passphrase is not None else None)]
    return asyncssh.SSHClientConnectionOptions(
        username=server.user, known_hosts=known, client_keys=keys, password=server.password() if server.password is not None else None,
        agent_path=None, config=None, connect_timeout=server.timeout, login_timeout=server.timeout, keepalive_interval=KEEPALIVE_SECONDS,
        x509_trusted_certs=None,
    )  # fmt: skip


def reason_of(error: BaseException) -> str:
    """A sentence without what the server says: its texts name files."""
    sentences: tuple[tuple[type[BaseException], str], ...] = (
        (asyncssh.HostKeyNotVerifiable, "the server's host key is not the one that is known; nothing was sent"),
        (asyncssh.KeyExchangeFailed, "the server has no host key of the kind that is known; nothing was sent"),
        (asyncssh.PermissionDenied, "the server does not let this user in"),
        (asyncssh.KeyImportError, "a key cannot be read"),
        (asyncssh.KeyEncryptionError, "a key cannot be read without its passphrase"),
        (asyncssh.SFTPNoSuchFile, "no such file or folder"),
        (asyncssh.SFTPPermissionDenied, "the server does not allow it"),
        (asyncssh.SFTPFailure, "the server cannot do it (the disk may be full)"),
        *((kind, "the connection was lost") for kind in LOST),
    )
    for kind, sentence in sentences:
        if isinstance(error, kind):
            return sentence
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


def _is_ipv6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


__all__ = ["Session", "SftpError", "SftpServer"]
