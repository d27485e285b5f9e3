"""Evidence packs over HTTP: built in slices, so that the node goes on meanwhile, and verified before they leave.

A pack of a long history takes a second of work. Its parts are read between other duties of the loop; the closing and
the verification, which only compute, run in a thread, a few at a time. More are turned away with Busy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from starlette.responses import Response

from datadeed_ledger.errors import Busy
from datadeed_ledger.evidence.build import entry_parts, finish_pack, title_parts
from datadeed_ledger.evidence.container import PACK_BYTES_MAX
from datadeed_ledger.records import Right
from datadeed_node.api.turns import Turn
from datadeed_node.snapshot import Snapshot

AT_ONCE_MAX = 2  # packs that are built at a time
WAITING_MAX = 16  # beyond: Busy
RETRY_AFTER_S = 2


class Evidence:
    """Builds packs for one node."""

    def __init__(self) -> None:
        self._rooms = asyncio.Semaphore(AT_ONCE_MAX)
        self._waiting = 0

    async def of_entry(self, snapshot: Snapshot, entry_id: bytes) -> Response:
        """The pack of one entry under the snapshot's checkpoint."""
        ask = f"entry/{entry_id.hex()}"
        return _attached(await self._built(snapshot, entry_parts(snapshot, entry_id), ask), entry_id)

    async def of_right(self, snapshot: Snapshot, right: bytes) -> Response:
        """The title pack of one right."""
        ask = Right.subject_of(right)
        return _attached(await self._built(snapshot, title_parts(snapshot, right), ask), right)

    async def _built(self, snapshot: Snapshot, parts: Iterator[tuple[str, bytes]], ask: str) -> bytes:
        if self._waiting >= WAITING_MAX:
            raise Busy("as many evidence packs as this node builds at a time are asked for", RETRY_AFTER_S)
        self._waiting += 1
        try:
            async with self._rooms:
                collected = await _collected(parts)
                fingerprint = snapshot.genesis.fingerprint
                return await asyncio.to_thread(finish_pack, collected, fingerprint, ask=ask)
        finally:
            self._waiting -= 1


async def _collected(parts: Iterator[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    collected: list[tuple[str, bytes]] = []
    room, turn = PACK_BYTES_MAX, Turn()
    for name, data in parts:
        collected.append((name, data))
        room -= len(data)
        if room < 0:
            break  # finish_pack refuses it, and says why
        await turn.rest()
    return collected


def _attached(pack: bytes, subject: bytes) -> Response:
    name = f"evidence-{subject.hex()[:16]}.zip"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(pack, media_type="application/zip", headers=headers)
