"""HTTP/1.1 over one kept connection, with as little work as possible: the CPU belongs to the nodes."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Connection:
    """One connection to a node's API; one request at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Connection:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._writer is not None, "entered before"
        self._writer.close()

    async def get(self, path: str) -> tuple[int, bytes]:
        """(status, body)."""
        return await self._exchange(f"GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n".encode())

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """(status, body) of a msgpack body."""
        head = (
            f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/msgpack\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        return await self._exchange(head.encode() + body)

    async def lines(self, path: str) -> asyncio.StreamReader:
        """The reader of an endless answer, after its head."""
        reader = await self._sent(f"GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        return reader

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        reader = await self._sent(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lowered = head.lower()
        at = lowered.index(b"content-length: ") + 16
        length = int(lowered[at : lowered.index(b"\r\n", at)])
        return int(head[9:12]), await reader.readexactly(length)

    async def _sent(self, request: bytes) -> asyncio.StreamReader:
        assert self._reader is not None and self._writer is not None, "entered before"  # noqa: PT018 one state
        self._writer.write(request)
        await self._writer.drain()
        return self._reader
