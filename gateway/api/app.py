"""The FastAPI application of one gateway."""

import asyncio
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api import answers, events, held, intake, links, operation, problems, raw, receipts, routes
from gateway.api.auth import Authenticator, Require, scopes_of, unguarded
from gateway.api.guard import Guard, HttpMetrics
from gateway.api.parts import Options
from gateway.api.problems import ProblemError
from gateway.api.stream import Streams
from gateway.roles import ALL, INTAKE, SERVE, listed
from gateway.runtime import Gateway

VERSION = "1"
EXPLAINING = 2
"""Explanations at a time: one reads a set up to its item, and the threads are for everybody."""
ROUTERS = (
    (intake.router, {INTAKE}), (receipts.router, {INTAKE, SERVE}), (events.router, {SERVE}), (raw.router, {SERVE}), (held.router, {SERVE}),
    (answers.router, {SERVE}), (links.router, {SERVE}), (routes.router, {SERVE}), (operation.router, ALL),
)  # fmt: skip
"""Routes and the roles that serve them."""
ABOUT = "Files and messages in, events out. Every call but health and this page needs a key: `Authorization: Bearer cp_<id>_<secret>`."

PROBLEM = {"default": {"description": "ProblemError details (RFC 9457)", "content": {"application/problem+json": {}}}}


class Api(FastAPI):
    """The guard stands outside everything, also outside what the framework answers itself."""

    guard: ASGIApp

    def openapi(self) -> dict[str, Any]:
        """The document with the key and the scope that each route asks for."""
        if self.openapi_schema is None:
            made = get_openapi(title=self.title, version=self.version, description=self.description, routes=self.routes)
            made.setdefault("components", {})["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "cp_<id>_<secret>"}}
            made["components"].pop("schemas", None)
            for route in self.routes:
                if isinstance(route, APIRoute) and route.include_in_schema and (scopes := scopes_of(route)):
                    for method in route.methods or ():
                        found = made["paths"][route.path_format][method.lower()]
                        found["security"] = [{"key": [scope]} for scope in scopes]
                        found["responses"] = {code: answer for code, answer in found["responses"].items() if code != "422"} | PROBLEM
                        found["description"] = f"{found.get('description', '')}\n\nScope: {' or '.join(scopes)}.".strip()
            self.openapi_schema = made
        return self.openapi_schema

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.guard(scope, receive, send)


def create_app(gateway: Gateway, options: Options | None = None) -> FastAPI:
    """Raises RuntimeError when a route asks for no scope and is not among the public ones."""
    options = options or Options(heartbeat_seconds=gateway.config.api.heartbeat_seconds)
    app = Api(title="Clearplane", version=VERSION, description=ABOUT, docs_url=None, redoc_url=None, redirect_slashes=False)
    authenticator = Authenticator(gateway.state)
    app.state.gateway, app.state.options, app.state.authenticator = gateway, options, authenticator
    app.state.inlets = intake.Inlets(gateway)
    app.state.streams = Streams(gateway.metrics.registry)
    app.state.explaining = asyncio.Semaphore(EXPLAINING)
    app.state.readiness = operation.Readiness(gateway, options.free_bytes)
    for router, serving in ROUTERS:
        here = gateway.roles & serving
        app.router.routes.extend(router.routes if here else elsewhere(router.routes, serving))  # flat, so that every route can be looked at
    problems.install(app)
    app.guard = Guard(super(Api, app).__call__, authenticator, HttpMetrics(gateway.metrics.registry))
    open_routes = unguarded(app)
    if open_routes:
        raise RuntimeError(f"routes without a scope: {', '.join(open_routes)}")
    return app


def elsewhere(routes: Iterable[BaseRoute], serving: Collection[str]) -> Iterator[APIRoute]:
    """The same paths and scopes, answered by the name of the role that serves them."""

    async def answer() -> Response:
        raise ProblemError(404, f"this process does not serve this path; one with the role {listed(serving, ' or ')} does")

    for route in routes:
        if isinstance(route, APIRoute):
            scopes = [Depends(Require(*scopes_of(route)))]
            yield APIRoute(route.path, answer, methods=route.methods, dependencies=scopes, include_in_schema=False)


__all__ = ["create_app"]
