"""TCP connections that are silent for hours, as those of hospital interfaces are."""

import socket

SILENT_SECONDS, PROBE_SECONDS, PROBES = 60, 15, 4
"""The system asks a silent peer after a minute; one that is gone without a word is known after another."""


def keep_alive(connection: socket.socket) -> None:
    """A peer that is gone without a word ends the connection, so that it does not keep its place. Raises OSError for a connection that is over."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", SILENT_SECONDS), ("TCP_KEEPINTVL", PROBE_SECONDS), ("TCP_KEEPCNT", PROBES)):
        if hasattr(socket, name):  # not on every system
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


__all__ = ["keep_alive"]
