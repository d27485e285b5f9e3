"""uvicorn embedded in the node's own loop, with the bounds that it lacks.

A connection must bring its whole head within `HEAD_DEADLINE_S` of its beginning, or of the first byte after the last
answer (one byte a minute would otherwise hold it for ever); a reader that does not read is cut off; connections are
counted. Bodies are bounded in `intake.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from datadeed_node.api.app import NodeApi

HEAD_DEADLINE_S = 10.0
KEEP_ALIVE_S = 30
WRITE_STALL_S = 30.0  # the peer has read nothing of a full buffer
CONNECTIONS_MAX = 512
STOP_S = 5  # answers under way may still be given
BACKLOG = 1024
_FULL_BODY = b'{"type":"urn:datadeed:problem:busy","title":"Too many connections","status":503,"kind":"busy"}'
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 1\r\n"
    b"connection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(_FULL_BODY), _FULL_BODY)
)


class BoundedProtocol(HttpToolsProtocol):
    """One connection of the API, within bounds of time and number."""

    def connection_made(self, transport: Any) -> None:
        self._head_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS_MAX:
            transport.write(_FULL)
            transport.close()
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel(self._head_timer)
        self._cancel(self._stall_timer)
        self._head_timer = self._stall_timer = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # uvicorn lets go of its keep-alive timer with any byte, also with one that begins no request.
        if self._head_timer is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._cancel(self._head_timer)
        self._head_timer = None
        super().on_headers_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall_timer = self.loop.call_later(WRITE_STALL_S, self._cut)

    def resume_writing(self) -> None:
        self._cancel(self._stall_timer)
        self._stall_timer = None
        super().resume_writing()

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_DEADLINE_S, self._cut)

    def _cut(self) -> None:
        self.pipeline.clear()  # requests that were sent ahead get no answer either
        self.transport.abort()

    @staticmethod
    def _cancel(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()


class _Embedded(uvicorn.Server):
    """A server that leaves signals to the node."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class ApiServer:
    """Serves one node's application on a socket that is bound already, so that a taken port is found first."""

    def __init__(self, api: NodeApi, listener: socket.socket) -> None:
        self._api = api
        self._listener = listener
        self._server = _Embedded(
            uvicorn.Config(
                api.app,
                http=BoundedProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=STOP_S,
            )
        )
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def start(self) -> None:
        self._serving = asyncio.get_running_loop().create_task(self._server.serve(sockets=[self._listener]), name="api")

    async def stop(self) -> None:
        """Answer what is under way, then close. Stopping twice is fine."""
        if self._serving is None:
            self._listener.close()
            return
        self._api.close()
        self._server.should_exit = True
        await self._serving


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError where the port is taken."""
    return socket.create_server(
        (host, port), backlog=BACKLOG, family=socket.AF_INET6 if ":" in host else socket.AF_INET
    )
