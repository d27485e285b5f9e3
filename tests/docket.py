"""A register of tests whose history becomes evidence: entries in blocks, under a signed checkpoint.

Each entry has a block of its own, but for what is recorded `in_one_block`. Entries are made by `RegisterKit` and judged
by the rules; `force` records one that the rules refuse, as a quorum of dishonest institutions could. `archive()` is
then the ledger as its published checkpoint covers it. Everything is real but the disk; only the state's root in headers
before the newest is left empty, because no proof reads it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any

from memorystate import MemoryState
from registerkit import MONDAY_NOON_MS, ORIGIN, RegisterKit, check_signature, key, roster

from datadeed_ledger.admission import apply, touch, touched
from datadeed_ledger.block import entries_digest
from datadeed_ledger.checkpoint import Checkpoint, cosign, sign_checkpoint
from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import AMEND_ROSTER, Entry
from datadeed_ledger.evidence.reader import RosterChange
from datadeed_ledger.header import NO_PREVIOUS, Header
from datadeed_ledger.kinds.offices import next_roster
from datadeed_ledger.kinds.row import Case
from datadeed_ledger.kinds.table import KINDS
from datadeed_ledger.merkle import Frontier, leaf_hash, new_nodes
from datadeed_ledger.notes import Note
from datadeed_ledger.register import Register
from datadeed_ledger.roster import Genesis, Roster
from datadeed_ledger.rules import RuleSet, shipped
from datadeed_ledger.state import Overlay
from datadeed_ledger.statemap import MapProof, Pair, StateMap

Leaf = tuple[int, bytes]
"""the time of its block in ms, the bytes of an entry"""

Block = tuple[int, Sequence[bytes]]
"""its time in ms, its entries"""


class Docket(RegisterKit):
    """A register of a ledger that a founding document begins."""

    def __init__(self, rules: str = "beijing-2023", now_ms: int = MONDAY_NOON_MS, **fields: Any) -> None:
        self.genesis = Genesis.of(ORIGIN, now_ms, {}, {}, shipped(rules) | fields, roster())
        super().__init__(RuleSet.from_json(self.genesis.rules), now_ms)
        self.ledger = self.genesis.fingerprint
        self.log: list[Leaf] = []
        self.indexes: list[int] = []  # of each entry in the log, which holds the blocks' headers too
        self.touched: dict[str, list[int]] = {}
        self._block_open = False

    @contextmanager
    def in_one_block(self) -> Iterator[None]:
        """What is recorded here lies in one block, a moment later, in this order."""
        self.now_ms += 1
        self._block_open = True
        yield
        self._block_open = False

    def record(self, entry: Entry) -> bytes:
        """Record `entry` in the next block, a moment later. Raises `Refused`."""
        return self._record(entry, lambda overlay, at: apply(overlay, entry, at, self.context, check_signature))

    def force(self, entry: Entry) -> bytes:
        """Record `entry` whatever the rules say; it takes effect as if they had permitted it."""

        def take_effect(overlay: Overlay, index: int) -> None:
            case: Case[Any] = Case(entry, entry.body.data, Register(overlay), self.context)
            KINDS[entry.kind].effect(case, overlay)
            for subject, record_type in touched(entry):
                touch(overlay, subject, record_type, index, entry)
            overlay.note_entry(entry, index)

        return self._record(entry, take_effect)

    def _record(self, entry: Entry, take: Callable[[Overlay, int], None]) -> bytes:
        if not self._block_open:
            self.now_ms += 1
        # A block's first entry lies behind the header of the block before it.
        same_block = bool(self.log) and self.log[-1][0] == self.now_ms
        index = self.indexes[-1] + (1 if same_block else 2) if self.log else 1
        overlay = Overlay(self.state)
        take(overlay, index)
        changes = overlay.changes()
        self.state.commit(changes, {index: entry.data})
        for subject, _, at in changes.touched:
            self.touched.setdefault(subject, []).append(at)
        if entry.kind == AMEND_ROSTER:
            self.roster = next_roster(entry.body.data["roster"], self.roster)
        self.log.append((self.now_ms, entry.data))
        self.indexes.append(index)
        return entry.entry_id

    def archive(self) -> Archive:
        """What was recorded so far, as its newest checkpoint covers it, with an empty block at `now_ms` + 1."""
        blocks = [(time_ms, [data for _, data in of_block]) for time_ms, of_block in groupby(self.log, itemgetter(0))]
        return Archive(self.genesis, [*blocks, (self.now_ms + 1, [])], self.state, self.touched)


class Archive:
    """A ledger under its published checkpoint: an `EvidenceReader`."""

    def __init__(
        self,
        genesis: Genesis,
        blocks: Sequence[Block],
        state: MemoryState,
        touched: dict[str, list[int]],
    ) -> None:
        self.genesis_bytes = genesis.document
        self.state, self.touched = state, touched
        self._buckets = _bucketed(state.records)
        self.state_map = StateMap().update(dict(pair for held in self._buckets.values() for pair in held), lambda _: ())
        self.leaves: list[bytes] = []
        self.headers: list[bytes] = []
        self.firsts: list[int] = []
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.frontier = Frontier.EMPTY
        self.changes: dict[int, RosterChange] = {}
        self._genesis, self._roster = genesis, genesis.roster
        self._seal(genesis.time_ms, ())
        for time_ms, entries in blocks:
            self._seal(time_ms, entries, newest=(time_ms, entries) == blocks[-1])
        self.checkpoint = self._signed(self._roster, blocks[-1][0])

    def _seal(self, time_ms: int, entries: Sequence[bytes], *, newest: bool = False) -> None:
        """Append a block of these entries."""
        first, before = len(self.leaves), self.frontier
        hashes = [leaf_hash(entry) for entry in entries]
        tree = before.extend(hashes)
        present, following = self._roster, self._following(entries)
        header = Header(
            ledger=self._genesis.fingerprint,
            origin=ORIGIN,
            height=len(self.headers),
            time_ms=time_ms,
            slack_ms=0,
            previous=sha256(self.headers[-1]) if self.headers else NO_PREVIOUS,
            first=first,
            entries=len(entries),
            entries_digest=entries_digest(hashes),
            tree_size=tree.size,
            tree_root=tree.root,
            state_root=self.state_map.root if newest else bytes(32),
            roster_version=present.version,
            roster_digest=present.digest,
            next_roster_version=following.version,
            next_roster_digest=following.digest,
        ).to_bytes()
        hashes.append(leaf_hash(header))
        self.nodes |= {(level, index): hashed for level, index, hashed in new_nodes(before, hashes)}
        self.frontier = before.extend(hashes)
        self.firsts.append(first)
        self.headers.append(header)
        self.leaves += [*entries, header]
        if following != present:
            note = self._signed(present, time_ms)
            self.changes[following.version] = RosterChange(following.version, len(self.leaves) - 2, note)
            self._roster = following

    def _following(self, entries: Sequence[bytes]) -> Roster:
        """The roster after a block of these entries; an entry that changes it is alone."""
        for entry in map(Entry.parse, entries if len(entries) == 1 else ()):
            if entry.kind == AMEND_ROSTER:
                return next_roster(entry.body.data["roster"], self._roster)
        return self._roster

    def _signed(self, roster: Roster, time_ms: int) -> bytes:
        """The checkpoint of the log so far, by every member of this roster."""
        checkpoint, members = Checkpoint(ORIGIN, len(self.leaves), self.frontier.root), roster.members
        lines = [sign_checkpoint(checkpoint, members[0].log, key(f"log {members[0].name}"))]
        time_s = time_ms // 1000 + 1
        lines += [cosign(checkpoint, each.cosign, key(f"cosign {each.name}"), time_s) for each in members]
        return Note(checkpoint.body, tuple(lines)).to_bytes()

    def record(self, key: bytes) -> bytes | None:
        return self.state.record(key)

    def records_under(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        return self.state.records_under(prefix)

    def entry_index(self, entry_id: bytes) -> int | None:
        return self.state.entry_index(entry_id)

    def leaf(self, index: int) -> bytes:
        return self.leaves[index]

    def events_frontier(self, subject: str) -> Frontier:
        return self.state.events_frontier(subject)

    def event_index(self, subject: str, position: int) -> int:
        return self.touched[subject][position]

    def header_at(self, height: int) -> bytes:
        return self.headers[height]

    def block_height_of(self, index: int) -> int:
        return bisect_right(self.firsts, index) - 1

    def hash(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def map_proof(self, prefix: bytes) -> MapProof:
        return self.state_map.prove(prefix, lambda bucket: self._buckets.get(bucket, ()))

    def subject_events(self, subject: str) -> Sequence[int]:
        return self.touched.get(subject, ())

    def roster_change(self, version: int) -> RosterChange | None:
        return self.changes.get(version)

    def stamp_after(self, index: int) -> None:
        """No time-stamp is kept here."""


def _bucketed(records: dict[bytes, bytes]) -> dict[int, list[Pair]]:
    """The pairs of the state map by their bucket, in key order."""
    buckets: dict[int, list[Pair]] = {}
    for place, record in sorted(records.items()):
        buckets.setdefault(int.from_bytes(place[:2], "big"), []).append((place, sha256(record)))
    return buckets
