"""`datadeed-node verify`: everything that a stopped node has stored, derived again from its leaves and compared.

The steps, each over the whole store:

    (1) the files open, and the store is this ledger's;
    (2) the leaves, replayed block by block through the same checks as a stranger's blocks (ledger room, chain.check),
        make the log, the state map and every index again, in a replica beside the store;
    (3) every block is final: a certificate of a quorum of its roster, on it or on a later block of its epoch;
    (4) the published checkpoint is proven, and so is the beginning of every roster up to its own; this node's own
        cosignatures are its own; every time-stamp is over a proven checkpoint; all over this very log, and each under
        the roster that its last header names (verify_signed.py);
    (5) every row of the store is the replica's: none altered, missing or added.

The first fault ends it, named by block, entry and key, or by file where LevelDB cannot read. What is not looked at: the
core's own rows (it checks them at start), and whether the machine's keys are the roster's (`run` does).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from datadeed_ledger.block import Block
from datadeed_ledger.chain import check, genesis_block
from datadeed_ledger.encoding import encode
from datadeed_ledger.entry import PARTY_ID_BYTES, Entry
from datadeed_ledger.errors import DatadeedError, Malformed
from datadeed_ledger.header import HEADER_FIRST_BYTE, Header
from datadeed_ledger.keys import is_valid, verify
from datadeed_ledger.register import Register
from datadeed_ledger.roster import Genesis
from datadeed_node import layout
from datadeed_node.config import Config
from datadeed_node.database import Database, LevelError, StoreDamaged, StoreForeign
from datadeed_node.fault import Fault, Progress
from datadeed_node.leveldb_files import damaged_file
from datadeed_node.rows import Finality, LedgerRows
from datadeed_node.store import Store, foreign
from datadeed_node.store_names import block_of_row, entry_of_row, name_of_row
from datadeed_node.verify_signed import SignedRows

NOT_OF_THE_LOG = (b"c", b"k", b"o", b"p", b"s", b"y", b"z")  # rows that no replay can make
ROWS_A_REPORT = 10_000  # between two looks at the progress

Row = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found whole. height, log_size: of the newest block; root: of the log; state_root: of the map."""

    fingerprint: str
    height: int
    log_size: int
    root: str
    state_root: str
    entries: int
    rows: int
    published_size: int


def verify_store(config: Config, genesis: Genesis, progress: Progress) -> Verified:
    """Verify the stopped node's whole store. Raises Fault, or StoreLocked while the node runs."""
    folder = config.data_folder
    try:
        database = Database(folder, write_buffer_bytes=config.write_buffer_bytes, create=False)
    except StoreDamaged as error:
        raise _file_fault(folder, str(error)) from error
    replica_folder = Path(tempfile.mkdtemp(prefix="verify-", dir=config.folder))
    try:
        replica = Store.open(replica_folder, genesis, write_buffer_bytes=config.write_buffer_bytes)
        try:
            return _Verification(config, genesis, database, replica, progress).run()
        finally:
            replica.close()
    except LevelError as error:
        raise _file_fault(folder, str(error)) from error
    finally:
        database.close()
        shutil.rmtree(replica_folder)


def _file_fault(folder: Path, message: str) -> Fault:
    found = damaged_file(folder)
    if found is not None:
        return Fault(f"LevelDB cannot read its file: {found[1]}", file=str(found[0]))
    # What passes its checksums and still cannot be opened is the list of files itself, cut at the end of a record.
    manifests = sorted(folder.glob("MANIFEST-*"))
    return Fault(message, file=str(manifests[-1] if manifests else folder))


class _Verification:
    """One run over one store."""

    def __init__(
        self, config: Config, genesis: Genesis, database: Database, replica: Store, progress: Progress
    ) -> None:
        self._genesis = genesis
        self._own_name = config.name
        self._database = database
        self._rows = LedgerRows(database)
        self._replica = replica
        self._progress = progress
        self._entries = 0

    def run(self) -> Verified:
        self._check_meta()
        height = self._newest_height()
        self._replay(height)
        signed = SignedRows(self._database, self._replica, self._own_name, self._progress)
        signed.check_certificates(height)
        published_size = signed.check_published()
        signed.check_boundaries(published_size)
        signed.check_cosigned()
        signed.check_stamps()
        rows = self._compare_rows()
        tip = self._replica.tip
        return Verified(
            fingerprint=self._genesis.fingerprint.hex(),
            height=height,
            log_size=tip.log_size,
            root=tip.frontier.root.hex(),
            state_root=tip.header.state_root.hex(),
            entries=self._entries,
            rows=rows,
            published_size=published_size,
        )

    # --- (1) ---------------------------------------------------------------------------------------------------------

    def _check_meta(self) -> None:
        meta = self._database.get(layout.META)
        if meta is None:
            raise Fault("the store has lost the row that says what it is", key=layout.META.hex())
        if meta != layout.FORMAT + self._genesis.fingerprint:
            raise StoreForeign(foreign(meta))

    def _newest_height(self) -> int:
        row = self._database.get(layout.TIP)
        if row is None:
            raise Fault("the row that names the newest block is missing", key=layout.TIP.hex())
        return layout.number_of(row)

    # --- (2) ---------------------------------------------------------------------------------------------------------

    def _replay(self, last: int) -> None:
        """Make the log, the map and the indexes again in the replica."""
        genesis_header = genesis_block(self._genesis, self._replica.rules_at(self._genesis.time_ms)).tip.header_bytes
        if self._database.get(layout.leaf_key(0)) != genesis_header:
            raise Fault("the founding block is not the one that genesis.json gives", 0, key=layout.leaf_key(0).hex())
        total = last + 1
        for height, leaves in self._blocks(last):
            block = self._block(height, leaves)
            try:
                executed = check(self._replica.tip, self._replica, block, _check_signature)
            except DatadeedError as error:
                raise self._block_fault(height, leaves, str(error)) from error
            self._entries += len(executed.entries)
            finality = self._finality(height)
            self._replica.prepare(executed, finality.view, finality.certificate).write()
            self._replica.adopt(executed)
            self._progress("replay", height + 1, total)

    def _finality(self, height: int) -> Finality:
        try:
            return self._rows.finality(height)
        except StoreDamaged as error:
            raise Fault(str(error), height, key=layout.height_key(height).hex()) from error

    def _blocks(self, last: int) -> Iterator[tuple[int, list[bytes]]]:
        """(height, entries and header) of every block after the founding one, read from the leaves alone."""
        height, leaves, expected = 1, [], 1
        for key, data in self._database.scan(layout.leaf_key(1), layout.after(b"l")):
            if layout.number_of(key[1:]) != expected:
                raise Fault(f"log entry {expected} is missing", height, key=layout.leaf_key(expected).hex())
            expected += 1
            leaves.append(data)
            if data.startswith(HEADER_FIRST_BYTE):
                yield height, leaves
                height, leaves = height + 1, []
        if leaves or height != last + 1:
            raise Fault(f"the log ends before block {last}, which the store names as its newest", height)

    def _block(self, height: int, leaves: list[bytes]) -> Block:
        try:
            return Block.parse(encode([leaves[-1], leaves[:-1]]))
        except Malformed as error:
            raise self._entry_fault(height, leaves[:-1], str(error)) from error

    def _block_fault(self, height: int, leaves: list[bytes], reason: str) -> Fault:
        """The fault where a block does not follow: its own, or the header's before it, which execution cannot tell."""
        before = self._replica.tip
        if Header.parse(leaves[-1]).previous != before.digest and self._rows.height_of(before.digest) is None:
            what = f"the header of block {before.height} is not the one that the next block names"
            return Fault(what, before.height, key=layout.leaf_key(before.header.index).hex())
        return self._entry_fault(height, leaves[:-1], reason)

    def _entry_fault(self, height: int, entries: list[bytes], reason: str) -> Fault:
        """The fault of a block that does not follow: the first of its entries that is not what was recorded there."""
        first = self._replica.tip.log_size
        for index, data in enumerate(entries, first):
            wrong = self._wrong_with(index, data)
            if wrong:
                return Fault(f"log entry {index} {wrong}", height, index, layout.leaf_key(index).hex())
        header = first + len(entries)
        return Fault(
            f"the header of block {height} is not its own: {reason}", height, key=layout.leaf_key(header).hex()
        )

    def _wrong_with(self, index: int, data: bytes) -> str:
        try:
            entry = Entry.parse(data)
        except Malformed as error:
            return f"is no entry: {error}"
        if self._rows.entry_index(entry.entry_id) != index:
            return f"is not the one that was recorded there; it reads as {entry.entry_id.hex()}"
        for signer, signature in zip(entry.body.by, entry.signatures, strict=True):
            key = self._key_of(signer)
            if key is not None and not is_valid(key, entry.message, signature):
                return f"({entry.entry_id.hex()}) does not carry the signature of {signer.hex()}"
        return ""

    def _key_of(self, signer: bytes) -> bytes | None:
        """The key that counts for `signer` on the replica, if it is known there."""
        if len(signer) == PARTY_ID_BYTES:
            party = Register(self._replica).party(signer)
            return None if party is None else party.public_key
        member = self._replica.roster.by_id(signer)
        return None if member is None else member.office

    # --- (5) ---------------------------------------------------------------------------------------------------------

    def _compare_rows(self) -> int:
        """Every row that a replay makes stands in the store as it was made, and none besides; how many they are."""
        count = 0
        stored, made = (
            _of_the_log(self._database.scan(b"\x00", b"\xff")),
            _of_the_log(self._replica.snapshot().scan(b"\x00", b"\xff")),
        )
        for row, derived in zip_longest(stored, made):
            if row != derived:
                raise self._row_fault(row, derived)
            count += 1
            if count % ROWS_A_REPORT == 0:
                self._progress("rows", count, 0)
        return count

    def _row_fault(self, row: Row | None, derived: Row | None) -> Fault:
        if row is not None and derived is not None and row[0] == derived[0]:
            return self._named(row[0], "was altered", derived[1])
        if row is None or (derived is not None and derived[0] < row[0]):
            assert derived is not None, "the two differ"
            return self._named(derived[0], "is missing", derived[1])
        return self._named(row[0], "was added", row[1])

    def _named(self, key: bytes, wrong: str, value: bytes) -> Fault:
        index = entry_of_row(key, value)
        block = None if index is None else self._replica.block_height_of(index)
        return Fault(f"{name_of_row(key, value)} {wrong}", block_of_row(key, value, block), index, key.hex())


def _of_the_log(rows: Iterable[Row]) -> Iterator[Row]:
    return (row for row in rows if row[0][:1] not in NOT_OF_THE_LOG)


def _check_signature(public_key: bytes, message: bytes, signature: bytes, entry: Entry) -> None:
    del entry
    verify(public_key, message, signature)
