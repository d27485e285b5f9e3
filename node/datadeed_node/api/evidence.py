"""Evidence packs over HTTP: built in slices, so that the node goes on meanwhile, and verified before they leave.

A pack of a long history takes a second of work, one of the whole register many. Its parts are read between other
duties of the loop; the closing and the verification, which only compute, run in a thread, a few at a time, exports one
at a time. More are turned away with Busy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

from starlette.responses import Response

from datadeed_ledger.errors import Busy
from datadeed_ledger.evidence.build import finish_pack
from datadeed_ledger.evidence.container import PACK_BYTES_MAX
from datadeed_node.api.turns import Turn
from datadeed_node.snapshot import Snapshot

RETRY_AFTER_S: Final = 2
Parts = Iterator[tuple[str, bytes]]


class Evidence:
    """Builds packs for one node. at_once_max: that are built at a time; waiting_max: beyond, Busy."""

    def __init__(self, what: str, *, at_once_max: int, waiting_max: int) -> None:
        self._what = what
        self._rooms = asyncio.Semaphore(at_once_max)
        self._waiting = 0
        self._waiting_max = waiting_max

    async def pack(self, snapshot: Snapshot, parts: Parts, ask: str) -> Response:
        """The pack of these parts under the snapshot's checkpoint, which answers `ask`. Raises Busy, or Unproven."""
        if self._waiting >= self._waiting_max:
            raise Busy(f"as many {self._what} as this node builds at a time are asked for", RETRY_AFTER_S)
        self._waiting += 1
        try:
            async with self._rooms:
                collected = await _collected(parts)
                fingerprint = snapshot.genesis.fingerprint
                return _attached(await asyncio.to_thread(finish_pack, collected, fingerprint, ask=ask), ask)
        finally:
            self._waiting -= 1


async def _collected(parts: Parts) -> list[tuple[str, bytes]]:
    collected: list[tuple[str, bytes]] = []
    room, turn = PACK_BYTES_MAX, Turn()
    for name, data in parts:
        collected.append((name, data))
        room -= len(data)
        if room < 0:
            break  # finish_pack refuses it, and says why
        await turn.rest()
    return collected


def _attached(pack: bytes, ask: str) -> Response:
    """As a file, named for what it answers."""
    kind, _, rest = ask.partition("/")
    name = "-".join((kind, rest[:16])) if rest else kind
    headers = {"content-disposition": f'attachment; filename="evidence-{name}.zip"', "cache-control": "no-store"}
    return Response(pack, media_type="application/zip", headers=headers)
