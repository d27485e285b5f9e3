"""Routes about entries: taking them in, and giving back what was recorded, with proof.

`202` promises nothing; a receipt does, once the client has verified it. Submitting the same bytes again, to this node
or another, is the same entry.
"""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from datadeed_ledger.encoding import Json, decode, to_b64
from datadeed_ledger.entry import ENTRY_BYTES_MAX, Entry
from datadeed_ledger.errors import DatadeedError, Malformed
from datadeed_ledger.evidence.codecs import readable
from datadeed_node.api.intake import id_in_path, read_msgpack
from datadeed_node.api.problems import NotFound, problem_of
from datadeed_node.api.proofs import proven_index, published, receipt, tlog_proof
from datadeed_node.node import Node

WAIT_S = 15.0  # below the 20 s that the client allows an answer
BATCH_ENTRIES_MAX = 1_000
BATCH_BYTES_MAX = 4 * 1024 * 1024
ID_BYTES = 32


class EntryRoutes:
    """One node's routes under /entries."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.router = APIRouter(tags=["entries"])
        self.router.add_api_route("/entries", self.submit, methods=["POST"], status_code=202)
        self.router.add_api_route("/entries/batch", self.submit_batch, methods=["POST"])
        self.router.add_api_route("/entries/{entry_id}", self.entry)
        self.router.add_api_route("/entries/{entry_id}/receipt", self.receipt)
        self.router.add_api_route("/entries/{entry_id}/tlog-proof", self.tlog_proof)

    async def submit(self, request: Request, wait: bool = False) -> Response:
        """Take in one entry (application/msgpack). 202 pending, 200 recorded before; with ?wait=true 200 and the
        receipt once it is final and proven, or 202 if that takes too long."""
        entry = await self._node.submit(await read_msgpack(request, ENTRY_BYTES_MAX))
        if not wait:
            return self._standing(entry.entry_id)
        try:
            index = await self._node.wait_proven(entry.entry_id, WAIT_S)
        except TimeoutError:
            return self._standing(entry.entry_id)
        return JSONResponse(receipt(published(self._node), entry.entry_id, index))

    async def submit_batch(self, request: Request) -> Response:
        """Take in a msgpack array of entries, each as bin; a result for each, in order."""
        items = _items(await read_msgpack(request, BATCH_BYTES_MAX))
        results = await self._node.submit_batch(items)
        return JSONResponse([self._result(data, found) for data, found in zip(items, results, strict=True)])

    async def entry(self, entry_id: str) -> Response:
        """An entry that is recorded or pending here: its bytes, its place, its readable twin."""
        wanted = id_in_path(entry_id, ID_BYTES, "an entry's id")
        store = self._node.store
        index = store.entry_index(wanted)
        if index is not None:
            return JSONResponse(_described(Entry.parse(store.leaf(index)), index, store.block_height_of(index)))
        waiting = self._node.pending(wanted)
        if waiting is None:
            raise NotFound(f"no entry {entry_id} is known here")
        return JSONResponse(_described(waiting, None, None))

    async def receipt(self, entry_id: str) -> Response:
        """The receipt of a recorded entry: its proof, its block's header, the newest header, under one checkpoint."""
        wanted = id_in_path(entry_id, ID_BYTES, "an entry's id")
        snapshot = published(self._node)
        return JSONResponse(receipt(snapshot, wanted, proven_index(self._node, snapshot, wanted)))

    async def tlog_proof(self, entry_id: str) -> Response:
        """The entry's inclusion proof as c2sp.org/tlog-proof text, checkpoint included."""
        wanted = id_in_path(entry_id, ID_BYTES, "an entry's id")
        snapshot = published(self._node)
        return Response(tlog_proof(snapshot, proven_index(self._node, snapshot, wanted)), media_type="text/plain")

    def _standing(self, entry_id: bytes) -> Response:
        index = self._node.store.entry_index(entry_id)
        if index is None:
            return JSONResponse({"entry_id": entry_id.hex(), "status": "pending"}, 202)
        return JSONResponse({"entry_id": entry_id.hex(), "status": "recorded", "index": index})

    def _result(self, data: bytes, found: Entry | DatadeedError) -> dict[str, Json]:
        if isinstance(found, Entry):
            recorded = self._node.store.entry_index(found.entry_id) is not None
            return {"entry_id": found.entry_id.hex(), "status": "recorded" if recorded else "pending"}
        problem = problem_of(found)
        return {
            "entry_id": None if isinstance(found, Malformed) else Entry.parse(data).entry_id.hex(),
            "status": problem.kind,
            "problem": problem.document(),
        }


def _items(body: bytes) -> Sequence[bytes]:
    """The entries of a batch. Raises Malformed."""
    value = decode(body, bytes_max=BATCH_BYTES_MAX)
    if not isinstance(value, list) or not 1 <= len(value) <= BATCH_ENTRIES_MAX:
        raise Malformed(f"a batch is a msgpack array of 1 to {BATCH_ENTRIES_MAX} entries")
    items = [item for item in value if isinstance(item, bytes)]
    if len(items) != len(value):
        raise Malformed("each item of a batch is one entry's bytes as bin")
    return items


def _described(entry: Entry, index: int | None, height: int | None) -> dict[str, Json]:
    place: dict[str, Json] = {} if index is None else {"index": index, "height": height}
    return {
        "entry_id": entry.entry_id.hex(),
        "status": "pending" if index is None else "recorded",
        **place,
        "kind": entry.kind,
        "entry": to_b64(entry.data),
        "body": readable(decode(entry.body_bytes, bytes_max=ENTRY_BYTES_MAX)),
    }
