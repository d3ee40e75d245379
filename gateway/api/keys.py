"""API keys: how tokens look, how they are made and stored. Free of the web framework, so that the command line starts fast."""

import hashlib
import secrets
from collections.abc import Collection

from gateway.state import ApiKey, State

SCOPES = ("intake:write", "events:read", "raw:read", "held:write", "metrics:read", "admin")
"""`admin` includes the others and reads the audit trail."""


def split_token(authorization: str) -> tuple[str, str]:
    """(key id, secret) of `Bearer cp_<id>_<secret>`, ("", "") for anything else."""
    scheme, _, token = authorization.partition(" ")
    parts = token.strip().split("_", 2)
    if scheme.lower() != "bearer" or len(parts) != 3 or parts[0] != "cp" or not parts[2]:
        return "", ""
    return parts[1], parts[2]


def hash_secret(secret: str) -> str:
    """Secrets are 256 random bits, so one plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def create_key(state: State, name: str, scopes: Collection[str], sites: Collection[str] = ()) -> tuple[ApiKey, str]:
    """A new key and its token, which is shown once and never stored. Blocking. Raises ValueError for an unknown scope."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise ValueError(f"no scope {', '.join(unknown)!r}; scopes are {', '.join(SCOPES)}")
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return state.keys.add(key_id, name, hash_secret(secret), scopes, sites), f"cp_{key_id}_{secret}"


__all__ = ["SCOPES", "create_key", "hash_secret", "split_token"]
