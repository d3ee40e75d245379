"""uvicorn inside the gateway's process: loopback unless there is TLS, stopped in order."""

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn
from fastapi import FastAPI

from gateway.config import ApiSettings, is_loopback

GRACE_SECONDS = 10
"""How long requests in hand may take once the server stops."""
KEEP_ALIVE_SECONDS = 30
CONNECTIONS = 1000
HEADER_BYTES = 32 << 10


class ServerError(Exception):
    """The server cannot start; the text says why."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals belong to whoever runs the gateway."""
        yield


class ApiServer:
    """`async with ApiServer(app, settings) as server:` serves until left; `server.url` is where."""

    def __init__(self, app: FastAPI, settings: ApiSettings) -> None:
        if not is_loopback(settings.host) and settings.tls_cert is None:
            raise ServerError("plain HTTP is for loopback only: set tls_cert and tls_key, or host 127.0.0.1")
        self._app, self._settings = app, settings
        self._server = _Server(
            uvicorn.Config(
                app, host=settings.host, port=settings.port, log_config=None, access_log=False, lifespan="off", ws="none", http="h11",
                server_header=False, date_header=True, proxy_headers=False, timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=GRACE_SECONDS, limit_concurrency=CONNECTIONS, h11_max_incomplete_event_size=HEADER_BYTES,
                ssl_certfile=settings.tls_cert, ssl_keyfile=str(settings.tls_key) if settings.tls_key else None,
            )
        )  # fmt: skip
        self._task: asyncio.Task[None] | None = None
        self.port = settings.port

    @property
    def url(self) -> str:
        scheme = "https" if self._settings.tls_cert else "http"
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        return f"{scheme}://{host}:{self.port}"

    async def __aenter__(self) -> "ApiServer":
        """Raises ServerError when the address cannot be had."""
        listener = _listen(self._settings.host, self._settings.port)
        self.port = listener.getsockname()[1]
        self._task = asyncio.create_task(self._server.serve([listener]))
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise ServerError("the server ended before it began")
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Streams end, requests in hand are answered, then the sockets close."""
        self._app.state.streams.stop()
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        await self._app.state.inlets.stop()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ServerError(f"cannot listen on {host} port {port}: {error.strerror}") from None
    return listener


__all__ = ["ApiServer", "ServerError"]
