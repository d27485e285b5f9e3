"""A toy ledger under the real consensus core: opaque blocks with a header, and a deterministic execution of them.

A block's digest is the hash of all its bytes, which plays the part of the ledger's header hash. `root` is a hash
chain over entries: a block that claims another root is invalid, the same everywhere. It leaves out everything about
entries but their numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from struct import Struct

from datadeed_consensus.core import BlockMeta
from datadeed_ledger.errors import Malformed

_HEADER = Struct(">4sQ32sQQB32sIH")  # magic, height, parent, time_ms, slack_ms, ends_epoch, root, salt, entries
_MAGIC = b"toy\n"
_ENTRY = Struct(">I")
CHANGE = 1 << 31  # entry CHANGE + e changes the roster of epoch e and ends it; it is alone in its block
GENESIS_ROOT = hashlib.sha256(b"nothing yet").digest()
GENESIS_TIME_MS = 1_790_000_000_000


@dataclass(frozen=True, slots=True)
class ToyBlock:
    height: int
    parent: bytes
    time_ms: int
    slack_ms: int
    root: bytes
    entries: tuple[int, ...] = ()
    salt: int = 0  # lets a liar make a second block of the same content
    ends_epoch: bool = False

    def to_bytes(self) -> bytes:
        count = len(self.entries)
        head = (self.height, self.parent, self.time_ms, self.slack_ms, self.ends_epoch, self.root, self.salt, count)
        return _HEADER.pack(_MAGIC, *head) + b"".join(_ENTRY.pack(entry) for entry in self.entries)

    @classmethod
    def parse(cls, data: bytes) -> ToyBlock:
        if len(data) < _HEADER.size or not data.startswith(_MAGIC):
            raise Malformed("not a toy block")
        _, height, parent, time_ms, slack_ms, ends_epoch, root, salt, count = _HEADER.unpack_from(data)
        if len(data) != _HEADER.size + count * _ENTRY.size:
            raise Malformed("a toy block of another length")
        entries = tuple(_ENTRY.unpack_from(data, _HEADER.size + i * _ENTRY.size)[0] for i in range(count))
        return cls(height, parent, time_ms, slack_ms, root, entries, salt, bool(ends_epoch))

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.to_bytes()).digest()

    def varied(self, salt: int) -> ToyBlock:
        return replace(self, salt=salt)


GENESIS = ToyBlock(0, bytes(32), GENESIS_TIME_MS, 0, GENESIS_ROOT)


def read_meta(data: bytes) -> BlockMeta:
    """What production reads from the ledger's header. Raises `Malformed`."""
    block = ToyBlock.parse(data)
    return BlockMeta(
        digest=hashlib.sha256(data).digest(),
        height=block.height,
        parent=block.parent,
        time_ms=block.time_ms,
        slack_ms=block.slack_ms,
        is_empty=not block.entries,
        ends_epoch=block.ends_epoch,
    )


def root_after(root: bytes, entries: Sequence[int]) -> bytes:
    for entry in entries:
        root = hashlib.sha256(root + _ENTRY.pack(entry)).digest()
    return root


class Application:
    """One member's view of the toy ledger: what is delivered, and what was executed on top of it since."""

    def __init__(self) -> None:
        self.tip = GENESIS.digest
        self.height = 0
        self.root = GENESIS_ROOT
        self.epoch = 1  # of the next block
        self.recorded: set[int] = set()
        self._executed: dict[bytes, tuple[bytes, bytes]] = {}  # undelivered valid block -> (parent, its root)

    def build(self, parent: bytes, height: int, time_ms: int, slack_ms: int, entries: Sequence[int]) -> ToyBlock:
        root = self._root_of(parent)
        assert not entries or parent == self.tip, "a block with entries was ordered on an unfinal parent (I10)"
        ends_epoch = CHANGE + self.epoch in entries
        entries = [CHANGE + self.epoch] if ends_epoch else [entry for entry in entries if entry < CHANGE]
        root = root_after(root, entries)
        return ToyBlock(height, parent, time_ms, slack_ms, root, tuple(entries), ends_epoch=ends_epoch)

    def execute(self, digest: bytes, block: ToyBlock) -> str:
        """The reason why the block is invalid, or nothing."""
        assert not block.entries or block.parent == self.tip, "entries executed on an unfinal parent (I10)"
        if self.recorded.intersection(block.entries) or len(set(block.entries)) != len(block.entries):
            return "an entry is recorded already"
        changes = [entry for entry in block.entries if entry >= CHANGE]
        if changes and block.entries != (CHANGE + self.epoch,):
            return "a change of the roster that is not alone, or of another epoch"
        if bool(changes) != block.ends_epoch:
            return "the block says otherwise of the epoch's end than its entries"
        if root_after(self._root_of(block.parent), block.entries) != block.root:
            return "another root"
        self._executed[digest] = (block.parent, block.root)
        return ""

    def deliver(self, digest: bytes, block: ToyBlock) -> None:
        assert block.parent == self.tip, "a delivered block does not stand on the one before"
        assert block.height == self.height + 1, "a height was left out"
        assert digest in self._executed, "delivered without having been executed since the start"
        self.tip, self.height, self.root = digest, block.height, block.root
        self.epoch += block.ends_epoch
        self.recorded.update(block.entries)
        del self._executed[digest]
        self._executed = {each: kept for each, kept in self._executed.items() if self._stands(each)}

    def _stands(self, digest: bytes) -> bool:
        """Whether an executed block descends from the tip; what does not is worth nothing now."""
        while digest in self._executed and digest != self.tip:
            digest = self._executed[digest][0]
        return digest == self.tip

    def _root_of(self, digest: bytes) -> bytes:
        if digest == self.tip:
            return self.root
        assert digest in self._executed, "the parent is neither delivered nor executed here"
        return self._executed[digest][1]
