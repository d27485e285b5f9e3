"""The epochs of a node's chain: their ids, where each ended, and what peers of any of them are given from the store.

An epoch is governed by one roster and has its version's number. Whoever is still in an epoch that has ended here is
served under that epoch's id: its blocks, pages of them, and the certificate of the block that ended it.
Spec: docs/spec/consensus.md 2.11. Left out: who may ask how often (the consensus core).
"""

from __future__ import annotations

import asyncio

from datadeed_consensus.core import Floor, epoch_id
from datadeed_consensus.messages import (
    RANGE_BLOCKS_LIMIT,
    RANGE_BLOCKS_MAX,
    encode_block,
    encode_end,
    encode_range,
)
from datadeed_ledger.encoding import jcs, sha256
from datadeed_ledger.header import Header
from datadeed_ledger.roster import Roster
from datadeed_node.store import Store


class Epochs:
    """The epochs of the chain in `store`, up to the one that the next block belongs to."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._parameters_digest = sha256(jcs(store.genesis.consensus))
        self._versions: dict[bytes, int] = {}

    def id_of(self, roster: Roster) -> bytes:
        """The id of the epoch that this roster governs, 32 bytes."""
        return epoch_id(self._store.genesis.fingerprint, roster.version, roster.digest, self._parameters_digest)

    def floor(self) -> Floor:
        """What the core of the present epoch begins with: the tip, and the epoch's newest certificate."""
        tip = self._store.tip
        height, newest = tip.height, self._store.finality(tip.height)
        while height > 0 and not Header.parse(self._store.header_at(height)).ends_epoch:
            if newest.certificate:
                return Floor(tip.height, tip.digest, tip.header.time_ms, newest.view, newest.certificate)
            height -= 1
            newest = self._store.finality(height)
        return Floor(tip.height, tip.digest, tip.header.time_ms, 0, b"")

    # --- for peers ---------------------------------------------------------------------------------------------------

    def block(self, digest: bytes, of: bytes) -> bytes | None:
        """The message with this committed block. of: the asker's epoch id."""
        height = None if self._version(of) is None else self._store.height_of(digest)
        return None if height is None else encode_block(of, self._store.block_at(height))

    async def page(self, from_height: int, bytes_max: int, of: bytes) -> bytes | None:
        """The message with blocks of that epoch from a height on, up to the first certified one that fills the page."""
        version = self._version(of)
        if version is None or not 1 <= from_height <= self._store.tip.height:
            return None
        if Header.parse(self._store.header_at(from_height)).roster_version != version:
            return None
        blocks: list[bytes] = []
        size, certified, certificate = 0, 0, b""
        for height in range(from_height, self._last(version, from_height) + 1):
            block = self._store.block_at(height)
            if certified and size + len(block) > bytes_max:
                break
            blocks.append(block)
            size += len(block)
            found = self._store.finality(height).certificate
            if found:
                certified, certificate = len(blocks), found
                if len(blocks) >= RANGE_BLOCKS_MAX or size >= bytes_max:
                    break
            await asyncio.sleep(0)
        return encode_range(of, blocks[:certified], certificate) if certified else None

    def end(self, of: bytes) -> bytes | None:
        """The message with the certificate of the block that ended that epoch."""
        version = self._version(of)
        height = None if version is None else self._end(version)
        return None if height is None else encode_end(of, self._store.finality(height).certificate)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _version(self, of: bytes) -> int | None:
        for roster in self._store.rosters[len(self._versions) :]:
            self._versions[self.id_of(roster)] = roster.version
        return self._versions.get(of)

    def _end(self, version: int) -> int | None:
        """The height of the block that ended this epoch, if one has."""
        if version >= self._store.roster.version:
            return None
        return self._store.block_height_of(self._store.roster_index(version + 1))

    def _last(self, version: int, from_height: int) -> int:
        """The last height that a page of this epoch from `from_height` may hold."""
        end = self._end(version)
        return min(self._store.tip.height if end is None else end, from_height + RANGE_BLOCKS_LIMIT - 1)
