"""HTTP intake without the web server: a request's body, raw or multipart/form-data, becomes messages for the sink as its bytes arrive."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from typing import NamedTuple

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from connectors.source import PIECE_BYTES, Sink

KIND = "http"
FORM = "application/x-www-form-urlencoded"
"""What curl --data-binary says when it is told nothing; the body is taken as it is."""
MEDIA_TYPES = frozenset(
    {
        "", "application/octet-stream", "application/edi-x12", "application/x12", "text/plain", "text/x12", FORM,
        "application/hl7-v2", "application/hl7-v2+er7", "x-application/hl7-v2+er7",
    }
)  # fmt: skip
MAX_PARTS = 1000
MAX_HEADERS = 16
MAX_HEADER_BYTES = 4096


class UnsupportedMediaError(Exception):
    """The content type is none that this intake takes."""


class MalformedBodyError(Exception):
    """The body is not what its content type says. Its text holds no data."""


class StoppingError(Exception):
    """The source takes no more messages; the sender shall come again."""


class Part(NamedTuple):
    """One file of a request. `chunks` must be read before the next part is asked for; what is left unread is skipped."""

    name: str
    content_type: str
    chunks: AsyncIterator[bytes]


class HttpSource:
    """Implements connectors.source.Source for a web server that calls `receive` once per request."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._stopping = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._open = 0

    async def run(self) -> None:
        await self._stopping.wait()

    async def stop(self) -> None:
        self._stopping.set()
        await self._idle.wait()

    async def receive(self, content_type: str, name: str, body: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
        """The receipt of each file of a request, each as soon as it is safe.

        Raises UnsupportedMediaError, MalformedBodyError, StoppingError, and whatever the sink or `body` raises; receipts already given stay good.
        """
        if self._stopping.is_set():
            raise StoppingError
        self._open += 1
        self._idle.clear()
        try:
            async for part in parts(content_type, name, body):
                if media_type(part.content_type) not in MEDIA_TYPES:
                    raise UnsupportedMediaError
                yield await self._sink.accept(part.name, part.content_type, part.chunks)
        finally:
            self._open -= 1
            if not self._open:
                self._idle.set()


async def parts(content_type: str, name: str, body: AsyncIterator[bytes]) -> AsyncGenerator[Part, None]:
    """The files of a body: the body itself, or each multipart part that has a file name."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        yield Part(name, content_type, _pieces(body))
        return
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise MalformedBodyError("the content type names no boundary")
    async for part in _Multipart(boundary, _pieces(body)).files():
        yield part


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


async def _pieces(body: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same bytes in bounded pieces, none of them empty."""
    async for chunk in body:
        for start in range(0, len(chunk), PIECE_BYTES):
            yield chunk[start : start + PIECE_BYTES]


class _Headers(NamedTuple):
    lines: list[tuple[bytes, bytes]]


class _PartEnd(NamedTuple):
    pass


class _Multipart:
    """Pulls a multipart body through the push parser, keeping at most the events of one piece."""

    def __init__(self, boundary: bytes, body: AsyncIterator[bytes]) -> None:
        self._body = body
        self._events: deque[_Headers | bytes | _PartEnd] = deque()
        self._name, self._value = b"", b""
        self._lines: list[tuple[bytes, bytes]] = []
        self._complete = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._lines.clear,
                    "on_header_field": self._on_field,
                    "on_header_value": self._on_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": lambda: self._events.append(_Headers(list(self._lines))),
                    "on_part_data": lambda data, start, end: self._events.append(data[start:end]),
                    "on_part_end": lambda: self._events.append(_PartEnd()),
                    "on_end": self._on_end,
                },
                max_header_count=MAX_HEADERS,
                max_header_size=MAX_HEADER_BYTES,
            )
        except MultipartParseError as error:
            raise MalformedBodyError("the boundary is not valid") from error

    async def files(self) -> AsyncGenerator[Part, None]:
        count = 0
        while (event := await self._next()) is not None:
            if not isinstance(event, _Headers):
                continue  # left unread by whoever took the part
            part = _file_part(event, self._data())
            if part is not None:
                count += 1
                if count > MAX_PARTS:
                    raise MalformedBodyError("too many parts")
                yield part

    async def _data(self) -> AsyncGenerator[bytes, None]:
        while not isinstance(event := await self._next(), _PartEnd):
            if not isinstance(event, bytes):
                raise MalformedBodyError("a part is not closed")
            yield event

    async def _next(self) -> _Headers | bytes | _PartEnd | None:
        while not self._events:
            piece = await anext(self._body, None)
            if piece is None:
                if not self._complete:
                    raise MalformedBodyError("the body ends before its last boundary")
                return None
            try:
                self._parser.write(piece)
            except MultipartParseError as error:
                raise MalformedBodyError("the body is no valid multipart/form-data") from error
        return self._events.popleft()

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._lines.append((self._name.strip().lower(), self._value.strip()))
        self._name, self._value = b"", b""

    def _on_end(self) -> None:
        self._complete = True


def _file_part(headers: _Headers, chunks: AsyncIterator[bytes]) -> Part | None:
    """None for a form field that is no file. Raises MalformedBodyError for a transfer encoding that would have to be undone."""
    lines = dict(headers.lines)
    if lines.get(b"content-transfer-encoding", b"binary").lower() not in {b"7bit", b"8bit", b"binary"}:
        raise MalformedBodyError("a part has a transfer encoding")
    _, options = parse_options_header(lines.get(b"content-disposition"))
    if b"filename" not in options:
        return None
    return Part(options[b"filename"].decode("utf-8", "replace"), lines.get(b"content-type", b"").decode("latin-1"), chunks)


__all__ = ["KIND", "MEDIA_TYPES", "HttpSource", "MalformedBodyError", "Part", "StoppingError", "UnsupportedMediaError", "media_type", "parts"]
