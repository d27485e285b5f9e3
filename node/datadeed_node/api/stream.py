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
STREAMS_MAX: Final = 32  # each costs a connection and wakes up with every block
CHUNK_EVENTS: Final = 100  # that go out together; after a full chunk a stream rests, so that at most
CHUNK_PAUSE_S: Final = 0.05  # 2,000 events/s go to one reader; who follows more than that reads tiles
MADE_MAX: Final = 1_000  # events kept for the other streams
RETRY_MS: Final = 1_000  # how long a browser waits before it comes back
_HEADERS: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}


class EventRoutes:
    """One node's stream of committed entries."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._open = 0
        self._closing = asyncio.Event()
        self._made: dict[int, bytes] = {}
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
        chunk: list[bytes] = []
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            while not self._closing.is_set():
                coming = coming or asyncio.ensure_future(anext(entries))
                # What is there already goes out together; for what is not, the line is held and shown to be alive.
                if chunk:
                    await asyncio.sleep(0)
                else:
                    await asyncio.wait((coming, closing), timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
                if coming.done():
                    chunk.append(self._event(*coming.result()))
                    coming = None
                    if len(chunk) < CHUNK_EVENTS:
                        continue
                if not self._closing.is_set():
                    yield b"".join(chunk) or b": here\n\n"
                if len(chunk) == CHUNK_EVENTS:
                    await asyncio.sleep(CHUNK_PAUSE_S)
                chunk.clear()
        except StopAsyncIteration:
            return  # the node has stopped
        finally:
            self._open -= 1
            closing.cancel()
            if coming is not None:
                coming.cancel()
                await asyncio.wait((coming,))

    def _event(self, index: int, data: bytes) -> bytes:
        """One event, made once for all streams that tell it at about the same time."""
        event = self._made.get(index)
        if event is None:
            event = self._made[index] = _event(index, data)
            while len(self._made) > MADE_MAX:
                del self._made[next(iter(self._made))]
        return event


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
