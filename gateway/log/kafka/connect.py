"""From the settings to connections: servers, TLS, SASL, and why a connection cannot be made."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

from gateway.config import KafkaSettings
from gateway.log.kafka.wire import (
    AIOKafkaClient,
    AuthenticationFailedError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
    collect_hosts,
    create_conn,
)
from gateway.seams import LogError, LogUnavailable
from gateway.secrets import resolve_optional

CLIENT_ID = "clearplane"
_PROTOCOLS = {"plaintext": "PLAINTEXT", "tls": "SSL", "sasl": "SASL_PLAINTEXT", "sasl_tls": "SASL_SSL"}
METADATA_SECONDS = 60.0
"""How old the list of brokers and leaders may get without an error."""

Arguments = Mapping[str, Any]


def connection_arguments(settings: KafkaSettings) -> Arguments:
    """Arguments of a connection. Blocking: reads certificates and secrets. Raises LogError, SecretError."""
    sasl = settings.username is not None
    return {
        "security_protocol": _PROTOCOLS[settings.security],
        "ssl_context": _tls(settings) if settings.uses_tls else None,
        "sasl_mechanism": settings.sasl_mechanism if sasl else "PLAIN",
        "sasl_plain_username": settings.username,
        "sasl_plain_password": resolve_optional(settings.password),
    }


def _tls(settings: KafkaSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        context.check_hostname = settings.check_hostname
        if settings.cert_file is not None:
            context.load_cert_chain(settings.cert_file, settings.key_file, resolve_optional(settings.key_password) or "")
    except (OSError, ssl.SSLError) as error:
        reason = (error.reason if isinstance(error, ssl.SSLError) else error.strerror) or type(error).__name__
        raise LogError(f"the certificates of the log's settings cannot be used: {reason}") from None
    return context


def new_client(settings: KafkaSettings, arguments: Arguments, request_seconds: float) -> AIOKafkaClient:
    """Not connected yet. To be made on the running event loop."""
    return AIOKafkaClient(
        bootstrap_servers=list(settings.servers),
        client_id=CLIENT_ID,
        request_timeout_ms=max(1, round(request_seconds * 1000)),
        metadata_max_age_ms=round(METADATA_SECONDS * 1000),
        retry_backoff_ms=50,
        **arguments,
    )


async def why_not(settings: KafkaSettings, arguments: Arguments, request_seconds: float) -> LogError:
    """Why none of the servers can be used: the most telling reason. An answer that refuses us is not retryable."""
    outcomes = await asyncio.gather(*(_try(host, port, arguments, request_seconds) for host, port, _ in collect_hosts(list(settings.servers))))
    refused = [outcome for outcome in outcomes if outcome is not None and not outcome.retryable]
    away = [outcome for outcome in outcomes if outcome is not None]
    return (refused or away or [LogUnavailable("the brokers do not say who they are yet")])[0]


async def _try(host: str, port: int, arguments: Arguments, request_seconds: float) -> LogError | None:
    place = f"{host}:{port}"
    try:
        connection = await create_conn(host, port, client_id=CLIENT_ID, request_timeout_ms=max(1, round(request_seconds * 1000)), **arguments)
    except (SaslAuthenticationFailed, AuthenticationFailedError):
        return LogError(f"the broker at {place} does not accept the user name and password")
    except UnsupportedSaslMechanismError:
        return LogError(f"the broker at {place} does not offer the sasl_mechanism {arguments['sasl_mechanism']}")
    except ssl.SSLCertVerificationError as error:
        return LogError(f"the certificate of the broker at {place} is not trusted: {error.verify_message}")
    except ssl.SSLError as error:
        return LogError(f"TLS with the broker at {place} fails: {error.reason or type(error).__name__}")
    except (OSError, KafkaError, TimeoutError) as error:
        return LogUnavailable(f"no broker answers at {place} ({type(error).__name__})")
    connection.close()
    return None
