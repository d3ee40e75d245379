"""The outermost layer: authentication before anything else, security headers, one access line per request, errors that tell nothing."""

import logging
import time
import traceback
from urllib.parse import parse_qsl

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.auth import CALLER, PUBLIC, Authenticator, Caller
from gateway.api.problems import ProblemError, problem_of

SECURITY_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
STREAM = "clearplane.stream"
"""Set in the scope of an answer that goes on until the client leaves."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_access = logging.getLogger("clearplane.access")
_errors = logging.getLogger("clearplane.api")


class HttpMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter("clearplane_http_requests", "HTTP requests answered", ("method", "route", "status"), registry=registry)
        self.seconds = Histogram("clearplane_http_seconds", "Time to the end of the answer, streams left out", ("route",), registry=registry)


class Guard:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator, metrics: HttpMetrics) -> None:
        self._app = app
        self._authenticator = authenticator
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            exchange = _Exchange(scope, receive, send)
            try:
                await exchange.run(self._app, self._authenticator)
            finally:
                exchange.record(self._metrics)
        else:
            raise RuntimeError("only HTTP is served")


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        headers = Headers(scope=scope)
        self._authorization = headers.get("authorization", "")
        self._unread = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
        self._status = 0
        self._complete = False
        self._bytes = 0
        self._started = time.perf_counter()

    async def run(self, app: ASGIApp, authenticator: Authenticator) -> None:
        try:
            await self._answer(app, authenticator)
        except ClientDisconnect:
            self._status = self._status or 499
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                _errors.error("request failed: %s", where(error))
            if self._complete:
                return
            if self._status:
                raise ConnectionAbortedError("the answer was cut short") from None
            await (problem or ProblemError(500)).response()(self._scope, self.receive, self.send)

    async def _answer(self, app: ASGIApp, authenticator: Authenticator) -> None:
        if self._scope["path"] not in PUBLIC:
            caller = await authenticator.caller(self._authorization)
            if caller is None:
                raise ProblemError(401, "a valid key is needed: Authorization: Bearer cp_<id>_<secret>", headers={"WWW-Authenticate": "Bearer"})
            self._scope[CALLER] = caller
        await app(self._scope, self.receive, self.send)

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self._unread = False
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            if self._unread:
                headers["connection"] = "close"  # what is left of the body is not waited for
        elif message["type"] == "http.response.body":
            self._bytes += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
        await self._send(message)

    def record(self, metrics: HttpMetrics) -> None:
        """Route patterns and names of parameters only: paths and values may hold anything."""
        scope, seconds = self._scope, time.perf_counter() - self._started
        route = getattr(scope.get("route"), "path", "") or (scope["path"] if scope["path"] in PUBLIC else "unmatched")
        method = scope["method"] if scope["method"] in METHODS else "other"
        caller = scope.get(CALLER)
        metrics.requests.labels(method, route, str(self._status)).inc()
        if not scope.get(STREAM):
            metrics.seconds.labels(route).observe(seconds)
        line = {
            "method": method, "route": route, "status": self._status, "ms": round(seconds * 1000, 1), "bytes": self._bytes,
            "key": caller.id if isinstance(caller, Caller) else None,
            "query": sorted({name for name, _ in parse_qsl(scope["query_string"].decode("latin-1")) if name.isidentifier()}),
        }  # fmt: skip
        _access.info("request", extra=line)


def where(error: BaseException) -> str:
    """Type and place of an error; its text may hold data and stays out of logs."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at " + " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-4:]))


__all__ = ["Guard", "HttpMetrics", "where"]
