"""`/events`: every committed entry as a server-sent event, resumable by log index.

An event's id is its log index, so a reader that lost its connection says Last-Event-ID (browsers do it by themselves)
and misses nothing. What is sent is final, and its proof follows within a moment; the stream itself proves nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from datadeed_ledger.encoding import decode, to_b64
from datadeed_ledger.entry import ENTRY_BYTES_MAX, Entry
from datadeed_ledger.errors import Busy
from datadeed_ledger.evidence.codecs import readable
from datadeed_node.api.intake import number
from datadeed_node.node import Node

HEARTBEAT_S: Final = 15.0  # proxies close what is silent for a minute
STREAMS_MAX: Final = 64  # each costs a connection and wakes up with every block
RETRY_MS: Final = 1_000  # how long a browser waits before it comes back
_HEADERS: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}


class EventRoutes:
    """One node's stream of committed entries."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._open = 0
        self._closing = asyncio.Event()
        self.router = APIRouter(tags=["log"])
        self.router.add_api_route("/events", self.events)

    def close(self) -> None:
        """End every stream: the node is stopping."""
        self._closing.set()

    async def events(
        self,
        request: Request,
        first: str | None = Query(None, alias="from", description="log index to begin with; without it, from now on"),
    ) -> Response:
        """Committed entries as server-sent events; the id of each is its log index. Resume with Last-Event-ID."""
        last_seen = request.headers.get("last-event-id")
        if last_seen:
            index = number(last_seen, "Last-Event-ID") + 1
        elif first is not None:
            index = number(first, "from")
        else:
            index = self._node.store.tip.log_size
        if self._open >= STREAMS_MAX:
            raise Busy("as many event streams as this node serves are open; read /tile/entries/… instead", 10)
        return StreamingResponse(self._stream(index), media_type="text/event-stream", headers=_HEADERS)

    async def _stream(self, first: int) -> AsyncIterator[bytes]:
        self._open += 1
        entries = self._node.events(first)
        closing = asyncio.create_task(self._closing.wait())
        coming: asyncio.Future[tuple[int, bytes]] | None = None
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            while True:
                coming = coming or asyncio.ensure_future(anext(entries))
                await asyncio.wait((coming, closing), timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
                if self._closing.is_set():
                    return
                if self._closing.is_set():
                    return
                if not coming.done():
                    yield b": here\n\n"
                    continue
                try:
                    index, data = coming.result()
                except StopAsyncIteration:
                    return
                coming = None
                yield _event(index, data)
        finally:
            self._open -= 1
            closing.cancel()
            if coming is not None:
                coming.cancel()
                await asyncio.wait((coming,))


def _event(index: int, data: bytes) -> bytes:
    entry = Entry.parse(data)
    document = {
        "index": index,
        "entry_id": entry.entry_id.hex(),
        "kind": entry.kind,
        "entry": to_b64(data),
        "body": readable(decode(entry.body_bytes, bytes_max=ENTRY_BYTES_MAX)),
    }
    return f"id: {index}\nevent: entry\ndata: {json.dumps(document, ensure_ascii=False)}\n\n".encode()
