"""TLS before a PostgreSQL server that has none: it answers the client's request for TLS, and passes on what is inside."""

import contextlib
import selectors
import socket
import ssl
import threading
from types import TracebackType
from typing import Self

from tests.servers.certificates import Pair

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
POLL_SECONDS = 0.05


class TlsFront:
    """Listens on `port` of loopback. `served` counts the connections whose client took the certificate."""

    def __init__(self, upstream: int, pair: Pair, host: str = "127.0.0.1") -> None:
        self._upstream, self._stopping, self.served = upstream, threading.Event(), 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pair.certificates, pair.key)
        self._listener = socket.create_server((host, 0))
        self._listener.settimeout(POLL_SECONDS)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                client, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._serve, args=(client,)))
                self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(5)
        with client, contextlib.suppress(OSError):
            if client.recv(len(SSL_REQUEST)) != SSL_REQUEST:
                return
            client.sendall(b"S")
            with self._context.wrap_socket(client, server_side=True) as inside, socket.create_connection(("127.0.0.1", self._upstream)) as server:
                self._pass_on(inside, server)

    def _pass_on(self, client: ssl.SSLSocket, server: socket.socket) -> None:
        """In TLS 1.3 a client's first bytes are the sign that it took the certificate."""
        begun = False
        client.settimeout(POLL_SECONDS)
        with selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, (client, server))
            ready.register(server, selectors.EVENT_READ, (server, client))
            while not self._stopping.is_set():
                for key, _ in ready.select(POLL_SECONDS):
                    source, target = key.data
                    data = self._read(source)
                    if data == b"":
                        return
                    if data and source is client and not begun:
                        begun, self.served = True, self.served + 1
                    target.sendall(data or b"")

    def _read(self, source: socket.socket) -> bytes | None:
        """All that is there; None when that is no whole TLS record yet."""
        try:
            data = source.recv(1 << 16)
        except TimeoutError:
            return None
        while isinstance(source, ssl.SSLSocket) and source.pending():
            data += source.recv(source.pending())
        return data
