"""Evidence packs over HTTP: built in slices, so that the node goes on meanwhile, and verified before they leave.

A pack of a long history takes a second of work, one of the whole register many. Its parts are read between other
duties of the loop; the closing and the verification, which only compute, run in a thread, a few at a time, exports one
at a time. More are turned away with Busy. Every pack brings the page with which a court checks it offline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from starlette.responses import Response

from datadeed.judge_page import verify_page
from datadeed_ledger.evidence.build import finish_pack, with_page
from datadeed_ledger.evidence.container import PACK_BYTES_MAX
from datadeed_node.api.turns import Gate, Turn
from datadeed_node.snapshot import Snapshot

Parts = Iterator[tuple[str, bytes]]


async def build_pack(gate: Gate, snapshot: Snapshot, parts: Parts, ask: str) -> Response:
    """The pack of these parts under the snapshot's checkpoint, which answers `ask`. Raises Busy, or Unproven."""
    async with gate.entered():
        collected = await _collected(with_page(parts, verify_page()))
        fingerprint = snapshot.genesis.fingerprint
        return _attached(await asyncio.to_thread(finish_pack, collected, fingerprint, ask=ask), ask)


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
