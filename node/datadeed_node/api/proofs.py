"""What the API hands out as proof, each answer from one snapshot: receipts and tlog-proofs.

Nothing here is believed by anybody because this node said so; every part is checked by whoever asked. Formats:
docs/spec/ledger.md sections 4 and 7.
"""

from __future__ import annotations

from datadeed_ledger.checkpoint import tlog_proof_text
from datadeed_ledger.encoding import Json
from datadeed_ledger.errors import Busy
from datadeed_ledger.merkle import inclusion_path
from datadeed_node.api.problems import NotFound
from datadeed_node.node import Node
from datadeed_node.snapshot import Snapshot


def published(node: Node) -> Snapshot:
    """The snapshot that this answer is built from. Raises Busy before the first checkpoint."""
    snapshot = node.published()
    if snapshot is None:
        raise Busy("no checkpoint is published yet; a quorum of institutions has to be running")
    return snapshot


def proven_index(node: Node, snapshot: Snapshot, entry_id: bytes) -> int:
    """The log index of a proven entry. Raises Busy while it is on its way, NotFound when nobody submitted it here."""
    index = snapshot.entry_index(entry_id)
    if index is not None:
        return index
    if node.pending(entry_id) is not None or node.store.entry_index(entry_id) is not None:
        raise Busy(f"entry {entry_id.hex()} is on its way and not proven yet")
    raise NotFound(f"no entry {entry_id.hex()} is known here")


def tlog_proof(snapshot: Snapshot, index: int) -> bytes:
    """The C2SP tlog-proof of the leaf at `index` under the snapshot's checkpoint."""
    return tlog_proof_text(index, inclusion_path(index, snapshot.size, snapshot.hash), snapshot.checkpoint)


def receipt(snapshot: Snapshot, entry_id: bytes, index: int) -> dict[str, Json]:
    """The entry's proof, its block's header and the newest header with theirs, all under one checkpoint."""
    height = snapshot.block_height_of(index)
    newest = snapshot.size - 1
    return {
        "entry_id": entry_id.hex(),
        "index": index,
        "height": height,
        "tlog_proof": tlog_proof(snapshot, index).decode(),
        "block_header": snapshot.header_at(height).decode(),
        "block_header_proof": tlog_proof(snapshot, snapshot.header_index(height)).decode(),
        "header": snapshot.tip.header_bytes.decode(),
        "header_proof": tlog_proof(snapshot, newest).decode(),
    }
