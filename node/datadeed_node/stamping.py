"""Asking time-stamp authorities (RFC 3161) for a token over the newest published checkpoint, now and then.

Each authority has a loop of its own beside everything else that a node does: it waits its interval, asks once for the
newest checkpoint that has no token yet, and keeps the answer if it holds. An authority that is away, slow or wrong is
logged, counted and asked again later; nothing else waits for it, and a ledger without tokens is as good a ledger.

What is sent is the SHA-256 of a checkpoint's three lines, nothing else. What comes back is bounded, is read by the same
code as a judge reads it, and is written by the writer like everything else. One token a checkpoint: whoever answers
first. Spec: docs/spec/evidence.md section 8; docs/spec/node.md section 6.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import structlog

from datadeed.timestamp_authorities import trusted_authorities
from datadeed_ledger.errors import DatadeedError, Malformed, Unproven
from datadeed_ledger.evidence.timestamps import AuthorityCheck, Stamp, read_stamp
from datadeed_ledger.notes import Note
from datadeed_ledger.timestamp_token import RESPONSE_BYTES_MAX, timestamp_request
from datadeed_node.config import Config
from datadeed_node.metrics import Metrics
from datadeed_node.snapshot import Snapshot
from datadeed_node.stamps import row_of_stamp
from datadeed_node.store import Store
from datadeed_node.writer import Writer

log = structlog.get_logger(__name__)

REQUEST_S = 30.0  # from the first byte sent to the last received
LOOK_S = 5.0  # between two looks for a checkpoint that has no token yet; no longer than the interval
RETRY_S = 10.0  # after the first failure; doubled at each further one, up to the interval
_REQUEST_HEADERS = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority to ask. name: its host, for logs and figures; check: who signed, None where no roots are set."""

    name: str
    url: str
    interval_s: int
    check: AuthorityCheck | None


def authorities_of(config: Config) -> tuple[Authority, ...]:
    """Those of the settings, their certificates read. Raises Malformed, OSError."""
    return tuple(
        Authority(
            urlsplit(each.url).netloc,
            each.url,
            each.interval_s,
            None if each.roots is None else trusted_authorities(config.folder / each.roots),
        )
        for each in config.timestamp_authorities
    )


class Stamping:
    """The time-stamps of one node. published: the ledger under the newest published checkpoint, if there is one."""

    def __init__(
        self, store: Store, writer: Writer, metrics: Metrics, *, published: Callable[[], Snapshot | None]
    ) -> None:
        self._store = store
        self._writer = writer
        self._metrics = metrics
        self._published = published

    async def run(self, authorities: tuple[Authority, ...]) -> None:
        """Ask all of them, for as long as the node runs."""
        async with httpx.AsyncClient(timeout=REQUEST_S) as http, asyncio.TaskGroup() as tasks:
            for authority in authorities:
                tasks.create_task(self._serve(http, authority))

    async def _serve(self, http: httpx.AsyncClient, authority: Authority) -> None:
        name, failures = authority.name, 0
        while True:
            snapshot = self._unstamped()
            if snapshot is None:
                await asyncio.sleep(min(LOOK_S, authority.interval_s))
                continue
            try:
                stamp = await self._ask(http, authority, snapshot)
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, DatadeedError) as error:
                self._metrics.timestamps.labels(name, "failed").inc()
                log.warning("time-stamp failed", authority=name, size=snapshot.size, reason=str(error) or repr(error))
                await asyncio.sleep(min(RETRY_S * 2**failures, authority.interval_s))
                failures = min(failures + 1, 16)
                continue
            failures = 0
            await self._keep(stamp, name)
            await asyncio.sleep(authority.interval_s)

    def _unstamped(self) -> Snapshot | None:
        """What is published now, unless it has a token already."""
        snapshot = self._published()
        return None if snapshot is None or self._store.stamps.has(snapshot.size) else snapshot

    async def _ask(self, http: httpx.AsyncClient, authority: Authority, snapshot: Snapshot) -> Stamp:
        """A stamp over the snapshot's checkpoint that a judge would accept. Raises what went wrong."""
        body = Note.parse(snapshot.checkpoint).body
        nonce = secrets.randbits(63) + 1
        async with asyncio.timeout(REQUEST_S):
            response = await _exchange(http, authority.url, timestamp_request(body, nonce))
        stamp = Stamp(snapshot.size, snapshot.checkpoint, response)
        stamped = read_stamp(stamp, snapshot.roster)
        if stamped.token.nonce != nonce:
            raise Unproven("timestamps", "the answer is not to this request: it has another nonce")
        if authority.check is not None:
            await asyncio.to_thread(authority.check, response, body)
        return stamp

    async def _keep(self, stamp: Stamp, name: str) -> None:
        if self._store.stamps.has(stamp.size):
            return  # another authority was quicker; a row is never changed
        batch = self._store.batch()
        batch.put(*row_of_stamp(stamp))
        await self._writer.write(batch)
        self._metrics.timestamps.labels(name, "kept").inc()
        self._metrics.stamped_size.set(stamp.size)
        log.info("time-stamp kept", authority=name, size=stamp.size)


async def _exchange(http: httpx.AsyncClient, url: str, request: bytes) -> bytes:
    """The authority's answer. Raises httpx.HTTPError, or Malformed where it is no answer or too long."""
    async with http.stream("POST", url, content=request, headers=_REQUEST_HEADERS) as answer:
        if answer.status_code != httpx.codes.OK:
            raise Malformed(f"it answered {answer.status_code}")
        data = b""
        async for piece in answer.aiter_bytes():
            data += piece
            if len(data) > RESPONSE_BYTES_MAX:
                raise Malformed(f"its answer is longer than {RESPONSE_BYTES_MAX} bytes")
    return data
