"""The rosters after the founding one: where the log names them, and the checkpoint that proves each one's beginning.

    v  u64 roster version    u64 log index of the `amend_roster` entry; in the batch of the block that records it
    z  u64 roster version    the boundary checkpoint: of the log that ends with that block's header, index + 2 leaves,
                             proven under the roster before; written once by the cosigner, taken over by a repair

A roster's document is read from the entry in the log, and held against what the headers name. The first row is a pure
function of the log, the second is not: like a time-stamp it comes after its block, and every snapshot sees it.
Left out: making the checkpoint (cosigner.py), proving the way from roster to roster to a stranger (ledger room).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from datadeed_ledger.chain import Executed
from datadeed_ledger.checkpoint import verify_checkpoint
from datadeed_ledger.entry import AMEND_ROSTER, Entry
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence.reader import RosterChange
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import root_at
from datadeed_ledger.roster import Genesis, Roster
from datadeed_node import layout
from datadeed_node.database import Readable, StoreDamaged
from datadeed_node.rows import LedgerRows


def roster_rows(executed: Executed) -> Iterator[tuple[bytes, bytes]]:
    """The row of the roster that one block names, if it ends an epoch; its entry is alone in it."""
    if executed.next_roster is not None:
        yield layout.roster_key(executed.next_roster.version), layout.u64(executed.tip.header.first)


def read_rosters(rows: LedgerRows, genesis: Genesis, newest: Header) -> tuple[Roster, ...]:
    """Every roster up to the one in force after the block of this header, the founding one first.

    Raises StoreDamaged.
    """
    rosters = [genesis.roster]
    while len(rosters) < newest.next_roster_version:
        rosters.append(_read_roster(rows, genesis, rosters[-1]))
    if rosters[-1].digest != newest.next_roster_digest:
        raise StoreDamaged(f"roster {rosters[-1].version} is not the one that block {newest.height} names")
    return tuple(rosters)


def roster_in(rosters: Sequence[Roster], header: Header) -> Roster:
    """The roster that governs the block of this header. Raises StoreDamaged where the two disagree."""
    if header.roster_version > len(rosters):
        raise StoreDamaged(f"block {header.height} stands under roster {header.roster_version}, which is not here")
    roster = rosters[header.roster_version - 1]
    if roster.digest != header.roster_digest:
        raise StoreDamaged(f"block {header.height} names another roster {roster.version} than the one in the log")
    return roster


def boundary_header(rows: LedgerRows, version: int) -> Header:
    """The header of the block that names the roster of this version, 2 or later. Raises StoreDamaged."""
    return _parsed_header(rows, rows.roster_index(version) + 1, version)


def require_boundary(rows: LedgerRows, rosters: Sequence[Roster], version: int, note: bytes) -> None:
    """Raise Unproven or Malformed unless `note` proves the beginning of this roster, under the one before."""
    header = boundary_header(rows, version)
    signed = verify_checkpoint(note, roster_in(rosters, header), header)
    if signed.checkpoint.root != root_at(header.log_size, rows.hash):
        raise Unproven("checkpoint", f"it is over another log of {header.log_size} leaves")


class Boundaries:
    """Reading the boundary checkpoints, always as they are now: each comes after its block."""

    def __init__(self, rows: Readable) -> None:
        self._rows = rows

    def checkpoint(self, version: int) -> bytes | None:
        """The checkpoint that proves the beginning of this roster; None where it is not proven here yet."""
        return self._rows.get(layout.boundary_key(version))

    def own(self, version: int) -> bytes | None:
        """This node's cosignature of that checkpoint, as cosigner.py wrote it, while it is not proven."""
        return self._rows.get(layout.own_boundary_key(version))

    def change(self, rows: LedgerRows, version: int) -> RosterChange | None:
        """How this roster came into force, of one that `rows` knows; None where that is not proven here yet."""
        checkpoint = self.checkpoint(version)
        return None if checkpoint is None else RosterChange(version, rows.roster_index(version), checkpoint)


def _read_roster(rows: LedgerRows, genesis: Genesis, before: Roster) -> Roster:
    """The roster after `before`, read from the entry that its row leads to."""
    version = before.version + 1
    index = rows.roster_index(version)
    header = _parsed_header(rows, index + 1, version)
    try:
        entry = Entry.parse(rows.leaf(index))
        if entry.kind != AMEND_ROSTER:
            raise Malformed(f"log entry {index} names no roster")
        roster = Roster.parse(entry.body.data["roster"], genesis.origin)
    except Malformed as error:
        raise StoreDamaged(f"roster {version} cannot be read: {error}") from error
    named = (header.roster_version, header.roster_digest, header.next_roster_version, header.next_roster_digest)
    if named != (before.version, before.digest, version, roster.digest):
        raise StoreDamaged(f"roster {version} is not the one that block {header.height} names")
    return roster


def _parsed_header(rows: LedgerRows, index: int, version: int) -> Header:
    try:
        header = Header.parse(rows.leaf(index))
    except Malformed as error:
        raise StoreDamaged(f"the row of roster {version} leads to log entry {index}, which is no header") from error
    if header.index != index or not header.ends_epoch:
        raise StoreDamaged(f"the row of roster {version} leads to block {header.height}, which ends no epoch")
    return header
