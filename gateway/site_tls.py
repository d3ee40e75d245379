"""TLS of listeners and of what the gateway connects to, as a site file says it: certificates are files, passwords references."""

import ssl
from pathlib import Path
from typing import TypeVar

from pydantic import model_validator

from gateway.secrets import SecretRef, resolve_optional
from gateway.toml_file import Strict

M = TypeVar("M", bound=Strict)
PLAIN = "beyond loopback it needs tls, or plain = true where the network is private"


class ServerTls(Strict):
    """A listener's. With `client_ca` only clients with a certificate of that authority get in."""

    certificate: Path
    key: Path
    key_password: SecretRef | None = None
    client_ca: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Blocking. Raises OSError, ssl.SSLError, SecretError."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.load_cert_chain(self.certificate, self.key, resolve_optional(self.key_password) or "")
        if self.client_ca is not None:
            made.load_verify_locations(self.client_ca)
            made.verify_mode = ssl.CERT_REQUIRED
        return made


class ClientTls(Strict):
    """The server's certificate is verified by `ca` (None: the machine's own authorities). `certificate` and `key` are ours, where it asks for one."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: SecretRef | None = None
    check_hostname: bool = True

    @model_validator(mode="after")
    def _complete(self) -> "ClientTls":
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        return self

    def context(self) -> ssl.SSLContext:
        """Blocking. Raises OSError, ssl.SSLError, SecretError."""
        made = ssl.create_default_context(cafile=None if self.ca is None else str(self.ca))
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.check_hostname = self.check_hostname
        if self.certificate is not None and self.key is not None:
            made.load_cert_chain(self.certificate, self.key, resolve_optional(self.key_password) or "")
        return made


def rooted(settings: M, base: Path, *names: str) -> M:
    """The same with these paths, and the secret files among its references, absolute."""
    found = {name: base / path for name in names if (path := getattr(settings, name)) is not None}
    secrets = {name: value for name in type(settings).model_fields if (value := _secret(getattr(settings, name), base)) is not None}
    return settings.model_copy(update={**found, **secrets})


def _secret(value: object, base: Path) -> str | None:
    """A reference `file:` with its path absolute; None for everything else."""
    return f"file:{base / value.removeprefix('file:')}" if isinstance(value, str) and value.startswith("file:") else None


__all__ = ["PLAIN", "ClientTls", "ServerTls", "rooted"]
