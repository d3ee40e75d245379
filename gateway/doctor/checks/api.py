"""The API's address, and certificates that end."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.config import Config
from gateway.doctor.certificates import expiry
from gateway.doctor.check import Found, check, good, on_kafka, problem, warning
from gateway.secrets import resolve_optional

ORDER = 50
SOON = timedelta(days=30)


@check("API address", do="name another [api] host and port")
async def address(config: Config) -> list[Found]:
    host, port = config.api.host, config.api.port
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    except OSError as error:
        if error.errno is not None and await _listens(host, port):
            return [warning(f"{host}:{port} is in use", "well, if a gateway of this configuration runs here; else name another [api] port")]
        return [problem(f"{host}:{port} cannot be listened on: {error.strerror or type(error).__name__}", "name another [api] host and port")]
    server.close()
    await server.wait_closed()
    return [good(f"{host}:{port} is free")]


async def _listens(host: str, port: int) -> bool:
    try:
        connection = await asyncio.to_thread(socket.create_connection, (host, port), 2.0)
    except OSError:
        return False
    connection.close()
    return True


@check(
    "certificates",
    do="make the files readable for the gateway's user",
    only=lambda config: config.api.tls_cert is not None or (on_kafka(config) and config.log.kafka.cert_file is not None),
)
async def certificates(config: Config) -> list[Found]:
    """The API's own, and the one that brokers know this gateway by."""
    found = []
    api, kafka = config.api, config.log.kafka
    if api.tls_cert is not None and api.tls_key is not None:
        found.append(await asyncio.to_thread(_judged, api.tls_cert, api.tls_key, None))
    if on_kafka(config) and kafka.cert_file is not None and kafka.key_file is not None:
        found.append(await asyncio.to_thread(_judged, kafka.cert_file, kafka.key_file, kafka.key_password))
    return found


def _judged(certificate: Path, key: Path, password: str | None) -> Found:
    try:
        ends = expiry(certificate, key, resolve_optional(password))
    except ssl.SSLCertVerificationError as error:
        return problem(f"{certificate}: {error.verify_message}", "replace certificate and key")
    except ssl.SSLError as error:
        return problem(
            f"{certificate} and {key.name} cannot be used together: {error.reason or type(error).__name__}", "use the key of this certificate"
        )
    except OSError as error:
        return problem(f"{error.filename or certificate}: {error.strerror}", "make the file readable for the gateway's user")
    left = ends - datetime.now(UTC)
    text = f"{certificate} is good until {ends:%Y-%m-%d}"
    return warning(text, "replace certificate and key soon") if left < SOON else good(text)
