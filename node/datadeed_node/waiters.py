"""Who waits for an entry to be proven: told when a published checkpoint covers it, or that it will not be recorded.

Acknowledgement promises nothing; this is what stands between `202` and a receipt. Left out: time-outs (the caller's).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import DatadeedError


class Waiters:
    """Futures by entry id, then by the log index that a checkpoint must cover."""

    def __init__(self) -> None:
        self._for_entry: dict[bytes, list[asyncio.Future[int]]] = {}
        self._for_proof: list[tuple[int, asyncio.Future[int]]] = []

    def wait(self, entry_id: bytes, index: int | None) -> asyncio.Future[int]:
        """A future of the entry's log index. index: where it is recorded already, and not proven yet."""
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if index is not None:
            self._for_proof.append((index, future))
        else:
            waiting = self._for_entry.setdefault(entry_id, [])
            waiting.append(future)
            future.add_done_callback(lambda _: self._forget(entry_id, future))
        return future

    def committed(self, first: int, entries: Sequence[Entry]) -> None:
        """These entries are recorded from log index `first` on."""
        if self._for_entry:
            for index, entry in enumerate(entries, first):
                for future in self._for_entry.pop(entry.entry_id, ()):
                    self._for_proof.append((index, future))

    def published(self, size: int) -> None:
        """A published checkpoint covers the first `size` leaves."""
        waiting, self._for_proof = self._for_proof, []
        for index, future in waiting:
            if future.done():
                continue
            if index < size:
                future.set_result(index)
            else:
                self._for_proof.append((index, future))

    def dropped(self, entry_id: bytes, error: DatadeedError) -> None:
        """The entry left unrecorded."""
        for future in self._for_entry.pop(entry_id, ()):
            if not future.done():
                future.set_exception(error)

    def _forget(self, entry_id: bytes, future: asyncio.Future[int]) -> None:
        waiting = self._for_entry.get(entry_id)
        if waiting is not None and future in waiting:
            waiting.remove(future)
            if not waiting:
                del self._for_entry[entry_id]
