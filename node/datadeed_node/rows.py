"""Reading the ledger's rows: the state for the rules, the tree for proofs, the chain for peers and judges.

The same code reads the committed state (store.py) and the moment that a published checkpoint covers (snapshot.py).
A row that must be there and is not means damage, never absence: it raises `StoreDamaged` and names the row. Nothing
here writes. Formats: layout.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from datadeed_ledger.encoding import encode, sha256
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import TREE_SIZE_MAX, Frontier, leaf_hash, node_hash
from datadeed_ledger.statemap import subject_prefix
from datadeed_node import layout
from datadeed_node.database import Readable, StoreDamaged


@dataclass(frozen=True, slots=True)
class Finality:
    """How one height became final. certificate: empty where a later block's certificate covers it."""

    view: int
    certificate: bytes


class LedgerRows:
    """The rows of one ledger as one database or snapshot shows them."""

    def __init__(self, rows: Readable) -> None:
        self._look_at(rows)

    def _look_at(self, rows: Readable) -> None:
        self._rows = rows
        self._get: Callable[[bytes], bytes | None] = rows.get

    # --- state, for the rules ----------------------------------------------------------------------------------------

    def record(self, key: bytes) -> bytes | None:
        """The record under this 65-byte key of the state map."""
        return self._get(layout.record_key(key))

    def records_under(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Every (key, record) whose key starts with `prefix`, in key order."""
        start = layout.record_key(prefix)
        for key, record in self._rows.scan(start, layout.after(start)):
            yield key[1:], record

    def entry_index(self, entry_id: bytes) -> int | None:
        """The log index of a recorded entry."""
        found = self._get(layout.entry_key(entry_id))
        return None if found is None else layout.number_of(found)

    def events_frontier(self, subject: str) -> Frontier:
        """The frontier of the subject's events tree; `Frontier.EMPTY` if nothing touched it."""
        found = self._get(layout.frontier_key(subject))
        return Frontier.EMPTY if found is None else Frontier.from_bytes(found)

    def event_index(self, subject: str, position: int) -> int:
        """The log index of the entry at this position of the subject's events."""
        key = layout.event_key(subject, position)
        return layout.number_of(self._must(key, f"event {position} of {subject}"))

    def subject_events(self, subject: str) -> Sequence[int]:
        """The log indexes of the entries that touched the subject, ascending."""
        start = b"e" + subject_prefix(subject)
        return [layout.number_of(index) for _, index in self._rows.scan(start, layout.after(start))]

    def listed(self, prefix: bytes, start: bytes = b"", stop: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        """(rest of the key, right id) of a list's rows whose rest is `start` or later and before `stop`, in order.

        prefix: a list of register_rows.py.
        """
        end = layout.after(prefix) if stop is None else prefix + stop
        for key, right in self._rows.scan(prefix + start, end):
            yield key[len(prefix) :], right

    def deposits(self, digest: bytes) -> Iterator[int]:
        """The log indexes of the deposits of a file with this digest, or of a batch with this root, ascending."""
        start = layout.deposits_of(digest)
        for key, _ in self._rows.scan(start, layout.after(start)):
            yield layout.number_of(key[len(start) :])

    def is_listed(self, key: bytes) -> bool:
        """Whether this row of a list is there."""
        return self._get(key) is not None

    def read_bucket(self, bucket: int) -> Sequence[tuple[bytes, bytes]]:
        """The (key, H(record)) pairs of one bucket of the state map, in key order."""
        start = b"r" + bucket.to_bytes(2, "big")
        return [(key[1:], sha256(record)) for key, record in self._rows.scan(start, layout.after(start))]

    def roster_index(self, version: int) -> int:
        """The log index of the entry that names the roster of this version, 2 or later."""
        index = layout.number_of(self._must(layout.roster_key(version), f"the row of roster {version}"))
        if index >= TREE_SIZE_MAX:
            raise StoreDamaged(f"the row of roster {version} leads out of the log")
        return index

    # --- the log's tree ----------------------------------------------------------------------------------------------

    def leaf(self, index: int) -> bytes:
        """The leaf data at a log index below the log's size."""
        return self._must(layout.leaf_key(index), f"log entry {index}")

    def leaves(self, first: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """(log index, leaf data) from `first` to below `stop`. Raises StoreDamaged at the first gap."""
        expected = first
        for key, data in self._rows.scan(layout.leaf_key(first), layout.leaf_key(stop)):
            index = layout.number_of(key[1:])
            if index != expected:
                break
            yield index, data
            expected += 1
        if expected != stop:
            raise StoreDamaged(f"log entry {expected} is missing in the store")

    def hash(self, level: int, index: int) -> bytes:
        """The 32-byte hash of a complete node of the log's tree."""
        if level >= layout.NODE_LEVEL_MIN:
            return self._must(layout.node_key(level, index), f"tree node {level}/{index}")
        if level == 0:
            return leaf_hash(self.leaf(index))
        return node_hash(self.hash(level - 1, 2 * index), self.hash(level - 1, 2 * index + 1))

    # --- the chain ---------------------------------------------------------------------------------------------------

    def header_index(self, height: int) -> int:
        """The log index of the header at this height."""
        return layout.number_of(self._height_row(height)[:8])

    def heights(self) -> Iterator[tuple[int, int]]:
        """(height, its header's log index) of every row of heights, ascending."""
        for key, row in self._rows.scan(b"h", layout.after(b"h")):
            yield layout.number_of(key[1:]), layout.number_of(row[:8])

    def header_at(self, height: int) -> bytes:
        """The header's bytes at this height."""
        return self.leaf(self.header_index(height))

    def finality(self, height: int) -> Finality:
        """The view and certificate with which this height was committed."""
        row = self._height_row(height)
        return Finality(layout.number_of(row[8:16]), row[16:])

    def block_height_of(self, index: int) -> int:
        """The height of the block that holds the leaf at this log index."""
        found = next(self._rows.scan(layout.header_index_key(index), layout.after(b"x")), None)
        if found is None:
            raise StoreDamaged(f"no header follows log entry {index} in the store")
        return layout.number_of(found[1])

    def height_of(self, digest: bytes) -> int | None:
        """The height of the committed block with this digest."""
        found = self._get(layout.digest_key(digest))
        return None if found is None else layout.number_of(found)

    def block_at(self, height: int) -> bytes:
        """The whole block at this height, as it travels between nodes."""
        index = self.header_index(height)
        header_bytes = self.leaf(index)
        first = Header.parse(header_bytes).first
        return encode([header_bytes, [data for _, data in self.leaves(first, index)]])

    def _height_row(self, height: int) -> bytes:
        return self._must(layout.height_key(height), f"block {height}")

    def _must(self, key: bytes, name: str) -> bytes:
        found = self._get(key)
        if found is None:
            raise StoreDamaged(f"{name} is missing in the store")
        return found
