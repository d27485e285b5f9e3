"""Building and executing blocks for consensus: on the committed state, through the ledger room's one path, each once.

What was built or executed is kept until a block is committed, so that delivering a block writes what its execution
found, and a block that this node built itself is not executed again. A block with entries stands on the committed tip;
an empty one may stand on a block that is kept here. Entries that a proposal brings first are verified in slices before
the block is checked in one go. Left out: when to build and what to vote (consensus), storage (store.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from datadeed_consensus.core import BlockMeta
from datadeed_ledger import chain
from datadeed_ledger.block import Block
from datadeed_ledger.chain import Executed, Tip
from datadeed_ledger.errors import DatadeedError
from datadeed_node.mempool import Mempool
from datadeed_node.metrics import Metrics
from datadeed_node.signatures import Signatures
from datadeed_node.store import Store

SLICE_S = 0.003
ENTRY_S_AT_FIRST = 0.0001  # until the first block of some size tells better
PACE_ENTRIES_MIN = 50
PARSED_MAX = 8  # blocks read and not yet executed or forgotten; consensus has one proposal a view in hand


@dataclass(frozen=True, slots=True)
class Packing:
    """How much a block of this node's takes; more waits for the next."""

    entries_max: int
    bytes_max: int


class Pace:
    """How many entries this machine executes in a given time now, as its last blocks tell."""

    def __init__(self) -> None:
        self._entry_s = ENTRY_S_AT_FIRST

    def note(self, entries: int, took_s: float) -> None:
        """A block of so many entries took so long. Small blocks say more of other things than of entries."""
        if entries >= PACE_ENTRIES_MIN:
            self._entry_s += (took_s / entries - self._entry_s) / 4

    def entries_in(self, time_s: float) -> int:
        """At least a few, so that the pace is measured again also after a bad moment."""
        return max(PACE_ENTRIES_MIN, int(time_s / self._entry_s))


class Execution:
    """The blocks that are known and not committed yet."""

    def __init__(
        self, store: Store, mempool: Mempool, signatures: Signatures, metrics: Metrics, packing: Packing
    ) -> None:
        self._store = store
        self._mempool = mempool
        self._signatures = signatures
        self._metrics = metrics
        self._packing = packing
        self._pace = Pace()
        self._parsed: dict[bytes, Block] = {}
        self._executed: dict[bytes, Executed] = {}

    def read_meta(self, data: bytes) -> BlockMeta:
        """What consensus needs to know of a block. Raises Malformed."""
        block = self._parse(data)
        header = block.header
        return BlockMeta(
            digest=block.digest,
            height=header.height,
            parent=header.previous,
            time_ms=header.time_ms,
            slack_ms=header.slack_ms,
            is_empty=not block.entries,
            ends_epoch=header.ends_epoch,
        )

    def build(self, parent: bytes, *, empty: bool, time_ms: int, slack_ms: int, within_s: float) -> bytes:
        """The next block on `parent`, of as many entries as can be executed within `within_s` seconds.

        Entries that the rules refuse now leave the mempool.
        """
        begun_s = monotonic()
        count_max = min(self._packing.entries_max, self._pace.entries_in(within_s))
        candidates = [] if empty else self._mempool.candidates(count_max, self._packing.bytes_max)
        built = chain.build(self._tip(parent), self._store, candidates, time_ms, slack_ms, self._signatures.check)
        self._mempool.left_out(built.left_out)
        block = built.executed.block
        self._executed[block.digest] = built.executed
        data = block.to_bytes()
        self._remember(data, block)
        self._took(len(candidates), monotonic() - begun_s)
        return data

    async def execute(self, digest: bytes, data: bytes, parent: bytes) -> str:
        """Check and execute a block; empty if it is valid, else the reason why it is not."""
        if digest in self._executed:
            return ""
        begun_s = monotonic()
        try:
            block = self._parse(data)
            await self._verify_unknown(block.entries)
            executed = chain.check(self._tip(parent), self._store, block, self._signatures.check, self._mempool.parse)
        except DatadeedError as error:
            return str(error)
        assert block.digest == digest, "consensus names a block by its header's hash"
        self._executed[digest] = executed
        self._took(len(block.entries), monotonic() - begun_s)
        return ""

    def executed(self, digest: bytes) -> Executed:
        """The result of a block that was executed since the last commit and is valid."""
        return self._executed[digest]

    def committed(self, digest: bytes) -> None:
        """This block is the committed tip: forget what does not stand on it."""
        standing = {digest}
        kept: dict[bytes, Executed] = {}
        for each in sorted(self._executed.values(), key=lambda executed: executed.tip.height):
            if each.tip.header.previous in standing:
                block_digest = each.block.digest
                standing.add(block_digest)
                kept[block_digest] = each
        self._executed = kept

    def _took(self, entries: int, time_s: float) -> None:
        self._metrics.execute_time.observe(time_s)
        self._pace.note(entries, time_s)

    def _tip(self, digest: bytes) -> Tip:
        committed = self._store.tip
        return committed if digest == committed.digest else self._executed[digest].tip

    async def _verify_unknown(self, entries: Sequence[bytes]) -> None:
        end_s = monotonic() + SLICE_S
        for data in entries:
            if self._mempool.knows(data):
                continue
            self._mempool.learn(data)
            if monotonic() > end_s:
                await asyncio.sleep(0)
                end_s = monotonic() + SLICE_S

    def _parse(self, data: bytes) -> Block:
        block = self._parsed.get(data)
        if block is None:
            block = Block.parse(data)
            self._remember(data, block)
        return block

    def _remember(self, data: bytes, block: Block) -> None:
        if len(self._parsed) >= PARSED_MAX:
            del self._parsed[next(iter(self._parsed))]
        self._parsed[data] = block
