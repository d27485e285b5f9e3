"""How one block follows from another: founding, building and checking, over one and the same path.

`build` picks entries and makes their block; `check` takes a block from outside, makes it again from its entries, and
refuses it at the first difference. Replay is `check`. What a single entry may do is admission.py's; here is what a
block adds: the order of entries, their log indexes, the tree, the state's root, and the chain of headers.

An empty block never reads the state: it keeps its parent's root, and so may extend a parent that is not committed yet.
A block with entries stands on committed state. Left out: when to build, whether a time is near the clock's
(consensus), and storage (the node's). Spec: docs/spec/ledger.md section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Final, Protocol

from datadeed_ledger.admission import apply
from datadeed_ledger.block import BLOCK_BYTES_MAX, ENTRY_FRAME_BYTES, FRAME_BYTES, Block, entries_digest
from datadeed_ledger.encoding import jcs, sha256
from datadeed_ledger.entry import AMEND_ROSTER, Entry
from datadeed_ledger.errors import DatadeedError, Malformed
from datadeed_ledger.header import NO_PREVIOUS, Header
from datadeed_ledger.kinds.offices import next_roster
from datadeed_ledger.merkle import EMPTY_ROOT, Frontier, leaf_hash
from datadeed_ledger.records import Rules
from datadeed_ledger.roster import Genesis, Roster
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.state import CheckSignature, Context, Overlay, StateChanges, StateReader
from datadeed_ledger.statemap import Pair, StateMap

COURT: Final = "court"
_EXECUTED: Final = ("state_root", "next_roster_version", "next_roster_digest")  # what only execution can tell

EntryParser = Callable[[bytes], Entry]
"""Entry.parse, or a node's own that hands back what it parsed at the door"""


@dataclass(frozen=True, slots=True)
class Tip:
    """A block as its successor sees it. frontier: of the log that ends with this header."""

    header: Header
    header_bytes: bytes = field(repr=False)
    frontier: Frontier = field(repr=False)

    @property
    def digest(self) -> bytes:
        """The block's id."""
        return sha256(self.header_bytes)

    @property
    def height(self) -> int:
        return self.header.height

    @property
    def log_size(self) -> int:
        return self.header.log_size


@dataclass(frozen=True, slots=True)
class Executed:
    """A block that is valid on its parent, and all that committing it changes."""

    block: Block
    tip: Tip
    changes: StateChanges
    state_map: StateMap | None  # after the block; None: an empty block, which leaves the map as it is
    entries: tuple[Entry, ...]
    next_roster: Roster | None  # that follows, where this block ends its epoch

    @property
    def leaf_hashes(self) -> tuple[bytes, ...]:
        """LEAF of every entry and, last, of the header."""
        return self.block.leaf_hashes


@dataclass(frozen=True, slots=True)
class Built:
    """A new block, and the candidates that the rules refuse now, each with its reason."""

    executed: Executed
    left_out: tuple[tuple[Entry, DatadeedError], ...]


class LedgerState(StateReader, Protocol):
    """The committed state that a block with entries stands on."""

    @property
    def state_map(self) -> StateMap: ...

    @property
    def roster(self) -> Roster:
        """The roster in force for the next block."""
        ...

    def read_bucket(self, bucket: int) -> Sequence[Pair]:
        """The pairs of the state map in this bucket, in key order."""
        ...

    def rules_at(self, time_ms: int) -> RuleSet:
        """The rule set in force at a block's time."""
        ...


def genesis_block(genesis: Genesis, rules: RuleSet) -> Executed:
    """Block 0 of the ledger that this document founds: no entries, and a state of the `rules` record alone."""
    assert rules.digest == sha256(jcs(genesis.rules)), "a ledger starts under the rules that its genesis carries"
    record = Rules.of_genesis(genesis.time_ms, rules.digest)
    changes = StateChanges({record.key: record.to_bytes()}, {}, (), ())
    state_map = StateMap().update(_values(changes.records), lambda _: ())
    header = Header(
        ledger=genesis.fingerprint,
        origin=genesis.origin,
        height=0,
        time_ms=genesis.time_ms,
        slack_ms=0,
        previous=NO_PREVIOUS,
        first=0,
        entries=0,
        entries_digest=entries_digest(()),
        tree_size=0,
        tree_root=EMPTY_ROOT,
        state_root=state_map.root,
        roster_version=genesis.roster.version,
        roster_digest=genesis.roster.digest,
        next_roster_version=genesis.roster.version,
        next_roster_digest=genesis.roster.digest,
    )
    return _executed(header, Frontier.EMPTY, (), (), changes, state_map, None)


def build(
    tip: Tip,
    ledger: LedgerState,
    candidates: Sequence[Entry],
    time_ms: int,
    slack_ms: int,
    check_signature: CheckSignature,
    *,
    bytes_max: int = BLOCK_BYTES_MAX,
) -> Built:
    """The block of these candidates on `tip`: courts' first, then as given, up to the first that finds no room.

    A candidate that changes the roster comes before all others, and is alone in its block if the rules accept it.
    Whom a rule refuses is left out and named; who finds no room is simply not in the block. time_ms: later than
    the tip's. Without candidates, or when all are refused, the block is empty.
    """
    assert time_ms > tip.header.time_ms, "a block is later than its parent"
    taken: list[Entry] = []
    left_out: list[tuple[Entry, DatadeedError]] = []
    changes = StateChanges.none()
    if candidates:
        overlay, context = _on(tip, ledger, time_ms)
        room, index = min(bytes_max, BLOCK_BYTES_MAX) - FRAME_BYTES, tip.log_size
        for entry in _in_order(candidates, ledger.roster):
            size = len(entry.data) + ENTRY_FRAME_BYTES
            if size > room:
                break
            try:
                apply(overlay, entry, index, context, check_signature)
            except DatadeedError as error:
                left_out.append((entry, error))
            else:
                taken.append(entry)
                room -= size
                index += 1
                if entry.kind == AMEND_ROSTER:
                    break
        changes = overlay.changes()
    frame = _Frame.on(tip, time_ms, slack_ms, [leaf_hash(entry.data) for entry in taken])
    return Built(frame.filled(ledger, taken, changes) if taken else frame.empty(), tuple(left_out))


def check(
    tip: Tip,
    ledger: LedgerState,
    block: Block,
    check_signature: CheckSignature,
    parse_entry: EntryParser = Entry.parse,
) -> Executed:
    """Execute `block` on `tip`. Raises Malformed, with the reason, unless it is what `build` would make.

    ledger: the committed state after `tip`, when the block has entries.
    """
    header = block.header
    if header.time_ms <= tip.header.time_ms:
        raise Malformed("the block is not later than its parent")
    frame = _Frame.on(tip, header.time_ms, header.slack_ms, block.leaf_hashes[:-1])
    _compare(header, frame.header, _EXECUTED if block.entries else ())
    if not block.entries:
        return frame.empty()
    entries = [_parsed(data, at, parse_entry) for at, data in enumerate(block.entries)]
    if len(entries) > 1 and any(entry.kind == AMEND_ROSTER for entry in entries):
        raise Malformed("the block changes the roster, and that entry is not alone in it")
    if _in_order(entries, ledger.roster) != entries:
        raise Malformed("the block's entries by a court do not stand first")
    overlay, context = _on(tip, ledger, header.time_ms)
    for index, entry in enumerate(entries, header.first):
        try:
            apply(overlay, entry, index, context, check_signature)
        except DatadeedError as error:
            at = index - header.first
            raise Malformed(f"the block's entry {at}, {entry.entry_id.hex()}: {error}") from error
    executed = frame.filled(ledger, entries, overlay.changes())
    _compare(header, executed.block.header, ())
    return executed


def _parsed(data: bytes, at: int, parse_entry: EntryParser) -> Entry:
    try:
        return parse_entry(data)
    except Malformed as error:
        raise Malformed(f"the block's entry {at}: {error}") from error


def _on(tip: Tip, ledger: LedgerState, time_ms: int) -> tuple[Overlay, Context]:
    """An empty overlay on the state after `tip`, and what stands around the next block's entries."""
    header = tip.header
    assert ledger.state_map.root == header.state_root, "entries are judged on the state that their parent names"
    assert ledger.roster.digest == header.next_roster_digest, "and under the roster that it names"
    context = Context(header.ledger, header.height + 1, time_ms, ledger.roster, ledger.rules_at(time_ms))
    return Overlay(ledger), context


def _in_order(entries: Sequence[Entry], roster: Roster) -> list[Entry]:
    """A change of the roster, then entries that a court signed, then all others; otherwise the order stays."""
    courts = {member.member_id for member in roster.members if COURT in member.roles}
    return sorted(entries, key=lambda entry: (entry.kind != AMEND_ROSTER, courts.isdisjoint(entry.body.by)))


@dataclass(frozen=True, slots=True)
class _Frame:
    """The next block as far as it needs no execution."""

    header: Header  # as if nothing changed
    frontier: Frontier  # of the log before the header
    entry_hashes: Sequence[bytes]

    @classmethod
    def on(cls, tip: Tip, time_ms: int, slack_ms: int, entry_hashes: Sequence[bytes]) -> _Frame:
        parent, frontier = tip.header, tip.frontier.extend(entry_hashes)
        header = Header(
            ledger=parent.ledger,
            origin=parent.origin,
            height=parent.height + 1,
            time_ms=time_ms,
            slack_ms=slack_ms,
            previous=tip.digest,
            first=parent.log_size,
            entries=len(entry_hashes),
            entries_digest=entries_digest(entry_hashes),
            tree_size=frontier.size,
            tree_root=frontier.root,
            state_root=parent.state_root,
            roster_version=parent.next_roster_version,
            roster_digest=parent.next_roster_digest,
            next_roster_version=parent.next_roster_version,
            next_roster_digest=parent.next_roster_digest,
        )
        return cls(header, frontier, entry_hashes)

    def empty(self) -> Executed:
        """The block without entries, which changes nothing but the log."""
        return _executed(self.header, self.frontier, (), (), StateChanges.none(), None, None)

    def filled(self, ledger: LedgerState, entries: Sequence[Entry], changes: StateChanges) -> Executed:
        """The block of these accepted entries, which changed the state so."""
        state_map = ledger.state_map.update(_values(changes.records), ledger.read_bucket)
        header, following = replace(self.header, state_root=state_map.root), _following(entries, ledger.roster)
        if following is not None:
            header = replace(header, next_roster_version=following.version, next_roster_digest=following.digest)
        return _executed(header, self.frontier, entries, self.entry_hashes, changes, state_map, following)


def _executed(
    header: Header,
    frontier: Frontier,
    entries: Sequence[Entry],
    entry_hashes: Sequence[bytes],
    changes: StateChanges,
    state_map: StateMap | None,
    following: Roster | None,
) -> Executed:
    block = Block.of(header, [entry.data for entry in entries], entry_hashes)
    tip = Tip(header, block.header_bytes, frontier.append(block.leaf_hashes[-1]))
    return Executed(block, tip, changes, state_map, tuple(entries), following)


def _following(entries: Sequence[Entry], present: Roster) -> Roster | None:
    """The roster that these accepted entries put in place of the present one."""
    if entries[0].kind != AMEND_ROSTER:
        return None
    return next_roster(entries[0].body.data["roster"], present)


def _values(records: Mapping[bytes, bytes | None]) -> dict[bytes, bytes | None]:
    """Changed records as changes of the state map."""
    return {key: None if record is None else sha256(record) for key, record in records.items()}


def _compare(header: Header, expected: Header, except_for: Sequence[str]) -> None:
    """Raise Malformed, naming the first line in which a header differs from the one that follows here."""
    for name in (item.name for item in fields(Header)):
        if name not in except_for and getattr(header, name) != getattr(expected, name):
            raise Malformed(f"the block's header has another {name} than follows from its parent and its entries")
