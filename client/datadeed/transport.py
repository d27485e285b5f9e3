"""Performs what a flow asks for, over httpx: once blocking, once with asyncio. Decides nothing.

Bounds that httpx alone does not set: a whole answer within the request's time, however it trickles; no more bytes than
the request allows; no redirects (a node's address is the roster's, not a redirect's); no compressed bodies, which could
unfold without limit.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import aclosing, closing
from typing import Final, TypeVar

import httpx

from datadeed.session import Answer, Attempt, Flow, NoAnswer, Pause, Reply, Step, Work
from datadeed_ledger.errors import Busy

T = TypeVar("T")
CONNECT_TIMEOUT_S: Final = 3.0
_HEADERS: Final = {"accept-encoding": "identity", "user-agent": "datadeed"}


class Blocking:
    """For programs without an event loop. May serve several threads; `close` ends their pauses."""

    def __init__(self) -> None:
        self._client = httpx.Client(headers=_HEADERS, follow_redirects=False)
        self._closed = threading.Event()

    def run(self, flow: Flow[T]) -> T:
        """What the flow returns, after everything that it asked for was done."""
        with closing(flow):
            reply: Reply = None
            while True:
                try:
                    step = flow.send(reply)
                except StopIteration as end:
                    value: T = end.value
                    return value
                reply = self._perform(step)

    def close(self) -> None:
        self._closed.set()
        self._client.close()

    def _perform(self, step: Step) -> Reply:
        if isinstance(step, Pause):
            if self._closed.wait(step.seconds):
                raise Busy("the ledger was closed while it waited; open it again")
            return None
        if isinstance(step, Work):
            step.run()
            return None
        try:
            response = self._client.send(_request(self._client, step), stream=True)
            with closing(response):
                reading = _Reading(step, response)
                for piece in response.iter_raw():
                    if not reading.take(piece):
                        break
                return reading.result()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return NoAnswer(step.url, _reason(error))


class Asynchronous:
    """For programs with a running asyncio loop."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(headers=_HEADERS, follow_redirects=False)

    async def run(self, flow: Flow[T]) -> T:
        """As `Blocking.run`."""
        with closing(flow):
            reply: Reply = None
            while True:
                try:
                    step = flow.send(reply)
                except StopIteration as end:
                    value: T = end.value
                    return value
                reply = await self._perform(step)

    async def close(self) -> None:
        await self._client.aclose()

    async def _perform(self, step: Step) -> Reply:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        if isinstance(step, Work):
            await asyncio.to_thread(step.run)
            return None
        try:
            response = await self._client.send(_request(self._client, step), stream=True)
            async with aclosing(response):
                reading = _Reading(step, response)
                async for piece in response.aiter_raw():
                    if not reading.take(piece):
                        break
                return reading.result()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return NoAnswer(step.url, _reason(error))


class _Reading:
    """A body as it comes in, within the request's bounds."""

    def __init__(self, attempt: Attempt, response: httpx.Response) -> None:
        self._attempt, self._response = attempt, response
        self._pieces: list[bytes] = []
        self._left = attempt.request.bytes_max
        self._deadline_s = time.monotonic() + attempt.request.timeout_s
        self._fault = "a compressed answer" if "content-encoding" in response.headers else ""

    def take(self, piece: bytes) -> bool:
        """Whether to go on reading."""
        self._left -= len(piece)
        self._pieces.append(piece)
        if self._left < 0:
            self._fault = f"an answer of more than {self._attempt.request.bytes_max} bytes"
        elif time.monotonic() > self._deadline_s:
            self._fault = f"an answer that was not whole after {self._attempt.request.timeout_s:g} s"
        return not self._fault

    def result(self) -> Answer | NoAnswer:
        if self._fault:
            return NoAnswer(self._attempt.url, self._fault)
        headers = self._response.headers
        retry_after = headers.get("retry-after", "")
        return Answer(
            self._attempt.url,
            self._response.status_code,
            headers.get("content-type", ""),
            int(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 9 else None,
            b"".join(self._pieces),
        )


def _request(client: httpx.Client | httpx.AsyncClient, attempt: Attempt) -> httpx.Request:
    request = attempt.request
    return client.build_request(
        request.method,
        attempt.url + request.path,
        content=request.body or None,
        headers={"content-type": request.content_type} if request.content_type else None,
        timeout=httpx.Timeout(request.timeout_s, connect=min(CONNECT_TIMEOUT_S, request.timeout_s)),
    )


def _reason(error: httpx.HTTPError | httpx.InvalidURL) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    return f"{type(error).__name__}: {error}"
