"""Errors as RFC 9457 problem details. They name what is wrong and never repeat what was sent."""

from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.pipeline.refusal import NotNowError
from gateway.seams import BlobDamaged, BlobError, BlobNotFound, LogError
from gateway.state import StateError

RETRY_SECONDS = 5
TITLES = {
    400: "Bad request", 401: "Not authenticated", 403: "Not allowed", 404: "Not found", 405: "Method not allowed", 408: "Request timed out",
    409: "Conflict", 410: "Gone", 413: "Too large", 415: "Media type not supported", 416: "Range not satisfiable", 500: "Internal error",
    503: "Not available now",
}  # fmt: skip


class ProblemError(Exception):
    """Ends a request. `extra` members stand beside the standard ones."""

    def __init__(self, status: int, detail: str = "", *, headers: dict[str, str] | None = None, **extra: Any) -> None:
        super().__init__(status, detail)
        self.status, self.detail, self.extra = status, detail, extra
        self.headers = headers or {}

    def response(self) -> Response:
        body: dict[str, Any] = {"type": "about:blank", "title": TITLES.get(self.status, "Error"), "status": self.status}
        if self.detail:
            body["detail"] = self.detail
        return Response(orjson.dumps({**body, **self.extra}), self.status, self.headers, "application/problem+json")


def unavailable(detail: str, **extra: Any) -> ProblemError:
    return ProblemError(503, detail, headers={"Retry-After": str(RETRY_SECONDS)}, **extra)


def problem_of(error: Exception) -> ProblemError | None:
    """The problem a known error stands for; None for our own bugs."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, HTTPException):
        return ProblemError(error.status_code, headers=dict(error.headers or {}))
    if isinstance(error, RequestValidationError):
        wrong = [".".join(str(part) for part in each["loc"][1:]) for each in error.errors()]
        return ProblemError(400, "parameters are missing or not valid", parameters=sorted(set(wrong)))
    if isinstance(error, BlobNotFound):
        return ProblemError(404, "the stored bytes are no longer kept")
    if isinstance(error, BlobDamaged):
        return ProblemError(500, "the stored bytes are damaged")
    if isinstance(error, BlobError):
        return unavailable("the blob store cannot be used now")
    if isinstance(error, LogError):
        return unavailable(str(error) if isinstance(error, NotNowError) else "the log cannot be used now")
    if isinstance(error, StateError):
        return unavailable("the state database cannot be used now")
    return None


def install(app: FastAPI) -> None:
    """Answer every known error as a problem."""

    async def answer(request: Request, error: Exception) -> Response:
        return (problem_of(error) or ProblemError(500)).response()

    async def own_bug(request: Request, error: Exception) -> Response:
        return ProblemError(500).response()

    for kind in (ProblemError, HTTPException, RequestValidationError, BlobError, LogError, StateError):
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(Exception, own_bug)  # the framework then raises it again, for the guard to log


__all__ = ["ProblemError", "install", "problem_of", "unavailable"]
