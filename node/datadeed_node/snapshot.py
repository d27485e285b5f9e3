"""The ledger as one published checkpoint covers it: what every proof that leaves this node is built from.

A snapshot is taken when a block is committed and kept until a quorum has cosigned its checkpoint, so that the map root,
the log and the checkpoint of a proof are of one and the same moment although blocks go on. It holds a LevelDB snapshot
and the state map's top; both are immutable and are freed with the last reference.
Satisfies `EvidenceReader` and `StateReader`. Spec: docs/spec/ledger.md sections 4 and 7.
"""

from __future__ import annotations

from dataclasses import replace

from datadeed_ledger.chain import Tip
from datadeed_ledger.evidence.reader import RosterChange
from datadeed_ledger.evidence.timestamps import Stamp
from datadeed_ledger.header import Header
from datadeed_ledger.records import Rules
from datadeed_ledger.register import Register
from datadeed_ledger.roster import Genesis, Roster
from datadeed_ledger.rulebook import RuleBook
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.statemap import MapProof, StateMap
from datadeed_node.database import StoreDamaged
from datadeed_node.roster_rows import roster_in
from datadeed_node.rows import LedgerRows
from datadeed_node.store import Store


class Moment(LedgerRows):
    """The ledger right after one block, not published yet."""

    def __init__(self, store: Store) -> None:
        self.rows = store.snapshot()
        super().__init__(self.rows)
        self.genesis: Genesis = store.genesis
        self.rule_book: RuleBook = store.rule_book
        self.tip: Tip = store.tip
        self.state_map: StateMap = store.state_map
        self.rosters: tuple[Roster, ...] = store.rosters
        self.stamps = store.stamps
        self.boundaries = store.boundaries


class Snapshot(LedgerRows):
    """One moment under its published checkpoint; immutable, so hold it for as long as one answer takes."""

    def __init__(self, moment: Moment, checkpoint: bytes) -> None:
        super().__init__(moment.rows)
        self.genesis = moment.genesis
        self._rule_book = moment.rule_book
        self._stamps = moment.stamps
        self._boundaries = moment.boundaries
        self.tip = moment.tip
        self.rosters = moment.rosters[: moment.tip.header.roster_version]  # up to the one that the last header names
        self.state_map = moment.state_map
        self._checkpoint = checkpoint

    @property
    def genesis_bytes(self) -> bytes:
        """The founding document, exactly."""
        return self.genesis.document

    @property
    def checkpoint(self) -> bytes:
        """The published checkpoint: a signed note with a quorum's cosignatures."""
        return self._checkpoint

    @property
    def size(self) -> int:
        """Leaves of the log under the checkpoint."""
        return self.tip.log_size

    def rules_at(self, time_ms: int) -> RuleSet:
        """The rule set in force at a time up to the checkpoint's last header."""
        return self._rule_book.in_force(self, time_ms)

    def rules_before(self, header: Header) -> RuleSet:
        """The rule set under which the entries of the block with this header were judged."""
        rules = Register(self).rules()
        amended = sum(index < header.first for index in self.subject_events(Rules.SUBJECT))
        known = replace(rules, versions=rules.versions[: 1 + amended])
        return self._rule_book.of(self, known.in_force(header.time_ms))

    @property
    def roster(self) -> Roster:
        """The roster that the last header names, under which the checkpoint is proven."""
        return self.rosters[-1]

    def roster_of(self, header: Header) -> Roster:
        """The roster that governs the block of this header, one up to the checkpoint's last."""
        return roster_in(self.rosters, header)

    def roster_change(self, version: int) -> RosterChange | None:
        """How the roster of this version came into force; None for one that no block up to here stands under.

        Nothing is published under a roster before the checkpoint that proves its beginning is kept.
        """
        if not 2 <= version <= self.roster.version:
            return None
        change = self._boundaries.change(self, version)
        if change is None:
            raise StoreDamaged(f"the checkpoint that proves the beginning of roster {version} is missing in the store")
        return change

    def stamp_after(self, index: int) -> Stamp | None:
        """The oldest time-stamp that covers this leaf, also one that came after this moment."""
        return self._stamps.after(index)

    def map_proof(self, prefix: bytes) -> MapProof:
        """The proof of every pair under this prefix, in the state of the last header."""
        return self.state_map.prove(prefix, self.read_bucket)
