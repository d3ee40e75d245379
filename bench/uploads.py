"""Uploads over HTTP/1.1 with as little work of our own as can be: sender and gateway share the machine."""

import asyncio
from types import TracebackType
from typing import Self

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Uploads:
    """Keeps its connections; each new request takes one that is free, or opens one. An async context manager."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._host, self._port, self._token = host, port, token
        self._free: list[Connection] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for _, writer in self._free:
            writer.close()

    async def post(self, path: str, content: bytes) -> tuple[int, float]:
        """Status of the answer, and the seconds after which it wants to be asked again."""
        reader, writer = self._free.pop() if self._free else await asyncio.open_connection(self._host, self._port)
        head = f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {self._token}\r\nContent-Length: {len(content)}\r\n\r\n"
        writer.write(head.encode() + content)
        status, *headers = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        names = {name.strip().lower(): value.strip() for name, _, value in (header.partition(":") for header in headers)}
        await reader.readexactly(int(names["content-length"]))
        self._free.append((reader, writer))
        return int(status.split()[1]), float(names.get("retry-after", 0))
