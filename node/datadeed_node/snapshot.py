"""The ledger as one published checkpoint covers it: what every proof that leaves this node is built from.

A snapshot is taken when a block is committed and kept until a quorum has cosigned its checkpoint, so that the map root,
the log and the checkpoint of a proof are of one and the same moment although blocks go on. It holds a LevelDB snapshot
and the state map's top; both are immutable and are freed with the last reference.
Satisfies `EvidenceReader` and `StateReader`. Spec: docs/spec/ledger.md sections 4 and 7.
"""

from __future__ import annotations

from dataclasses import replace

from datadeed_ledger.chain import Tip
from datadeed_ledger.evidence.timestamps import Stamp
from datadeed_ledger.header import Header
from datadeed_ledger.notes import VerifierKey
from datadeed_ledger.records import Rules
from datadeed_ledger.register import Register
from datadeed_ledger.roster import Genesis
from datadeed_ledger.rulebook import RuleBook
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.statemap import MapProof, StateMap
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
        self.stamps = store.stamps


class Snapshot(LedgerRows):
    """One moment under its published checkpoint; immutable, so hold it for as long as one answer takes."""

    def __init__(self, moment: Moment, checkpoint: bytes, log_key: VerifierKey) -> None:
        super().__init__(moment.rows)
        self.genesis = moment.genesis
        self._rule_book = moment.rule_book
        self._stamps = moment.stamps
        self.tip = moment.tip
        self.state_map = moment.state_map
        self._checkpoint = checkpoint
        self.log_key = log_key  # whose 0x01 line this node's checkpoints carry

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

    def roster_change(self, version: int) -> None:
        """The roster of the founding document is the only one."""

    def stamp_after(self, index: int) -> Stamp | None:
        """The oldest time-stamp that covers this leaf, also one that came after this moment."""
        return self._stamps.after(index)

    def map_proof(self, prefix: bytes) -> MapProof:
        """The proof of every pair under this prefix, in the state of the last header."""
        return self.state_map.prove(prefix, self.read_bucket)
