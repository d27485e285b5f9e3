"""The lines of committed checkpoints as they come in, until they make the note that a judge accepts.

Every line is verified before it is here, under the roster that governs the checkpoint's last header; so what `note`
gives is what `verify_checkpoint` asks for as soon as `is_proven`. Gathered are the newest sizes, until a larger one is
published, and every *boundary* (the checkpoint that proves the beginning of a roster) until it is kept in the store,
also over a restart. Left out: whose turn it is to sign or to be asked (cosigner.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog

from datadeed_ledger.chain import Tip
from datadeed_ledger.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    check_cosignature,
    lower_median,
    verify_checkpoint,
)
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import frontier_at
from datadeed_ledger.notes import Note, SignatureLine
from datadeed_ledger.roster import Member, Roster
from datadeed_node.clock import Clock
from datadeed_node.cosigner_messages import FIRST_CHANGED, Cosignature, parse_message
from datadeed_node.database import StoreDamaged
from datadeed_node.roster_rows import boundary_header
from datadeed_node.snapshot import Moment
from datadeed_node.store import Store

log = structlog.get_logger(__name__)

MOMENTS_MAX = 64  # committed and not yet published; each keeps a LevelDB snapshot and a state map's changed paths
ANOTHER_LOG = "this node has signed another log of size {size} than the one in its store"


@dataclass(slots=True)
class Gathering:
    """One size whose checkpoint is being gathered. moment: None where the ledger has gone on and it was not kept."""

    checkpoint: Checkpoint
    header: Header
    roster: Roster
    since_ms: int
    moment: Moment | None
    lines: dict[str, SignatureLine] = field(default_factory=dict)  # 0x04, by member name
    log_lines: dict[str, SignatureLine] = field(default_factory=dict)  # 0x01, by member name
    disputed_by: set[str] = field(default_factory=set)  # who cosigned another root of this size
    _times_s: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return self.checkpoint.size

    @property
    def is_cosigned(self) -> bool:
        """Whether enough have cosigned, and not too early: a later line may mend that."""
        if len(self.lines) < self.roster.quorum:
            return False
        time_s = lower_median(list(self._times_s.values()))
        return time_s * 1000 + 999 >= self.header.time_ms - self.header.slack_ms

    @property
    def is_proven(self) -> bool:
        return self.is_cosigned and bool(self.log_lines)

    @property
    def note(self) -> bytes:
        """The signed checkpoint with every line that was gathered, log lines first, members in roster order."""
        lines = [
            by_name[member.name]
            for by_name in (self.log_lines, self.lines)
            for member in self.roster.members
            if member.name in by_name
        ]
        return Note(self.checkpoint.body, tuple(lines)).to_bytes()

    def add(self, member: Member, cosignature: Cosignature) -> Note | None:
        """Count a member's cosignature of this size; one of another root is not counted but given back as a note.

        Raises Malformed where the signature is not the member's.
        """
        line = SignatureLine(member.cosign.name, member.cosign.key_id, cosignature.signed)
        told = Checkpoint(self.checkpoint.origin, cosignature.size, cosignature.root)
        try:
            time_s = check_cosignature(told, member.cosign, line)
        except Unproven as error:
            raise Malformed(f"a cosignature that {member.name} did not make: {error}") from error
        if told.root != self.checkpoint.root:
            return Note(told.body, (line,))
        self.lines[member.name], self._times_s[member.name] = line, time_s
        return None

    def take(self, note_bytes: bytes) -> SignedCheckpoint:
        """Verify a whole signed checkpoint of this size, and count every line of the roster's that it brings.

        Nothing is counted where it is over another root. Raises Malformed unless it is proven under the roster.
        """
        try:
            signed = verify_checkpoint(note_bytes, self.roster, self.header)
        except Unproven as error:
            raise Malformed(f"a checkpoint of {self.size} leaves that is not proven: {error}") from error
        if signed.checkpoint.root == self.checkpoint.root:
            found = {(line.name, line.key_id): line for line in reversed(Note.parse(note_bytes).lines)}
            for member in self.roster.members:
                if member.name in signed.cosigners:
                    self.lines[member.name] = found[member.cosign.name, member.cosign.key_id]
                    self._times_s[member.name] = signed.cosigners[member.name]
                if member.name in signed.log_signers:
                    self.log_lines[member.name] = found[member.log.name, member.log.key_id]
        return signed


class Gatherings:
    """Everything that is gathered at one node, that of the member called `name`."""

    def __init__(self, store: Store, name: str, clock: Clock) -> None:
        self._store = store
        self._name = name
        self._clock = clock
        self._by_size: dict[int, Gathering] = {}
        self.boundaries: dict[int, Gathering] = {}  # that are not kept yet, by the version of the roster they begin
        self.own: dict[int, Cosignature] = {}  # this node's word on those
        self._looked_up_to = FIRST_CHANGED - 1  # the rosters whose boundaries were looked for
        self.find_boundaries()

    def at(self, size: int) -> Gathering | None:
        return self._by_size.get(size)

    def cosigned(self) -> list[Gathering]:
        """Those that enough have cosigned, by size."""
        return [each for _, each in sorted(self._by_size.items()) if each.is_cosigned]

    def find_boundaries(self) -> bool:
        """Open every boundary up to the store's tip that is not kept; whether there was a roster to look at."""
        boundaries, newest = self._store.boundaries, self._store.roster.version
        found = range(self._looked_up_to + 1, newest + 1)
        for version in found:
            if boundaries.checkpoint(version) is None:
                self._open_boundary(version, boundaries.own(version))
        self._looked_up_to = newest
        return bool(found)

    def open_tip(self) -> None:
        """Gather for the store's tip from now on; a boundary that is kept already is there with its lines."""
        store, tip = self._store, self._store.tip
        if tip.log_size in self._by_size:
            return
        roster = store.roster_of(tip.header)
        opened = Gathering(checkpoint_of(tip), tip.header, roster, self._clock.mono_ms(), Moment(store))
        self._by_size[opened.size] = opened
        kept = store.boundaries.checkpoint(tip.header.next_roster_version) if tip.header.ends_epoch else None
        if kept is not None:
            opened.take(kept)
        held = {each.size for each in self.boundaries.values()}
        for size in sorted(self._by_size.keys() - held)[:-MOMENTS_MAX]:
            del self._by_size[size]

    def count_own(self, own: Cosignature) -> None:
        """Count this node's word, which is durable. Raises StoreDamaged where it is not its own, or on another log."""
        opened = self._by_size.get(own.size)
        member = None if opened is None else opened.roster.by_name(self._name)
        if opened is None or member is None:
            return
        try:
            other = opened.add(member, own)
        except Malformed as error:
            raise StoreDamaged(f"this node's own word on {own.size} leaves does not hold: {error}") from error
        if other is not None:
            raise StoreDamaged(ANOTHER_LOG.format(size=own.size))
        version = opened.header.next_roster_version
        if version in self.boundaries and self.boundaries[version] is opened:
            self.own[version] = own

    def kept(self, version: int) -> None:
        """The boundary that begins this roster is durable."""
        opened = self.boundaries.pop(version)
        self.own.pop(version, None)
        if opened.moment is None:
            del self._by_size[opened.size]
        log.info("the beginning of a roster is proven", version=version, size=opened.size)

    def drop_before(self, size: int) -> None:
        """A checkpoint of this size is published; boundaries before it are kept."""
        for smaller in [each for each in self._by_size if each < size]:
            del self._by_size[smaller]

    def _open_boundary(self, version: int, own: bytes | None) -> None:
        store, header = self._store, boundary_header(self._store, version)
        checkpoint = Checkpoint(header.origin, header.log_size, root_at(store, header.log_size))
        moment = Moment(store) if header.log_size == store.tip.log_size else None
        opened = Gathering(checkpoint, header, store.roster_of(header), self._clock.mono_ms(), moment)
        self._by_size[opened.size] = self.boundaries[version] = opened
        if own is not None:
            self.count_own(own_cosignature(own))


def own_cosignature(row: bytes) -> Cosignature:
    """The cosignature that a row of this node's own word spells. Raises StoreDamaged."""
    try:
        found = parse_message(row)
    except Malformed as error:
        raise StoreDamaged(f"a row of this node's own cosignatures cannot be read: {error}") from error
    if not isinstance(found, Cosignature):
        raise StoreDamaged("a row of this node's own cosignatures is none")
    return found


def checkpoint_of(tip: Tip) -> Checkpoint:
    return Checkpoint(tip.header.origin, tip.log_size, tip.frontier.root)


def root_at(store: Store, size: int) -> bytes:
    """The root of the store's log of this size, up to its own."""
    tip = store.tip
    return (tip.frontier if tip.log_size == size else frontier_at(size, store.hash)).root
