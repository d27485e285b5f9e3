"""Entries between nodes: what came through one door is told to all, until it is recorded.

What is new here leaves in one frame a turn of the loop. What comes in is judged in slices with a turn of the loop
between, never in a thread. A frame may be lost and a peer's pool may be full, so what has waited for seconds is told
again, a little at a time, and everything is told to a peer that comes up. A peer may be ahead of us: an entry that the
rules refuse here now is kept for a moment and judged again after the next block. Left out: the door (mempool.py).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from time import monotonic

from datadeed_ledger.errors import Busy, Malformed, Refused
from datadeed_node.mempool import Mempool
from datadeed_node.metrics import Metrics
from datadeed_node.wire import ENTRIES_FRAME_BYTES_MAX, decode_entries, encode_entries

SLICE_S = 0.003  # a few dozen entries with their signatures; links and consensus get their turn between
INCOMING_BYTES_MAX = 8 * 1024 * 1024  # not judged yet; beyond, frames are dropped and told again later
EARLY_MAX = 2_000  # refused now, kept for the next blocks
EARLY_BYTES_MAX = 16 * 1024 * 1024  # of these, whatever their kind
EARLY_TRIES = 3
AGAIN_S = 2.0
AGAIN_ENTRIES = 200  # a round: entries that have waited longest, which the next blocks take first
FRAME_FILL_BYTES = ENTRIES_FRAME_BYTES_MAX - 64 * 1024  # an entry more of the largest kind still fits


class Gossip:
    """The exchange of waiting entries. `send(peer, payload)`: to the member of that name, or to all if peer is None."""

    def __init__(
        self,
        mempool: Mempool,
        metrics: Metrics,
        *,
        send: Callable[[str | None, bytes], None],
        drop: Callable[[str, str], None],
    ) -> None:
        self._mempool = mempool
        self._metrics = metrics
        self._send = send
        self._drop = drop
        self._outgoing: list[bytes] = []
        self._incoming: deque[tuple[str, int, bytes]] = deque()  # peer, tries so far, entry
        self._incoming_bytes = 0
        self._early: list[tuple[str, int, bytes]] = []
        self._early_bytes = 0
        self._again: deque[bytes] = deque()  # ids of waiting entries that were judged under another roster
        self._arrived = asyncio.Event()

    # --- out ---------------------------------------------------------------------------------------------------------

    def tell(self, entry: bytes) -> None:
        """Tell all peers of an entry that is new here; leaves with others of the same turn."""
        if not self._outgoing:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outgoing.append(entry)

    def peer_up(self, peer: str) -> None:
        """Tell a peer that has just come up everything that waits."""
        for payload in frames(self._mempool.all()):
            self._send(peer, payload)

    def _flush(self) -> None:
        entries, self._outgoing = self._outgoing, []
        for payload in frames(entries):
            self._send(None, payload)

    async def tell_again(self) -> None:
        """For as long as the node runs: repeat what has waited long."""
        while True:
            await asyncio.sleep(AGAIN_S)
            before_ms = int((monotonic() - AGAIN_S) * 1000)
            for payload in frames(self._mempool.oldest(AGAIN_ENTRIES, before_ms)):
                self._send(None, payload)

    # --- in ----------------------------------------------------------------------------------------------------------

    def received(self, peer: str, payload: bytes) -> None:
        """Queue what a peer tells."""
        if self._incoming_bytes + len(payload) > INCOMING_BYTES_MAX:
            self._metrics.entries_refused.labels("backlog").inc()
            return
        try:
            entries = decode_entries(payload)
        except Malformed as error:
            self._drop(peer, str(error))
            return
        self._incoming.extend((peer, 0, entry) for entry in entries)
        self._incoming_bytes += sum(map(len, entries))
        self._arrived.set()

    def committed(self) -> None:
        """The committed state has moved on: what was refused too early is judged again."""
        if self._early:
            self._incoming.extend(self._early)
            self._incoming_bytes += self._early_bytes
            self._early.clear()
            self._early_bytes = 0
            self._arrived.set()

    def roster_changed(self) -> None:
        """What waits was judged under the roster before: it is judged again, before anything else that comes in."""
        self._again = deque(self._mempool.ids())
        self._arrived.set()

    async def admit(self) -> None:
        """For as long as the node runs: judge what comes in, a slice a turn of the loop."""
        while True:
            await self._arrived.wait()
            end_s = monotonic() + SLICE_S
            while self._again and monotonic() < end_s:
                self._mempool.judge_again(self._again.popleft())
            while self._incoming and monotonic() < end_s:
                peer, tries, entry = self._incoming.popleft()
                self._incoming_bytes -= len(entry)
                self._judge(peer, tries, entry)
            if not self._incoming and not self._again:
                self._arrived.clear()
            await asyncio.sleep(0)

    def _judge(self, peer: str, tries: int, entry: bytes) -> None:
        if self._mempool.was_recorded(entry):
            return
        try:
            self._mempool.admit(entry, "gossip")
        except Malformed as error:
            self._drop(peer, f"an entry that no honest node passes on: {error}")
        except Busy:
            return  # told again later
        except Refused:
            if tries < EARLY_TRIES and self._has_room_for_early(entry):
                self._early.append((peer, tries + 1, entry))
                self._early_bytes += len(entry)

    def _has_room_for_early(self, entry: bytes) -> bool:
        return len(self._early) < EARLY_MAX and self._early_bytes + len(entry) <= EARLY_BYTES_MAX


def frames(entries: Iterable[bytes]) -> Iterator[bytes]:
    """The entries in as few frames as their limit allows."""
    taken: list[bytes] = []
    size = 0
    for entry in entries:
        if size + len(entry) > FRAME_FILL_BYTES:
            yield encode_entries(taken)
            taken, size = [], 0
        taken.append(entry)
        size += len(entry) + 3
    if taken:
        yield encode_entries(taken)
