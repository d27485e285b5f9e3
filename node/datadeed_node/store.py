"""The node's own copy of the ledger: one synced LevelDB batch a block; a crash leaves this block or the one before.

The store is append-only except for records, their bucket hashes, frontiers, consensus rows and rows of cosigning;
time-stamps and boundary checkpoints come when they are made.
A batch is built on the loop (`prepare`), written in a thread (`Batch.write`), and only then taken as the committed
state (`adopt`). Opening looks at the newest rows; the whole check is store_check.py. Left out: what a valid block is
(chain.py of the ledger room) and when to write (driver.py). Formats: layout.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from datadeed_ledger.chain import Executed, Tip, genesis_block
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence.reader import RosterChange
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import Frontier, frontier_at, new_nodes
from datadeed_ledger.roster import Genesis, Roster
from datadeed_ledger.rulebook import RuleBook
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.state import StateReader
from datadeed_ledger.statemap import StateMap
from datadeed_node import layout
from datadeed_node.database import Batch, Database, Readable, StoreDamaged, StoreForeign
from datadeed_node.digest_rows import digest_rows
from datadeed_node.register_rows import register_rows
from datadeed_node.roster_rows import Boundaries, read_rosters, roster_in, roster_rows
from datadeed_node.rows import LedgerRows
from datadeed_node.stamps import Stamps

Row = tuple[bytes, bytes]
WRITE_BUFFER_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Newest:
    """What the ledger is after one block, as far as it is kept in memory."""

    tip: Tip
    state_map: StateMap
    rosters: tuple[Roster, ...]  # up to the one in force for the next block


class Store(LedgerRows):
    """One ledger in one folder. Satisfies `StateReader` and `LedgerState` for the committed state."""

    def __init__(self, database: Database, genesis: Genesis, rules: RuleSet, newest: Newest) -> None:
        super().__init__(database.snapshot())
        self._database = database
        self.stamps = Stamps(database)
        self.boundaries = Boundaries(database)
        self.genesis = genesis
        self.rule_book = RuleBook(rules)
        self._newest = newest

    @classmethod
    def open(cls, folder: Path, genesis: Genesis, *, write_buffer_bytes: int = WRITE_BUFFER_BYTES) -> Store:
        """The store in `folder`, founded if it is empty.

        Raises StoreLocked where another process has it, StoreForeign where it is another ledger's, StoreDamaged.
        """
        database = Database(folder, write_buffer_bytes=write_buffer_bytes)
        try:
            rules = RuleSet.from_json(genesis.rules)
            if database.get(layout.META) is None:
                _found(database, genesis, rules)
            return cls(database, genesis, rules, _newest(database, genesis))
        except (StoreDamaged, StoreForeign, Malformed):
            database.close()
            raise

    # --- the committed state -----------------------------------------------------------------------------------------

    @property
    def tip(self) -> Tip:
        return self._newest.tip

    @property
    def state_map(self) -> StateMap:
        return self._newest.state_map

    @property
    def roster(self) -> Roster:
        """The roster in force for the next block."""
        return self._newest.rosters[-1]

    @property
    def rosters(self) -> tuple[Roster, ...]:
        """Every roster up to the one in force; the one of version v stands at v - 1."""
        return self._newest.rosters

    def roster_of(self, header: Header) -> Roster:
        """The roster that governs the block of this header."""
        return roster_in(self.rosters, header)

    def roster_at(self, height: int) -> Roster:
        """The roster that governs the block at this height."""
        return self.roster_of(Header.parse(self.header_at(height)))

    def roster_change(self, version: int) -> RosterChange | None:
        """How the roster of this version came into force; None where there is none, or it is not proven here yet."""
        return self.boundaries.change(self, version) if 2 <= version <= self.roster.version else None

    def rules_at(self, time_ms: int) -> RuleSet:
        """The rule set in force at the next block's time, as far as amendments are committed."""
        return self.rule_book.in_force(self, time_ms)

    # --- writing -----------------------------------------------------------------------------------------------------

    def batch(self) -> Batch:
        return self._database.batch()

    def prepare(self, executed: Executed, view: int, certificate: bytes) -> Batch:
        """The batch that commits `executed` on the tip: add the rows that belong to the same moment, then write it."""
        before, header = self.tip, executed.tip.header
        assert header.previous == before.digest, "a block is committed on the tip"
        batch = self._database.batch()
        put_block(batch, before.frontier, executed, view, certificate)
        put_register_rows(batch, self, executed)
        return batch

    def adopt(self, executed: Executed) -> None:
        """`executed` is durable: it is the committed state from here on.

        Until then nobody reads a row of it, so that what is read never mixes two blocks while one is being written.
        """
        self._look_at(self._database.snapshot())
        following = () if executed.next_roster is None else (executed.next_roster,)
        self._newest = Newest(executed.tip, executed.state_map or self.state_map, self.rosters + following)

    def consensus_rows(self) -> dict[bytes, bytes]:
        """Every row that the consensus core asked to keep."""
        return {key[1:]: value for key, value in self._database.scan(b"c", layout.after(b"c"))}

    def add_consensus_rows(self, batch: Batch, puts: Iterable[Row], deletes: Iterable[bytes]) -> None:
        for key, value in puts:
            batch.put(layout.consensus_key(key), value)
        for key in deletes:
            batch.delete(layout.consensus_key(key))

    def cosigned(self) -> bytes | None:
        """The newest cosignature of this node, as cosigner.py wrote it."""
        return self._database.get(layout.COSIGNED)

    def published(self) -> bytes | None:
        """The newest checkpoint that a quorum cosigned."""
        return self._database.get(layout.PUBLISHED)

    def starts(self) -> bytes | None:
        """How often a node has started with this store, and what may not vote, as starts.py wrote it."""
        return self._database.get(layout.STARTS)

    def snapshot(self) -> Readable:
        """The rows as they are at the tip."""
        return self._rows

    def close(self) -> None:
        self._database.close()


def put_block(batch: Batch, before: Frontier, executed: Executed, view: int, certificate: bytes) -> None:
    """Everything that one block adds. before: the log's frontier ahead of its first leaf."""
    put, delete = batch.put, batch.delete
    header = executed.tip.header
    index = before.size
    for data in (*executed.block.entries, executed.tip.header_bytes):
        put(layout.leaf_key(index), data)
        index += 1
    for level, at, value in new_nodes(before, executed.leaf_hashes):
        if level >= layout.NODE_LEVEL_MIN:
            put(layout.node_key(level, at), value)
    for entry_id, at in executed.changes.entries:
        put(layout.entry_key(entry_id), layout.shortest(at))
    for key, record in executed.changes.records.items():
        if record is None:
            delete(layout.record_key(key))
        else:
            put(layout.record_key(key), record)
    for bucket, bucket_hash in executed.state_map.dirty.items() if executed.state_map else ():
        if bucket_hash is None:
            delete(layout.bucket_key(bucket))
        else:
            put(layout.bucket_key(bucket), bucket_hash)
    for subject, position, at in executed.changes.touched:
        put(layout.event_key(subject, position), layout.shortest(at))
    for subject, frontier in executed.changes.frontiers.items():
        put(layout.frontier_key(subject), frontier.to_bytes())
    for key in digest_rows(executed):
        put(key, b"")
    for key, value in roster_rows(executed):
        put(key, value)
    put(layout.height_key(header.height), layout.u64(header.index) + layout.u64(view) + certificate)
    put(layout.header_index_key(header.index), layout.u64(header.height))
    put(layout.digest_key(executed.tip.digest), layout.u64(header.height))
    put(layout.TIP, layout.u64(header.height))


def put_register_rows(batch: Batch, before: StateReader, executed: Executed) -> None:
    """What one block changes in the register's lists. before: the state that it stands on."""
    for key, value in register_rows(before, executed):
        if value is None:
            batch.delete(key)
        else:
            batch.put(key, value)


def _found(database: Database, genesis: Genesis, rules: RuleSet) -> None:
    """Write the genesis block into an empty database. Raises StoreDamaged where it is not empty."""
    if next(database.scan(b"\x00", b"\xff"), None) is not None:
        raise StoreDamaged("the store has lost the row that says what it is")
    batch = database.batch()
    put_block(batch, Frontier.EMPTY, genesis_block(genesis, rules), 0, b"")
    batch.put(layout.META, layout.FORMAT + genesis.fingerprint)
    batch.write()


def foreign(meta: bytes | None) -> str:
    """Why a store with this row about itself is not for this program on this ledger, and what to do."""
    if meta is not None and meta.startswith(layout.FORMAT_NAME) and not meta.startswith(layout.FORMAT):
        written, _, _ = meta.partition(b"\n")
        return (
            f"the store was written in the format {written.decode('ascii', 'replace')}, this program's is "
            f"{layout.FORMAT.decode().strip()}: run the version that wrote it, or move the store away and let the node "
            "fetch the ledger anew from the others (it then votes no more in this epoch)"
        )
    return "the store belongs to another ledger"


def _newest(database: Database, genesis: Genesis) -> Newest:
    """The tip and the state map's top, the newest rows held against each other. Raises StoreDamaged."""
    meta = database.get(layout.META)
    if meta != layout.FORMAT + genesis.fingerprint:
        raise StoreForeign(foreign(meta))
    tip_row = database.get(layout.TIP)
    if tip_row is None:
        raise StoreDamaged("the store has lost the row that names its newest block")
    rows, height = LedgerRows(database), layout.number_of(tip_row)
    header_bytes = rows.header_at(height)
    header = Header.parse(header_bytes)
    if header.height != height or header.index != rows.header_index(height):
        raise StoreDamaged(f"the header of block {height} says that it is block {header.height}")
    tip = Tip(header, header_bytes, frontier_at(header.log_size, rows.hash))
    buckets = {layout.number_of(key[1:]): value for key, value in database.scan(b"b", layout.after(b"b"))}
    state_map = StateMap.from_buckets(buckets)
    if state_map.root != header.state_root:
        raise StoreDamaged(f"the state does not have the root that the header of block {height} names")
    before = frontier_at(header.tree_size, rows.hash) if header.tree_size else Frontier.EMPTY
    if before.root != header.tree_root:
        raise StoreDamaged(f"the log does not have the root that the header of block {height} names")
    return Newest(tip, state_map, read_rosters(rows, genesis, header))
