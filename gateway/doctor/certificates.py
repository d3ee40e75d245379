"""A certificate is tried as it will be used: a handshake in memory."""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

STEPS = 10


def expiry(certificate: Path, key: Path, password: str | None = None) -> datetime:
    """When the certificate ends. Blocking. Raises ssl.SSLError when they do not fit or it has ended, OSError when they cannot be read."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key, password or "")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate vouches for itself
    client.load_verify_locations(certificate)
    found: Any = _shaken(server, client).getpeercert()
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(found["notAfter"]), UTC)


def _shaken(server: ssl.SSLContext, client: ssl.SSLContext) -> ssl.SSLObject:
    """The client's side, connected."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    there = server.wrap_bio(to_server, to_client, server_side=True)
    here = client.wrap_bio(to_client, to_server)
    open_ = [here, there]
    for _ in range(STEPS):
        for side in list(open_):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            open_.remove(side)
        if not open_:
            break
    return here
