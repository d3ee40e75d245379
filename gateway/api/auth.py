"""Who may call: bearer keys with scopes. Everything is denied unless a key says otherwise; nothing of a body is read before."""

import asyncio
import hmac
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.routing import BaseRoute

from gateway.api.keys import SCOPES, create_key, hash_secret, split_token
from gateway.api.problems import ProblemError, unavailable
from gateway.state import State, StateError

if TYPE_CHECKING:
    from gateway.runtime import Gateway

PUBLIC = frozenset({"/", "/health/live", "/health/ready", "/docs", "/docs/docs.js", "/docs/docs.css", "/openapi.json"})
"""The only paths without a key: none shows anything of what the gateway holds."""
TOUCH_SECONDS = 60.0
CALLER = "clearplane.caller"
_NO_KEY = hash_secret("")


class Caller(NamedTuple):
    """Who calls. `sites` None: every site."""

    id: str
    scopes: frozenset[str]
    sites: frozenset[str] | None

    def may(self, *scopes: str) -> bool:
        return "admin" in self.scopes or not self.scopes.isdisjoint(scopes)

    def sees(self, site: str) -> bool:
        return self.sites is None or site in self.sites


class Authenticator:
    """Checks tokens against State. Notes the use of a key at most once a minute, so that reading does not cost a disk flush each."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._touched: dict[str, float] = {}

    async def caller(self, authorization: str) -> Caller | None:
        """None for a missing, malformed, unknown, wrong or revoked key. Raises ProblemError 503."""
        try:
            return await asyncio.to_thread(self._check, authorization)
        except StateError:
            raise unavailable("keys cannot be checked now") from None

    async def still_good(self, caller: Caller) -> bool:
        """Whether a key that was good has not been revoked since."""
        key = await asyncio.to_thread(self._state.keys.get, caller.id)
        return key is not None and key.revoked_at is None

    def _check(self, authorization: str) -> Caller | None:
        key_id, secret = split_token(authorization)
        key = self._state.keys.get(key_id) if key_id else None
        wanted = key.sha256 if key is not None else _NO_KEY
        if not hmac.compare_digest(wanted, hash_secret(secret)) or key is None or key.revoked_at is not None:
            return None
        now = time.monotonic()
        if now - self._touched.get(key.id, -TOUCH_SECONDS) >= TOUCH_SECONDS:
            self._touched[key.id] = now
            self._state.keys.touch(key.id)
        return Caller(key.id, key.scopes, key.sites or None)


class Require:
    """Dependency of a route: a caller with one of these scopes, or 403."""

    def __init__(self, *scopes: str) -> None:
        self.scopes = scopes

    def __call__(self, request: Request) -> Caller:
        caller = request.scope.get(CALLER)
        if not isinstance(caller, Caller):
            raise ProblemError(401)
        if not caller.may(*self.scopes):
            raise ProblemError(403, f"this key lacks the scope {' or '.join(self.scopes)}")
        return caller


Sender = Annotated[Caller, Depends(Require("intake:write"))]
Follower = Annotated[Caller, Depends(Require("intake:write", "events:read"))]
Reader = Annotated[Caller, Depends(Require("events:read"))]
RawReader = Annotated[Caller, Depends(Require("raw:read"))]
Keeper = Annotated[Caller, Depends(Require("held:write"))]
Watcher = Annotated[Caller, Depends(Require("metrics:read"))]
Admin = Annotated[Caller, Depends(Require("admin"))]


def unguarded(app: FastAPI) -> list[str]:
    """Paths that are neither public nor ask for a scope; the app refuses to start with one."""
    return [path for route in app.routes if (path := str(getattr(route, "path", route))) not in PUBLIC and not scopes_of(route)]


def scopes_of(route: BaseRoute) -> tuple[str, ...]:
    """The scopes of which a route asks for one."""
    if not isinstance(route, APIRoute):
        return ()
    return next((each.call.scopes for each in route.dependant.dependencies if isinstance(each.call, Require)), ())


async def audit(gateway: "Gateway", caller: Caller, action: str, target: Mapping[str, Any] | str, count: int) -> None:
    """Leave a record before anything is given out. `target` is an id or a filter of checked form. Raises ProblemError 503."""
    text = target if isinstance(target, str) else " ".join(f"{name}={value}" for name, value in target.items() if value not in (None, ""))
    try:
        await asyncio.to_thread(gateway.state.audit.add, f"key:{caller.id}", action, text, count)
    except StateError:
        raise unavailable("the audit record cannot be written now") from None


__all__ = [
    "PUBLIC", "SCOPES", "Admin", "Authenticator", "Caller", "Follower", "Keeper", "RawReader", "Reader", "Require", "Sender", "Watcher", "audit",
    "create_key", "scopes_of", "unguarded",
]  # fmt: skip
